/** The events file: its schema, its settings, and the lock that admits one writer. */

import { closeSync, fsyncSync, openSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { OperatingError } from '../port.ts';

export type SqliteDatabase = Database.Database;

/** FULL syncs the write-ahead log on every commit. The others lose acknowledged events: tests only. */
export type Synchronous = 'FULL' | 'NORMAL' | 'OFF';

export const EVENTS_FILE = 'events.db';
export const VAULT_FILE = 'vault.salts';
export const LOCK_FILE = 'writer.lock';

const APPLICATION_ID = 0x41544f4d; // "ATOM"
const SCHEMA_VERSION = 1;

const SCHEMA = `
  CREATE TABLE stream (
    id INTEGER PRIMARY KEY,
    name BLOB NOT NULL UNIQUE
  ) STRICT;
  CREATE TABLE event (
    position INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL REFERENCES stream (id),
    revision INTEGER NOT NULL,
    event_id BLOB NOT NULL UNIQUE,
    envelope BLOB NOT NULL,
    disclosure TEXT,
    ciphertext BLOB,
    UNIQUE (stream, revision)
  ) STRICT;
`;

/** Opens the events file for its one writer, creating it when it is not there. */
export function openForWriting(directory: string, synchronous: Synchronous): SqliteDatabase {
  const database = new Database(join(directory, EVENTS_FILE));
  database.pragma('journal_mode = WAL');
  database.pragma(`synchronous = ${synchronous}`);
  // On macOS a plain fsync leaves the data in the drive's cache; elsewhere these two do nothing.
  database.pragma('fullfsync = ON');
  database.pragma('checkpoint_fullfsync = ON');
  // Erased ciphertext is overwritten, not only unlinked.
  database.pragma('secure_delete = ON');
  database.pragma('wal_autocheckpoint = 4000');
  database.pragma('cache_size = -65536');
  assertSchema(database);
  return database;
}

function assertSchema(database: SqliteDatabase): void {
  const application = database.pragma('application_id', { simple: true });
  const version = database.pragma('user_version', { simple: true });
  if (application === 0 && version === 0) {
    database.exec(`BEGIN IMMEDIATE; ${SCHEMA} PRAGMA application_id = ${APPLICATION_ID};
      PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT;`);
    return;
  }
  if (application === APPLICATION_ID && version === SCHEMA_VERSION) return;
  throw new OperatingError({
    code: 'store_unknown_version',
    outcome: 'not_applied',
    shortMessage: 'the events file was written by another program or a newer version',
    facts: { application: Number(application), version: Number(version) },
  });
}

/** Opens the events file for reading; sees only what has been committed and synced. */
export function openForReading(directory: string): SqliteDatabase {
  const database = new Database(join(directory, EVENTS_FILE), { readonly: true });
  database.pragma('cache_size = -16384');
  return database;
}

/**
 * Takes the writer's lock, which ends with the connection or the process, however that ends.
 *
 * @throws OperatingError `store_locked`, not_applied, when another process has it.
 */
export function lockForWriting(directory: string): SqliteDatabase {
  const lock = new Database(join(directory, LOCK_FILE), { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (cause) {
    lock.close();
    throw new OperatingError({
      code: 'store_locked',
      outcome: 'not_applied',
      shortMessage: 'another process writes to this store',
      facts: { directory },
      cause,
    });
  }
}

/** Makes the names of new files in a folder durable. */
export function syncDirectory(directory: string): void {
  // Windows has no such call for folders and needs none.
  if (process.platform === 'win32') return;
  syncOpened(openSync(directory, 'r'));
}

/** Makes the content of a file durable that something else has written. */
export function syncFile(path: string): void {
  syncOpened(openSync(path, 'r+'));
}

function syncOpened(file: number): void {
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
