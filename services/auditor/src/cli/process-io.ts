/** The command's input and output on a Node process. */
import { createReadStream } from 'node:fs';
import type { AuditIo } from './command-files.ts';

const PIECE_BYTES = 1 << 18;

/** Reads files of this machine; writes to the process' own streams. */
export function processIo(): AuditIo {
  return {
    read: (path) => createReadStream(path, { highWaterMark: PIECE_BYTES }),
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    interactive: process.stderr.isTTY === true,
  };
}
