import { closeSync, existsSync, openSync } from 'node:fs';
import type { FailureCode } from '@atomicity/kernel/fleet/failure-codes';
import type { FleetCycle } from '@atomicity/kernel/fleet/fleet-statement';
import type { Amount } from '@atomicity/kernel/units/amount';
import type { Hash, PartyId } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';
import type { Groth16Proof } from '@atomicity/kernel/wire/objects';
import type {
  CallReceipt,
  CycleRef,
  PreparedCall,
  RegistryCall,
  SlotRef,
  SpendProof,
} from '@atomicity/rails/ethereum/registry-port';
import Database from 'better-sqlite3';
import { fleetJson, parseFleetJson } from './fleet-json.ts';
import type { FleetPlan } from './fleet-plan.ts';

/** How far a cycle has come. A rollback takes a settled one back to `open`, under the next revision. */
export type CycleStage = 'planned' | 'open' | 'settled' | 'final';

/** What one revision of a cycle says, fixed before it is sent. PRIVATE: it holds openings. */
export type Settlement = {
  readonly outcomes: FleetCycle;
  readonly proof: Groth16Proof;
  /** By slot: what answers a demand; undefined for an excluded slot. */
  readonly attestations: readonly (SpendProof | undefined)[];
};

export type CycleEntry = {
  readonly plan: FleetPlan;
  readonly stage: CycleStage;
  readonly revision: number;
  /** Of this revision; null before it is fixed. */
  readonly settlement: Settlement | null;
  /** Slots whose proof was demanded and not given: excluded in every later revision. */
  readonly withheld: readonly number[];
};

/**
 * An effect on the chain. `intended`: nobody can have seen it. `signed`: it may have been sent, so its
 * fate is looked up before anything else. `applied` and `failed` are its ends.
 */
export type EffectEntry = {
  readonly key: string;
  readonly call: RegistryCall;
  readonly stage: 'intended' | 'signed' | 'applied' | 'failed';
  readonly prepared: PreparedCall | null;
  /** Null when the effect was found in the contract's state alone. */
  readonly receipt: CallReceipt | null;
  readonly reason: string | null;
};

export type ResolutionStatus = 'open' | 'released' | 'written_off';

/** An excluded slot on its way to whoever settles what is wrong with it. */
export type Resolution = SlotRef & {
  readonly agent: PartyId;
  readonly budget: Hash;
  readonly subCap: Amount;
  readonly code: FailureCode;
  readonly status: ResolutionStatus;
  readonly since: UnixMs;
  readonly resolvedAt: UnixMs | null;
  readonly note: string | null;
};

const SCHEMA = `
CREATE TABLE cycles (
  fleet TEXT NOT NULL, cycle INTEGER NOT NULL, stage TEXT NOT NULL, revision INTEGER NOT NULL,
  plan TEXT NOT NULL, settlement TEXT, withheld TEXT NOT NULL, PRIMARY KEY (fleet, cycle)
) STRICT;
CREATE TABLE effects (
  key TEXT PRIMARY KEY, fleet TEXT NOT NULL, call TEXT NOT NULL, stage TEXT NOT NULL,
  prepared TEXT, receipt TEXT, reason TEXT
) STRICT;
CREATE TABLE resolutions (
  fleet TEXT NOT NULL, cycle INTEGER NOT NULL, slot INTEGER NOT NULL, agent TEXT NOT NULL,
  budget TEXT NOT NULL, sub_cap TEXT NOT NULL, code TEXT NOT NULL, status TEXT NOT NULL,
  since INTEGER NOT NULL, resolved_at INTEGER, note TEXT, PRIMARY KEY (fleet, cycle, slot)
) STRICT;
PRAGMA user_version = 1;
`;

type CycleRow = {
  readonly stage: string;
  readonly revision: number;
  readonly plan: string;
  readonly settlement: string | null;
  readonly withheld: string;
};
type EffectRow = {
  readonly key: string;
  readonly call: string;
  readonly stage: string;
  readonly prepared: string | null;
  readonly receipt: string | null;
  readonly reason: string | null;
};
type ResolutionRow = {
  readonly fleet: string;
  readonly cycle: number;
  readonly slot: number;
  readonly agent: string;
  readonly budget: string;
  readonly sub_cap: string;
  readonly code: string;
  readonly status: string;
  readonly since: number;
  readonly resolved_at: number | null;
  readonly note: string | null;
};

/** What names an effect on a cycle, or on one revision of it. */
export function effectKey(what: string, { fleet, cycle }: CycleRef, revision?: number): string {
  return `${what}/${fleet}/${cycle}${revision === undefined ? '' : `/${revision}`}`;
}

/**
 * What the fleet desk must remember by itself: plans, what it said of each cycle, what it sent, and the
 * resolution queue. PRIVATE: plans name agents and sub-caps, settlements hold openings. It is not
 * derived from the log, so it belongs into backups. Every change is durable when the call returns.
 */
export class FleetJournal {
  readonly #database: Database.Database;

  /** Opens the file, or creates it readable by its owner only. */
  constructor(path: string) {
    if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
    this.#database = new Database(path);
    this.#database.pragma('journal_mode = WAL');
    this.#database.pragma('synchronous = FULL');
    this.#database.pragma('secure_delete = ON');
    const version = Number(this.#database.pragma('user_version', { simple: true }));
    if (version === 0) this.#database.transaction(() => this.#database.exec(SCHEMA))();
    else if (version !== 1) throw new RangeError(`a fleet journal of version ${version}`);
  }

  cycle({ fleet, cycle }: CycleRef): CycleEntry | undefined {
    const sql = 'SELECT * FROM cycles WHERE fleet = ? AND cycle = ?';
    const row = this.#database.prepare<[string, number], CycleRow>(sql).get(fleet, cycle);
    return row && cycleOf(row);
  }

  /** Every cycle, by fleet and number. */
  cycles(): readonly CycleEntry[] {
    const sql = 'SELECT * FROM cycles ORDER BY fleet, cycle';
    return this.#database.prepare<[], CycleRow>(sql).all().map(cycleOf);
  }

  /** Fixes a plan. @throws SqliteError when the cycle has one already. */
  plan(plan: FleetPlan): void {
    this.#database
      .prepare(`INSERT INTO cycles VALUES (?, ?, 'planned', 0, ?, NULL, '[]')`)
      .run(plan.fleet, plan.cycle, fleetJson(plan));
  }

  /**
   * Puts a plan in the place of one that nobody outside can have seen: it is not open, and the effect that
   * would open it was not signed. Answers false, and changes nothing, when that is not so.
   */
  replan(plan: FleetPlan): boolean {
    return this.#database.transaction(() => {
      const open = this.effect(effectKey('open', plan));
      const isUnseen = open === undefined || open.stage === 'intended' || open.stage === 'failed';
      if (this.cycle(plan)?.stage !== 'planned' || !isUnseen) return false;
      this.#database.prepare('DELETE FROM effects WHERE key = ?').run(effectKey('open', plan));
      this.#database
        .prepare('UPDATE cycles SET plan = ? WHERE fleet = ? AND cycle = ?')
        .run(fleetJson(plan), plan.fleet, plan.cycle);
      return true;
    })();
  }

  opened(ref: CycleRef): void {
    this.#setStage(ref, 'open');
  }

  /** Fixes what this revision says: from now on this is sent, and nothing else. Once it is fixed: nothing. */
  settles({ fleet, cycle }: CycleRef, settlement: Settlement): void {
    this.#database
      .prepare(
        'UPDATE cycles SET settlement = ? WHERE fleet = ? AND cycle = ? AND settlement IS NULL',
      )
      .run(fleetJson(settlement), fleet, cycle);
  }

  /** The chain has it: the excluded slots enter the queue in the same transaction. */
  settled(ref: CycleRef, queue: readonly Resolution[]): void {
    this.#database.transaction(() => {
      this.#setStage(ref, 'settled');
      for (const each of queue) this.#enqueue(each);
    })();
  }

  finalized(ref: CycleRef): void {
    this.#setStage(ref, 'final');
  }

  /** The chain took the settlement back: the next revision says something else. */
  rolledBack({ fleet, cycle }: CycleRef, revision: number, withheld: readonly number[]): void {
    this.#database
      .prepare(
        `UPDATE cycles SET stage = 'open', revision = ?, settlement = NULL, withheld = ?
         WHERE fleet = ? AND cycle = ?`,
      )
      .run(revision, JSON.stringify(withheld), fleet, cycle);
  }

  effect(key: string): EffectEntry | undefined {
    const sql = 'SELECT * FROM effects WHERE key = ?';
    const row = this.#database.prepare<[string], EffectRow>(sql).get(key);
    return row && effectOf(row);
  }

  effects(): readonly EffectEntry[] {
    const sql = 'SELECT * FROM effects ORDER BY rowid';
    return this.#database.prepare<[], EffectRow>(sql).all().map(effectOf);
  }

  /** Records the intent. @throws SqliteError when the key is known. */
  intend(key: string, call: RegistryCall): void {
    this.#database
      .prepare(`INSERT INTO effects VALUES (?, ?, ?, 'intended', NULL, NULL, NULL)`)
      .run(key, call.fleet, fleetJson(call));
  }

  /** From here until an answer, nobody knows whether it was sent. */
  signed(key: string, prepared: PreparedCall): void {
    this.#setEffect(key, 'signed', { prepared });
  }

  /** Its nonce went to another transaction: it never takes effect and may be signed anew. */
  displaced(key: string): void {
    this.#setEffect(key, 'intended', { prepared: null });
  }

  applied(key: string, receipt: CallReceipt | null): void {
    this.#setEffect(key, 'applied', { receipt });
  }

  failed(key: string, reason: string): void {
    this.#setEffect(key, 'failed', { reason });
  }

  /** A failed effect may be intended anew, as an operator decides. */
  forget(key: string): void {
    this.#database.prepare(`DELETE FROM effects WHERE key = ? AND stage = 'failed'`).run(key);
  }

  /** The queue, open entries first, then by age. */
  resolutions(): readonly Resolution[] {
    const sql = `SELECT * FROM resolutions ORDER BY status != 'open', since, fleet, cycle, slot`;
    return this.#database.prepare<[], ResolutionRow>(sql).all().map(resolutionOf);
  }

  resolution({ fleet, cycle, slot }: SlotRef): Resolution | undefined {
    const sql = 'SELECT * FROM resolutions WHERE fleet = ? AND cycle = ? AND slot = ?';
    const row = this.#database
      .prepare<[string, number, number], ResolutionRow>(sql)
      .get(fleet, cycle, slot);
    return row && resolutionOf(row);
  }

  /** Ends an open entry; an entry that has ended stays as it is. */
  resolve(
    { fleet, cycle, slot }: SlotRef,
    status: Exclude<ResolutionStatus, 'open'>,
    at: UnixMs,
    note: string | null,
  ): void {
    this.#database
      .prepare(
        `UPDATE resolutions SET status = ?, resolved_at = ?, note = ?
         WHERE fleet = ? AND cycle = ? AND slot = ? AND status = 'open'`,
      )
      .run(status, at, note, fleet, cycle, slot);
  }

  close(): void {
    if (this.#database.open) this.#database.close();
  }

  #enqueue(each: Resolution): void {
    this.#database
      .prepare(
        `INSERT INTO resolutions VALUES (?, ?, ?, ?, ?, ?, ?, 'open', ?, NULL, NULL)
         ON CONFLICT DO UPDATE SET code = excluded.code`,
      )
      .run(
        each.fleet,
        each.cycle,
        each.slot,
        each.agent,
        each.budget,
        `${each.subCap}`,
        each.code,
        each.since,
      );
  }

  #setStage({ fleet, cycle }: CycleRef, stage: CycleStage): void {
    this.#database
      .prepare('UPDATE cycles SET stage = ? WHERE fleet = ? AND cycle = ?')
      .run(stage, fleet, cycle);
  }

  #setEffect(
    key: string,
    stage: EffectEntry['stage'],
    change: {
      readonly prepared?: PreparedCall | null;
      readonly receipt?: CallReceipt | null;
      readonly reason?: string;
    },
  ): void {
    const known = this.effect(key);
    if (known === undefined) throw new RangeError(`no effect ${key}`);
    const { prepared, receipt, reason } = { ...known, ...change };
    const text = (value: object | null) => (value === null ? null : fleetJson(value));
    this.#database
      .prepare('UPDATE effects SET stage = ?, prepared = ?, receipt = ?, reason = ? WHERE key = ?')
      .run(stage, text(prepared), text(receipt), reason, key);
  }
}

function cycleOf(row: CycleRow): CycleEntry {
  return {
    plan: parseFleetJson<FleetPlan>(row.plan),
    stage: row.stage as CycleStage,
    revision: row.revision,
    settlement: row.settlement === null ? null : parseSettlement(row.settlement),
    withheld: JSON.parse(row.withheld) as number[],
  };
}

/** An absent attestation is written as null: a list keeps its places. */
function parseSettlement(text: string): Settlement {
  const { attestations, ...rest } = parseFleetJson<
    Omit<Settlement, 'attestations'> & { attestations: (SpendProof | null)[] }
  >(text);
  return { ...rest, attestations: attestations.map((each) => each ?? undefined) };
}

function effectOf(row: EffectRow): EffectEntry {
  const { key, call, prepared, receipt, reason } = row;
  return {
    key,
    call: parseFleetJson<RegistryCall>(call),
    stage: row.stage as EffectEntry['stage'],
    prepared: prepared === null ? null : parseFleetJson<PreparedCall>(prepared),
    receipt: receipt === null ? null : parseFleetJson<CallReceipt>(receipt),
    reason,
  };
}

function resolutionOf(row: ResolutionRow): Resolution {
  return {
    fleet: row.fleet as Hash,
    cycle: row.cycle,
    slot: row.slot,
    agent: row.agent as PartyId,
    budget: row.budget as Hash,
    subCap: BigInt(row.sub_cap) as Amount,
    code: row.code as FailureCode,
    status: row.status as ResolutionStatus,
    since: row.since as UnixMs,
    resolvedAt: row.resolved_at as UnixMs | null,
    note: row.note,
  };
}
