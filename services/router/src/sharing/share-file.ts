import type { Hash, PartyId } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';
import type Database from 'better-sqlite3';
import { openFile } from '../mirror/mirror-file.ts';
import type { Place, RefusedShare, ShareStore } from './share-ports.ts';

/** "ARTS". */
const APPLICATION_ID = 0x41525453;

const SCHEMA = `
  CREATE TABLE cursor (
    neighbour TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    event TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE refused (
    neighbour TEXT NOT NULL,
    revision INTEGER NOT NULL,
    event TEXT NOT NULL,
    object TEXT,
    type TEXT NOT NULL,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL,
    is_final INTEGER NOT NULL,
    PRIMARY KEY (neighbour, revision)
  ) STRICT, WITHOUT ROWID;
`;

type CursorRow = { readonly revision: number; readonly event: string };
type RefusedRow = CursorRow & {
  readonly object: string | null;
  readonly type: string;
  readonly reason: string;
  readonly at: number;
  readonly is_final: number;
};

/** The brands come back with what this file alone has written. */
function refusedOf({ event, object, at, is_final, ...row }: RefusedRow): RefusedShare {
  return {
    ...row,
    eventId: event as Hash,
    object: object as Hash | null,
    at: at as UnixMs,
    isFinal: is_final === 1,
  };
}

/**
 * How far each neighbour has got, on disk. A power cut may take the last moments: they are delivered
 * again. It need not be backed up, for the same reason.
 */
export class ShareFile implements ShareStore {
  readonly #database: Database.Database;
  readonly #refusedMax: number;
  readonly #cursor: Database.Statement<[string], CursorRow>;
  readonly #refused: Database.Statement<[string], RefusedRow>;

  /** @throws UnknownFile, and what SQLite throws. */
  constructor(path: string, refusedMax = 1_000) {
    const kind = { applicationId: APPLICATION_ID, schema: SCHEMA };
    this.#database = openFile(path, kind, 'NORMAL');
    this.#refusedMax = refusedMax;
    this.#cursor = this.#database.prepare('SELECT revision, event FROM cursor WHERE neighbour = ?');
    this.#refused = this.#database.prepare(
      `SELECT revision, event, object, type, reason, at, is_final FROM refused
       WHERE neighbour = ? ORDER BY revision`,
    );
  }

  readonly cursor = (neighbour: PartyId): Place | undefined => {
    const row = this.#cursor.get(neighbour);
    return row && { revision: row.revision, eventId: row.event as Hash };
  };

  readonly settle = (
    neighbour: PartyId,
    cursor: Place | undefined,
    refused: readonly RefusedShare[],
  ): void => {
    this.#database.transaction(() => this.#settle(neighbour, cursor, refused)).immediate();
  };

  readonly drop = (neighbour: PartyId, revision: number): void => {
    this.#database
      .prepare('DELETE FROM refused WHERE neighbour = ? AND revision = ?')
      .run(neighbour, revision);
  };

  readonly refused = (neighbour: PartyId): readonly RefusedShare[] =>
    this.#refused.all(neighbour).map(refusedOf);

  close(): void {
    if (this.#database.open) this.#database.close();
  }

  #settle(neighbour: PartyId, cursor: Place | undefined, refused: readonly RefusedShare[]): void {
    if (cursor !== undefined) {
      this.#database
        .prepare('INSERT OR REPLACE INTO cursor VALUES (?, ?, ?)')
        .run(neighbour, cursor.revision, cursor.eventId);
    }
    if (refused.length === 0) return;
    const insert = this.#database.prepare(
      'INSERT OR REPLACE INTO refused VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    );
    for (const { revision, eventId, object, type, reason, at, isFinal } of refused) {
      insert.run(neighbour, revision, eventId, object, type, reason, at, isFinal ? 1 : 0);
    }
    this.#database
      .prepare(
        `DELETE FROM refused WHERE neighbour = ? AND revision NOT IN
         (SELECT revision FROM refused WHERE neighbour = ? ORDER BY revision DESC LIMIT ?)`,
      )
      .run(neighbour, neighbour, this.#refusedMax);
  }
}
