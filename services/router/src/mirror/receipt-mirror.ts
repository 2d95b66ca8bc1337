import { createHash } from 'node:crypto';
import type { Hash, PartyId } from '@atomicity/kernel/units/id';
import type Database from 'better-sqlite3';
import type { Journal, JournalKind } from '../ports.ts';
import { openFile } from './mirror-file.ts';

/** "ARTM". */
const APPLICATION_ID = 0x4152544d;

const SCHEMA = `
  CREATE TABLE receipt (
    position INTEGER PRIMARY KEY,
    party TEXT NOT NULL,
    intent TEXT NOT NULL,
    digest BLOB NOT NULL,
    text TEXT NOT NULL,
    UNIQUE (party, intent, digest)
  ) STRICT;
  CREATE TABLE used (
    party TEXT PRIMARY KEY,
    texts INTEGER NOT NULL,
    size INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE journal (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (kind, key)
  ) STRICT, WITHOUT ROWID;
`;

export type MirrorQuota = {
  /** Texts that the mirror keeps for one party. */
  readonly textsPerParty: number;
  /** UTF-16 code units of them, together. */
  readonly sizePerParty: number;
};

type Used = { readonly texts: number; readonly size: number };
type Row = { readonly key: string; readonly text: string };

/**
 * Keeps signed objects for the users of a node and serves them back as they came, byte for byte. It
 * reads nothing in them, and holds no balance: whoever wants to know what a receipt is worth checks
 * its signatures. Append-only. The agent's journal is in the same file.
 */
export class ReceiptMirror {
  readonly #database: Database.Database;
  readonly #quota: MirrorQuota;

  /** @throws UnknownFile, and what SQLite throws. */
  constructor(path: string, quota: MirrorQuota) {
    this.#database = openFile(path, { applicationId: APPLICATION_ID, schema: SCHEMA }, 'FULL');
    this.#quota = quota;
  }

  /**
   * Keeps texts of an intent for a party: all of them, or none when they do not fit into what the
   * party has left. Durable when it resolves. Texts that are there already change nothing.
   */
  keep(party: PartyId, intent: Hash, texts: readonly string[]): Promise<'kept' | 'full'> {
    const work = this.#database.transaction(() => this.#keepAll(party, intent, texts));
    try {
      // Durable from here.
      return Promise.resolve(work.immediate());
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The texts of an intent that a party left, in their order. */
  of(party: PartyId, intent: Hash): Promise<readonly string[]> {
    const select = this.#database.prepare<[string, string], { text: string }>(
      'SELECT text FROM receipt WHERE party = ? AND intent = ? ORDER BY position',
    );
    return Promise.resolve(select.all(party, intent).map(({ text }) => text));
  }

  #keepAll(party: PartyId, intent: Hash, texts: readonly string[]): 'kept' | 'full' {
    const find = this.#database.prepare(
      'SELECT 1 FROM receipt WHERE party = ? AND intent = ? AND digest = ?',
    );
    const fresh = new Map<string, { readonly digest: Buffer; readonly text: string }>();
    for (const text of texts) {
      const digest = createHash('sha256').update(text).digest();
      if (find.get(party, intent, digest) === undefined)
        fresh.set(digest.toString('hex'), { digest, text });
    }
    const used = this.#database
      .prepare<[string], Used>('SELECT texts, size FROM used WHERE party = ?')
      .get(party) ?? { texts: 0, size: 0 };
    const size = [...fresh.values()].reduce((sum, { text }) => sum + text.length, used.size);
    const { textsPerParty, sizePerParty } = this.#quota;
    if (used.texts + fresh.size > textsPerParty || size > sizePerParty) {
      return fresh.size === 0 ? 'kept' : 'full';
    }
    const insert = this.#database.prepare(
      'INSERT INTO receipt (party, intent, digest, text) VALUES (?, ?, ?, ?)',
    );
    for (const { digest, text } of fresh.values()) insert.run(party, intent, digest, text);
    this.#database
      .prepare(
        'INSERT INTO used VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET texts = excluded.texts, size = excluded.size',
      )
      .run(party, used.texts + fresh.size, size);
    return 'kept';
  }

  /**
   * The agent's journal: what was put is on the disk when the call returns. A power cut may bring back
   * what was dropped last.
   */
  journal(): Journal {
    const put = this.#database.prepare(
      'INSERT INTO journal (kind, key, text) VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET text = excluded.text',
    );
    const get = this.#database.prepare<[string, string], { text: string }>(
      'SELECT text FROM journal WHERE kind = ? AND key = ?',
    );
    const all = this.#database.prepare<[string], Row>(
      'SELECT key, text FROM journal WHERE kind = ? ORDER BY key',
    );
    const remove = this.#database.prepare('DELETE FROM journal WHERE kind = ? AND key = ?');
    const drop = (kind: JournalKind, key: string): void => {
      // Not synced by itself: the next commit that is takes it along.
      this.#database.pragma('synchronous = NORMAL');
      try {
        remove.run(kind, key);
      } finally {
        this.#database.pragma('synchronous = FULL');
      }
    };
    return {
      put: (kind: JournalKind, key, text) => void put.run(kind, key, text),
      get: (kind, key) => get.get(kind, key)?.text,
      all: (kind) => all.all(kind),
      drop,
    };
  }

  close(): void {
    if (this.#database.open) this.#database.close();
  }
}
