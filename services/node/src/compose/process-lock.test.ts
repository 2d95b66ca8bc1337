// Goal: one process has a data directory, and a dead one never keeps it. Method: locks as this process,
// its parent, dead processes and other processes under the same number would have left them.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { DataDirBusy, takeLock } from './process-lock.ts';

const folder = mkdtempSync(join(tmpdir(), 'atomicity-lock-'));
const file = join(folder, 'node.lock');
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => rmSync(file, { force: true }));

/** A process that has ended. */
const gone = spawnSync(process.execPath, ['--version']).pid;

describe('a lock', () => {
  it('is there until it is released', () => {
    const lock = takeLock(file);
    expect(readFileSync(file, 'utf8')).toMatch(`${process.pid}\n`);
    lock.release();
    expect(existsSync(file)).toBe(false);
  });

  it('of a process that runs is respected', () => {
    writeFileSync(file, `${process.ppid}\n\n`);
    expect(() => takeLock(file)).toThrow(DataDirBusy);
    expect(() => takeLock(file)).toThrow(`process ${process.ppid} has this data directory open`);
  });

  it.each([
    ['of a process that has ended', `${gone}\n\n`],
    ['of this number without a start time, as this process left none', `${process.pid}\n\n`],
    ['cut off by a crash', ''],
  ])('%s is taken over', (_name, text) => {
    writeFileSync(file, text);
    takeLock(file).release();
  });
});

// Elsewhere a number is all there is to tell a process by.
describe.runIf(existsSync('/proc/self/stat'))('a lock with a start time', () => {
  it('of this very process is respected', () => {
    const lock = takeLock(file);
    expect(() => takeLock(file)).toThrow(DataDirBusy);
    lock.release();
  });

  it.each([process.pid, process.ppid])('of an earlier process %i is taken over', (pid) => {
    writeFileSync(file, `${pid}\n0c0ffee0-0000-4000-8000-000000000000 4711\n`);
    takeLock(file).release();
  });
});
