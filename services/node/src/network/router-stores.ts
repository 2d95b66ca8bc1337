import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Hash } from '@atomicity/kernel/units/id';
import type { ReceiptMirror } from '@atomicity/ledger/peer-port';
import type { EvidenceStore, Journal } from '@atomicity/router/ports';
import Database from 'better-sqlite3';

/** The router's files in a node's `router` folder: both belong into backups. */
export const ROUTER_JOURNAL_FILE = 'journal.db';
export const EVIDENCE_FILE = 'evidence.db';

const JOURNAL_SCHEMA = `
CREATE TABLE notes (
  kind TEXT NOT NULL, key TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE mirrored (
  party TEXT NOT NULL, intent TEXT NOT NULL, digest TEXT NOT NULL, text TEXT NOT NULL,
  UNIQUE (party, intent, digest)
) STRICT;
PRAGMA user_version = 1;
`;

const EVIDENCE_SCHEMA = `
CREATE TABLE evidence (
  intent TEXT NOT NULL, id TEXT NOT NULL, noted_at INTEGER NOT NULL, text TEXT NOT NULL,
  UNIQUE (intent, id)
) STRICT;
CREATE INDEX evidence_by_age ON evidence (noted_at);
PRAGMA user_version = 1;
`;

/** Texts that are kept for one intent: 16 parts of some hops, each with its receipts. */
const EVIDENCE_PER_INTENT_MAX = 512;
/** Evidence is kept so long; whoever needs it longer leaves it with its own node as receipts. */
const EVIDENCE_MS = 30 * 86_400_000;

export type RouterStores = {
  readonly journal: Journal;
  readonly evidence: EvidenceStore;
  readonly mirror: ReceiptMirror;
  close(): void;
};

/**
 * Opens what the router remembers beside the book. The journal and what users left are durable when a
 * call returns; evidence is when the system writes it out, which a crash of the process alone does
 * not lose: peers can show it again.
 */
export function openRouterStores(
  folder: string,
  options: { readonly mirroredPerParty: number; readonly now: () => number },
): RouterStores {
  const notes = openFile(join(folder, ROUTER_JOURNAL_FILE), JOURNAL_SCHEMA, 'FULL');
  const evidence = openFile(join(folder, EVIDENCE_FILE), EVIDENCE_SCHEMA, 'NORMAL');
  evidence.prepare('DELETE FROM evidence WHERE noted_at < ?').run(options.now() - EVIDENCE_MS);
  return {
    journal: journalIn(notes),
    evidence: evidenceIn(evidence, options.now),
    mirror: mirrorIn(notes, options.mirroredPerParty),
    close() {
      notes.close();
      evidence.close();
    },
  };
}

function openFile(path: string, schema: string, synchronous: 'FULL' | 'NORMAL'): Database.Database {
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
  const database = new Database(path);
  database.pragma('journal_mode = WAL');
  database.pragma(`synchronous = ${synchronous}`);
  const version = Number(database.pragma('user_version', { simple: true }));
  if (version === 0) database.transaction(() => database.exec(schema))();
  else if (version !== 1) throw new RangeError(`${path}: a file of version ${version}`);
  return database;
}

type Text = { readonly text: string };

function journalIn(database: Database.Database): Journal {
  const put = database.prepare<[string, string, string]>(
    'INSERT OR REPLACE INTO notes VALUES (?, ?, ?)',
  );
  const get = database.prepare<[string, string], Text>(
    'SELECT text FROM notes WHERE kind = ? AND key = ?',
  );
  const all = database.prepare<[string], Text & { key: string }>(
    'SELECT key, text FROM notes WHERE kind = ? ORDER BY key',
  );
  const drop = database.prepare<[string, string]>('DELETE FROM notes WHERE kind = ? AND key = ?');
  return {
    put: (kind, key, text) => void put.run(kind, key, text),
    get: (kind, key) => get.get(kind, key)?.text,
    all: (kind) => all.all(kind),
    drop: (kind, key) => void drop.run(kind, key),
  };
}

function evidenceIn(database: Database.Database, now: () => number): EvidenceStore {
  const count = database.prepare<[string], { n: number }>(
    'SELECT count(*) AS n FROM evidence WHERE intent = ?',
  );
  const get = database.prepare<[string, string], Text>(
    'SELECT text FROM evidence WHERE intent = ? AND id = ?',
  );
  const add = database.prepare<[string, string, number, string]>(
    'INSERT INTO evidence VALUES (?, ?, ?, ?)',
  );
  const of = database.prepare<[string], Text>(
    'SELECT text FROM evidence WHERE intent = ? ORDER BY rowid',
  );
  return {
    note: (intent, id, text) => {
      if (get.get(intent, id) !== undefined) return true;
      if ((count.get(intent)?.n ?? 0) >= EVIDENCE_PER_INTENT_MAX) return false;
      add.run(intent, id, now(), text);
      return true;
    },
    get: (intent, id) => get.get(intent, id)?.text,
    of: (intent) => of.all(intent).map(({ text }) => text),
  };
}

function mirrorIn(database: Database.Database, textsMax: number): ReceiptMirror {
  const count = database.prepare<[string], { n: number }>(
    'SELECT count(*) AS n FROM mirrored WHERE party = ?',
  );
  const add = database.prepare<[string, string, string, string]>(
    'INSERT OR IGNORE INTO mirrored VALUES (?, ?, ?, ?)',
  );
  const of = database.prepare<[string, string], Text>(
    'SELECT text FROM mirrored WHERE party = ? AND intent = ? ORDER BY rowid',
  );
  const keepAll = database.transaction((party: string, intent: Hash, texts: readonly string[]) => {
    for (const text of texts) {
      add.run(party, intent, createHash('sha256').update(text).digest('hex'), text);
    }
    if ((count.get(party)?.n ?? 0) > textsMax) throw new MirrorFull();
  });
  return {
    keep: async (party, intent, texts) => {
      try {
        keepAll(party, intent, texts);
        return 'kept';
      } catch (error) {
        if (error instanceof MirrorFull) return 'full';
        throw error;
      }
    },
    of: async (party, intent) => of.all(party, intent).map(({ text }) => text),
  };
}

/** Takes the transaction back. */
class MirrorFull extends Error {}
