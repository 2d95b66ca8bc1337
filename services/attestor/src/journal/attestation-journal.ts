import { closeSync, existsSync, openSync } from 'node:fs';
import { canonicalJson, parseAnyJson } from '@atomicity/kernel/codec/canonical-json';
import type { PeriodPlace } from '@atomicity/kernel/period/closed-period';
import type { PeriodParts } from '@atomicity/kernel/period/period-digest';
import { type SummaryOpening, summaryOpeningCodec } from '@atomicity/kernel/period/summary';
import type { FieldHex, Hash, Nonce } from '@atomicity/kernel/units/id';
import { Failure } from '@atomicity/kernel/wire/codec';
import type { PublicSignals } from '@atomicity/kernel/wire/objects';
import Database from 'better-sqlite3';

/** How far the attestation of one period has come. Each stage is durable before the next begins. */
export type AttestationStage =
  /** The statement is fixed: parts, salt and signals. */
  | 'planned'
  /** The proof is made, checked and signed. */
  | 'proved'
  /** The ledger has it. */
  | 'recorded'
  /** The ledger refused it; an operator decides. */
  | 'refused';

export type PlannedStatement = PeriodPlace & {
  readonly nullifier: FieldHex;
  readonly parts: PeriodParts;
  readonly summarySalt: Nonce;
  readonly publicSignals: PublicSignals;
  readonly opening: SummaryOpening;
};

export type JournalEntry = PlannedStatement & {
  readonly stage: AttestationStage;
  /** Canonical text of the signed object; null before `proved` and after `recorded`. */
  readonly text: string | null;
  /** Why the ledger refused it. */
  readonly reason: string | null;
};

const SCHEMA = `
CREATE TABLE attestations (
  nullifier TEXT PRIMARY KEY, budget TEXT NOT NULL, period_index INTEGER NOT NULL,
  stage TEXT NOT NULL, parts TEXT NOT NULL, summary_salt TEXT NOT NULL, signals TEXT NOT NULL,
  opening TEXT NOT NULL, object TEXT, reason TEXT, UNIQUE (budget, period_index)
) STRICT;
PRAGMA user_version = 1;
`;

type Row = {
  readonly nullifier: string;
  readonly budget: string;
  readonly period_index: number;
  readonly stage: string;
  readonly parts: string;
  readonly summary_salt: string;
  readonly signals: string;
  readonly opening: string;
  readonly object: string | null;
  readonly reason: string | null;
};

/**
 * What the attestor must remember by itself: the statement that each proof is of, and the openings of
 * the summaries. PRIVATE: an opening shows a period's totals. It is not derived from the log, so it
 * belongs into backups; without the last opening the next period can't be proved.
 *
 * Every change is durable when the call returns.
 */
export class AttestationJournal {
  readonly #database: Database.Database;

  /**
   * Opens the file, or creates it readable by its owner only. With `readonly` it must be there and stays as
   * it is, while the node that writes it may be running.
   */
  constructor(path: string, { readonly = false }: { readonly readonly?: boolean } = {}) {
    if (readonly) {
      this.#database = new Database(path, { readonly, fileMustExist: true });
      return;
    }
    if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
    this.#database = new Database(path);
    this.#database.pragma('journal_mode = WAL');
    this.#database.pragma('synchronous = FULL');
    this.#database.pragma('secure_delete = ON');
    const version = Number(this.#database.pragma('user_version', { simple: true }));
    if (version === 0) this.#database.transaction(() => this.#database.exec(SCHEMA))();
    else if (version !== 1) throw new RangeError(`a journal of version ${version}`);
  }

  find({ budget, periodIndex }: PeriodPlace): JournalEntry | undefined {
    const sql = 'SELECT * FROM attestations WHERE budget = ? AND period_index = ?';
    const row = this.#database.prepare<[string, number], Row>(sql).get(budget, periodIndex);
    return row && entryOf(row);
  }

  /** Entries that the ledger has neither taken nor refused, in the order in which they were planned. */
  unfinished(): readonly JournalEntry[] {
    const sql = `SELECT * FROM attestations WHERE stage IN ('planned', 'proved') ORDER BY rowid`;
    return this.#database.prepare<[], Row>(sql).all().map(entryOf);
  }

  /**
   * Fixes the statement of a period: from now on every proof is of this one.
   * @throws SqliteError when the period has one already.
   */
  plan(statement: PlannedStatement): void {
    this.#database
      .prepare(`INSERT INTO attestations VALUES (?, ?, ?, 'planned', ?, ?, ?, ?, NULL, NULL)`)
      .run(
        statement.nullifier,
        statement.budget,
        statement.periodIndex,
        canonicalJson(statement.parts),
        statement.summarySalt,
        canonicalJson(statement.publicSignals),
        canonicalJson(summaryOpeningCodec.write(statement.opening)),
      );
  }

  /** Keeps the signed object: from now on this one is submitted, and no other. */
  proved(nullifier: FieldHex, text: string): void {
    this.#setStage(nullifier, 'proved', text, null);
  }

  recorded(nullifier: FieldHex): void {
    this.#setStage(nullifier, 'recorded', null, null);
  }

  refused(nullifier: FieldHex, reason: string): void {
    this.#setStage(nullifier, 'refused', null, reason);
  }

  /** Takes a refused period up again with the same statement and a new proof. */
  reopen(nullifier: FieldHex): void {
    this.#setStage(nullifier, 'planned', null, null);
  }

  close(): void {
    if (this.#database.open) this.#database.close();
  }

  #setStage(
    nullifier: FieldHex,
    stage: AttestationStage,
    text: string | null,
    reason: string | null,
  ): void {
    this.#database
      .prepare('UPDATE attestations SET stage = ?, object = ?, reason = ? WHERE nullifier = ?')
      .run(stage, text, reason, nullifier);
  }
}

function entryOf(row: Row): JournalEntry {
  const opening = summaryOpeningCodec.read(parseAnyJson(row.opening)?.value ?? null);
  if (opening instanceof Failure) throw new TypeError('the journal holds no summary opening');
  return {
    budget: row.budget as Hash,
    periodIndex: row.period_index,
    nullifier: row.nullifier as FieldHex,
    // Written by `plan` from checked values, in a file that only this class writes.
    parts: JSON.parse(row.parts) as PeriodParts,
    summarySalt: row.summary_salt as Nonce,
    publicSignals: JSON.parse(row.signals) as PublicSignals,
    opening,
    stage: row.stage as AttestationStage,
    text: row.object,
    reason: row.reason,
  };
}
