import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';

const POLL_MS = 250;
const SQLITE_BUSY = 5;

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}

/**
 * Runs `work` while no other process runs work under the same directory. The lock is SQLite's file
 * lock: the operating system drops it when the holder dies, so a kill never leaves it behind.
 * `onWaiting` is called once if another process holds it.
 */
export async function withBuildLock<Result>(
  directory: string,
  onWaiting: () => void,
  work: () => Promise<Result>,
): Promise<Result> {
  mkdirSync(directory, { recursive: true });
  const database = new DatabaseSync(join(directory, 'build.lock'), { timeout: 0 });
  try {
    for (let waited = false; ; waited = true) {
      try {
        database.exec('BEGIN EXCLUSIVE');
        break;
      } catch (error) {
        if (!isBusy(error)) throw error;
        if (!waited) onWaiting();
        await wait(POLL_MS);
      }
    }
    return await work();
  } finally {
    // Closing rolls back: the file stays empty, the lock is gone.
    database.close();
  }
}
