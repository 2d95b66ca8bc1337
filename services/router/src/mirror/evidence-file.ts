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
/** Texts wait so long to be written together, and no more of them wait. */
const GATHER_MS = 50;
const GATHERED_MAX = 256;

type Texts = Map<Hash, string>;

/**
 * Signed texts about intents, in the order in which this node saw them. They are written behind, many
 * in one transaction. What is its own and its neighbours' is in the book as well; a crash may take
 * the last `GATHER_MS` of what was relayed, a power cut somewhat more.
 */
export class EvidenceFile implements EvidenceStore {
  readonly #database: Database.Database;
  readonly #limits: EvidenceLimits;
  readonly #count: Database.Statement<[string], { count: number }>;
  readonly #insert: Database.Statement<[string, string, string]>;
  readonly #get: Database.Statement<[string, string], { text: string }>;
  readonly #of: Database.Statement<[string], { text: string }>;
  /** Seen and not yet written, by intent, in their order. */
  #gathered = new Map<Hash, Texts>();
  #gatheredCount = 0;
  #timer: NodeJS.Timeout | undefined;
  #failure: unknown;

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

  /** As the port says. @throws what SQLite threw when it wrote earlier texts. */
  readonly note = (intent: Hash, id: Hash, text: string): boolean => {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.get(intent, id) !== undefined) return true;
    const gathered: Texts = this.#gathered.get(intent) ?? new Map<Hash, string>();
    const count = (this.#count.get(intent)?.count ?? 0) + gathered.size;
    if (count >= this.#limits.textsPerIntent) return false;
    this.#gathered.set(intent, gathered.set(id, text));
    this.#gatheredCount += 1;
    if (this.#gatheredCount >= GATHERED_MAX) this.#write();
    else this.#timer ??= setTimeout(() => this.#write(), GATHER_MS);
    return true;
  };

  readonly get = (intent: Hash, id: Hash): string | undefined =>
    this.#gathered.get(intent)?.get(id) ?? this.#get.get(intent, id)?.text;

  readonly of = (intent: Hash): readonly string[] => [
    ...this.#of.all(intent).map(({ text }) => text),
    ...(this.#gathered.get(intent)?.values() ?? []),
  ];

  /** A failure is told to whoever notes something next. */
  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const gathered = this.#gathered;
    this.#gathered = new Map();
    this.#gatheredCount = 0;
    try {
      this.#database.transaction(() => this.#insertAll(gathered)).immediate();
    } catch (error) {
      this.#failure = error;
    }
  }

  #insertAll(gathered: ReadonlyMap<Hash, Texts>): void {
    for (const [intent, texts] of gathered) {
      for (const [id, text] of texts) {
        const position = Number(this.#insert.run(intent, id, text).lastInsertRowid);
        if (position % DROPPED_TOGETHER !== 0) continue;
        const oldest = position - this.#limits.textsMax;
        this.#database.prepare('DELETE FROM evidence WHERE position <= ?').run(oldest);
      }
    }
  }

  /** Writes what is left. A second call does nothing. */
  close(): void {
    if (!this.#database.open) return;
    this.#write();
    this.#database.close();
  }
}
