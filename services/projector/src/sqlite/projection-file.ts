import { closeSync, copyFileSync, existsSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { OperatingError } from '@atomicity/event-log/port';
import { syncDirectory, syncFile } from '@atomicity/event-log/sqlite/database';
import Database from 'better-sqlite3';
import { PROJECTION_SCHEMA, SCHEMA_VERSION } from './schema.ts';

/** What a statement takes. */
export type SqlValue = string | number | bigint | null;

/** A row as it is read: integers are `bigint`, texts are texts. */
export type SqlRow = Readonly<Record<string, string | bigint | null>>;

/** One open SQLite file with its prepared statements. */
export class ProjectionFile {
  readonly path: string;
  #database: Database.Database;
  readonly #statements = new Map<string, Database.Statement<SqlValue[], SqlRow>>();

  /**
   * Opens the file, or creates it readable by its owner only.
   *
   * Deleted content is overwritten (`secure_delete`) and nothing is written to temporary files. A
   * power loss may roll the file back to an earlier transaction: the cursor goes back with the rows.
   *
   * @throws OperatingError `projection_version` (not_applied) for a file of another version.
   */
  constructor(path: string) {
    this.path = path;
    this.#database = open(path);
  }

  get database(): Database.Database {
    return this.#database;
  }

  /** Throws the content away and goes on with a copy of another file, or with nothing. */
  replace(source: string | null): void {
    this.close();
    this.#statements.clear();
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${this.path}${suffix}`, { force: true });
    if (source !== null) copyFileSync(source, this.path);
    this.#database = open(this.path);
  }

  run(sql: string, ...values: SqlValue[]): number {
    return this.#prepared(sql).run(...values).changes;
  }

  all(sql: string, ...values: SqlValue[]): SqlRow[] {
    return this.#prepared(sql).all(...values);
  }

  one(sql: string, ...values: SqlValue[]): SqlRow | undefined {
    return this.#prepared(sql).get(...values);
  }

  /** Rows one by one, for tables that may not fit in memory. */
  each(sql: string, ...values: SqlValue[]): IterableIterator<SqlRow> {
    return this.#prepared(sql).iterate(...values);
  }

  /** Runs `work` in one transaction: all of it is in the file, or none. */
  transaction<T>(work: () => T): T {
    return this.#database.transaction(work).immediate();
  }

  /**
   * Rewrites the file without any page or log frame that ever held deleted content.
   * `secure_delete` alone leaves copies that the engine made when it moved rows between pages.
   */
  rewrite(): void {
    this.#database.exec('VACUUM');
    this.#database.pragma('wal_checkpoint(TRUNCATE)');
  }

  /** Replaces the file at `path` by a copy of this one, in one step. Durable on return. */
  copyTo(path: string): void {
    const next = `${path}.next`;
    rmSync(next, { force: true });
    // VACUUM INTO fills an empty file: this one has its mode already.
    closeSync(openSync(next, 'a', 0o600));
    this.run('VACUUM INTO ?', next);
    syncFile(next);
    renameSync(next, path);
    syncDirectory(dirname(path));
  }

  close(): void {
    if (this.#database.open) this.#database.close();
  }

  #prepared(sql: string): Database.Statement<SqlValue[], SqlRow> {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare<SqlValue[], SqlRow>(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

/** A text column. @throws TypeError when the row holds something else: the schema is strict. */
export function textOf(row: SqlRow, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw new TypeError(`${column} is no text`);
  return value;
}

/** An amount or position column. @throws TypeError as `textOf`. */
export function amountOf(row: SqlRow, column: string): bigint {
  const value = row[column];
  if (typeof value !== 'bigint') throw new TypeError(`${column} is no integer`);
  return value;
}

/** An integer of any size, kept as decimal text. @throws TypeError as `textOf`. */
export function bigOf(row: SqlRow, column: string): bigint {
  return BigInt(textOf(row, column));
}

/** A count, index or time column, below 2^53. @throws TypeError as `textOf`. */
export function numberOf(row: SqlRow, column: string): number {
  return Number(amountOf(row, column));
}

/** A column that may be null. */
export function nullable<T>(
  row: SqlRow,
  column: string,
  read: (row: SqlRow, column: string) => T,
): T | null {
  return row[column] === null ? null : read(row, column);
}

function open(path: string): Database.Database {
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
  const database = new Database(path);
  database.defaultSafeIntegers(true);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = NORMAL');
  database.pragma('secure_delete = ON');
  database.pragma('temp_store = MEMORY');
  const version = Number(database.pragma('user_version', { simple: true }));
  if (version === 0) database.transaction(() => database.exec(PROJECTION_SCHEMA))();
  if (version === 0 || version === SCHEMA_VERSION) return database;
  database.close();
  throw new OperatingError({
    code: 'projection_version',
    outcome: 'not_applied',
    shortMessage: 'the projection was written by another version; remove the file to rebuild it',
    facts: { version, expected: SCHEMA_VERSION },
  });
}
