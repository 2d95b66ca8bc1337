import type { Hash } from '@atomicity/kernel/units/id';
import type Database from 'better-sqlite3';
import type { EvidenceStore } from '../ports.ts';
import { openFile } from './mirror-file.ts';

/** "ARTE". */
const APPLICATION_ID = 0x41525445;

const SCHEMA = `
  CREATE TABLE evidence (
    position INTEGER PRIMARY KEY,
    intent TEXT NOT NULL,
    id TEXT NOT NULL,
    text TEXT NOT NULL,
    UNIQUE (intent, id)
  ) STRICT;
`;

export type EvidenceLimits = {
  /** Texts of one intent. */
  readonly textsPerIntent: number;
  /** Texts of all intents: beyond them the oldest go. */
  readonly textsMax: number;
};

/** Old texts are dropped so many at a time. */
const DROPPED_TOGETHER = 256;

/**
 * Signed texts about intents, in the order in which this node saw them. What is its own and its
 * neighbours' is in the book as well; a power cut may take the last moments of what was relayed.
 */
export class EvidenceFile implements EvidenceStore {
  readonly #database: Database.Database;
  readonly #limits: EvidenceLimits;
  readonly #count: Database.Statement<[string], { count: number }>;
  readonly #insert: Database.Statement<[string, string, string]>;
  readonly #get: Database.Statement<[string, string], { text: string }>;
  readonly #of: Database.Statement<[string], { text: string }>;

  /** @throws UnknownFile, and what SQLite throws. */
  constructor(path: string, limits: EvidenceLimits) {
    const database = openFile(path, { applicationId: APPLICATION_ID, schema: SCHEMA }, 'NORMAL');
    this.#database = database;
    this.#limits = limits;
    this.#count = database.prepare('SELECT count(*) AS count FROM evidence WHERE intent = ?');
    this.#insert = database.prepare('INSERT INTO evidence (intent, id, text) VALUES (?, ?, ?)');
    this.#get = database.prepare('SELECT text FROM evidence WHERE intent = ? AND id = ?');
    this.#of = database.prepare('SELECT text FROM evidence WHERE intent = ? ORDER BY position');
  }

  readonly note = (intent: Hash, id: Hash, text: string): boolean => {
    if (this.#get.get(intent, id) !== undefined) return true;
    if ((this.#count.get(intent)?.count ?? 0) >= this.#limits.textsPerIntent) return false;
    const { lastInsertRowid } = this.#insert.run(intent, id, text);
    const position = Number(lastInsertRowid);
    if (position % DROPPED_TOGETHER === 0) {
      const oldest = position - this.#limits.textsMax;
      this.#database.prepare('DELETE FROM evidence WHERE position <= ?').run(oldest);
    }
    return true;
  };

  readonly get = (intent: Hash, id: Hash): string | undefined => this.#get.get(intent, id)?.text;

  readonly of = (intent: Hash): readonly string[] => this.#of.all(intent).map(({ text }) => text);

  close(): void {
    if (this.#database.open) this.#database.close();
  }
}
