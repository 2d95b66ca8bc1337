import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { OperatingError } from '../port.ts';
import { EVENTS_FILE, openForReading, syncDirectory, syncFile, VAULT_FILE } from './database.ts';

/**
 * Copies a store in use. The events come from one pinned snapshot, so appends meanwhile neither show in
 * the copy nor restart it; the vault is copied after them, so every event of the copy has its salt.
 *
 * @throws OperatingError `backup_exists`, not_applied.
 */
export async function backUpStore(directory: string, toDirectory: string): Promise<void> {
  mkdirSync(toDirectory, { recursive: true });
  for (const name of [EVENTS_FILE, VAULT_FILE]) {
    if (!existsSync(join(toDirectory, name))) continue;
    throw new OperatingError({
      code: 'backup_exists',
      outcome: 'not_applied',
      shortMessage: 'the folder already holds a store; choose another',
      facts: { directory: toDirectory },
    });
  }
  const copy = join(toDirectory, EVENTS_FILE);
  const source = openForReading(directory);
  try {
    source.exec('BEGIN');
    source.prepare('SELECT max(position) FROM event').get();
    await source.backup(copy);
  } finally {
    source.close();
  }
  copyFileSync(join(directory, VAULT_FILE), join(toDirectory, VAULT_FILE));
  // The copy inherits write-ahead logging: opened and closed once, it is a single file again.
  new Database(copy).close();
  syncFile(copy);
  syncFile(join(toDirectory, VAULT_FILE));
  syncDirectory(toDirectory);
}
