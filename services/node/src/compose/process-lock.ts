import { closeSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';

/** Another process has the data directory open. */
export class DataDirBusy extends Error {
  override readonly name = 'DataDirBusy';
}

/**
 * Takes the data directory for this process. A lock left by a process that no longer runs is taken over.
 * @throws DataDirBusy naming the process that holds it.
 */
export function takeLock(file: string): { release(): void } {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      const fd = openSync(file, 'wx', 0o600);
      writeSync(fd, `${process.pid}\n`);
      closeSync(fd);
      return { release: () => unlinkSync(file) };
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      const holder = Number.parseInt(readFileSync(file, 'utf8'), 10);
      if (Number.isInteger(holder) && holder !== process.pid && isRunning(holder)) {
        throw new DataDirBusy(`${file}: process ${holder} has this data directory open`);
      }
      unlinkSync(file);
    }
  }
  throw new DataDirBusy(`${file}: another process is taking this data directory`);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
