/** Goal: what the shim does to a process is the faults that it is told of, and nothing else. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { compileShim } from './shim.ts';

const LOAD = fileURLToPath(new URL('./forking-load.ts', import.meta.url));
const STARTS = 100;
/** A hundred starts take seconds, also on a busy machine; without the guard the first one takes for ever. */
const HANGS_MS = 120_000;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'atomicity-shim-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

test('a process under the shim starts others while its threads open files', () => {
  const env = { ...process.env, LD_PRELOAD: compileShim(), POWER_LOSS_DIR: directory };
  const { status, signal, stdout } = spawnSync(process.execPath, [LOAD, `${STARTS}`], {
    encoding: 'utf8',
    env,
    timeout: HANGS_MS,
    killSignal: 'SIGKILL',
  });
  expect({ status, signal, stdout }).toEqual({ status: 0, signal: null, stdout: `${STARTS}` });
});
