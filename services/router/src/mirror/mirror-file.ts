import Database from 'better-sqlite3';

/** What a file is: told apart by its number, so that nobody opens one as the other. */
export type FileKind = { readonly applicationId: number; readonly schema: string };

const SCHEMA_VERSION = 1;

/**
 * `FULL` syncs on every commit. `NORMAL` loses the last commits in a power cut, never the file and
 * nothing when only the process ends.
 */
export type Synchronous = 'FULL' | 'NORMAL';

/** The file is of another program or of a newer version. */
export class UnknownFile extends Error {
  constructor(path: string) {
    super(`${path} was written by another program or a newer version`);
    this.name = 'UnknownFile';
  }
}

/**
 * Opens an SQLite file with a schema, creating both when they are not there.
 * @throws UnknownFile, and what SQLite throws.
 */
export function openFile(
  path: string,
  { applicationId, schema }: FileKind,
  synchronous: Synchronous,
): Database.Database {
  const database = new Database(path);
  database.pragma('journal_mode = WAL');
  database.pragma(`synchronous = ${synchronous}`);
  // On macOS a plain fsync leaves the data in the drive's cache; elsewhere this does nothing.
  database.pragma('fullfsync = ON');
  const application = database.pragma('application_id', { simple: true });
  const version = database.pragma('user_version', { simple: true });
  if (application === 0 && version === 0) {
    database.exec(`BEGIN IMMEDIATE; ${schema} PRAGMA application_id = ${applicationId};
      PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT;`);
  } else if (application !== applicationId || version !== SCHEMA_VERSION) {
    database.close();
    throw new UnknownFile(path);
  }
  return database;
}
