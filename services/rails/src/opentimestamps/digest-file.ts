/** The local calendar's digests in a file: one line of hex each, flushed before it is promised. */

import { closeSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DigestStore } from './local-calendar.ts';

const LINE_PATTERN = /^(?:[0-9a-f]{2}){1,64}$/;

function syncFolder(path: string): void {
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/**
 * Opens or creates the file. A last line that a crash cut short was never promised: it is dropped.
 *
 * @throws {Error} if a whole line is not hex: the file is not ours or is damaged.
 */
export function digestFile(path: string): DigestStore & { close(): void } {
  const file = openSync(path, 'a+', 0o600);
  syncFolder(path);
  const text = readFileSync(path, 'latin1');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole.length < text.length) ftruncateSync(file, whole.length);
  const digests = whole.split('\n').slice(0, -1);
  const bad = digests.findIndex((line) => !LINE_PATTERN.test(line));
  if (bad >= 0) {
    closeSync(file);
    throw new Error(`local calendar file ${path}: line ${bad + 1} is not a digest`);
  }
  return {
    digests,
    add(digest) {
      writeSync(file, `${digest}\n`);
      fsyncSync(file);
      digests.push(digest);
    },
    close: () => closeSync(file),
  };
}
