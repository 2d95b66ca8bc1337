/**
 * What the ledger's queries need of a read side. The port is structural: whoever projects the log
 * implements it, and the node hands the implementation in. Amounts are decimal strings of the
 * denomination's ledger unit, ready for JSON; positions may be negative (`-12`).
 */
import type { StreamId } from '@atomicity/kernel/units/id';

/** The state of the read side that an answer was read from. */
export type AsOf = {
  /** Dense log index of the last event that the answer includes, or -1 before the first. */
  readonly logIndex: number;
  /** Decision time of that event, ms since the epoch; 0 before the first. */
  readonly at: number;
};

/** One consistent answer; `value` is undefined when the read side knows no such thing. */
export type Answer<T> = { readonly asOf: AsOf; readonly value: T | undefined };

/** The net position of one party in one denomination over all its edges. */
export type BalanceView = {
  readonly denomination: string;
  /** Σ of the party's edge balances, signed; what others owe it less what it owes. */
  readonly net: string;
  /** Open holds that would make the party owe more. */
  readonly heldOutgoing: string;
  /** Open holds that would make others owe the party more. */
  readonly heldIncoming: string;
};

export type EdgeView = {
  readonly edge: string;
  readonly a: string;
  readonly b: string;
  readonly denomination: string;
  /** How much `b` may owe `a`. */
  readonly limitA: string;
  /** How much `a` may owe `b`. */
  readonly limitB: string;
  /** What `b` owes `a`; negative when `a` owes `b`. */
  readonly balanceA: string;
  /** Always `-balanceA`: both legs of the edge are in one book. */
  readonly balanceB: string;
  /** Open holds that would make `a` owe `b` more. */
  readonly heldByA: string;
  /** Open holds that would make `b` owe `a` more. */
  readonly heldByB: string;
  readonly rateBps: number;
  readonly haircutBps: number;
  readonly expiresAt: number;
  readonly graceMs: number;
};

export type HoldView = {
  readonly voucher: string;
  readonly intent: string;
  readonly edge: string;
  readonly from: string;
  readonly to: string;
  readonly denomination: string;
  readonly amount: string;
  readonly fee: string;
  readonly at: number;
  readonly expiresAt: number;
  readonly status: 'held' | 'finalized' | 'lapsed' | 'voided';
  /** The grant's place in its budget, or null for a hold that draws on no budget. */
  readonly authorization: {
    readonly budget: string;
    readonly period: string;
    readonly index: number;
  } | null;
};

/** One level of spending: available + committed + spent = cap. */
export type TallyView = {
  readonly name: string;
  readonly cap: string;
  readonly available: string;
  readonly committed: string;
  readonly spent: string;
};

export type BudgetView = {
  readonly budget: string;
  readonly principal: string;
  readonly agent: string;
  readonly denomination: string;
  readonly cap: string;
  readonly available: string;
  readonly committed: string;
  readonly spent: string;
  readonly windowStart: number;
  readonly windowEnd: number;
  readonly tier: number;
  readonly periodIndex: number;
  readonly parent: string | null;
  readonly categories: readonly (TallyView & {
    /** Most that one payment of the category may spend. */
    readonly ceiling: string;
  })[];
  readonly tasks: readonly TallyView[];
};

export type AuthorizationView = {
  readonly index: number;
  readonly status: 'held' | 'spent' | 'void' | 'lapsed' | 'unspent';
  readonly voucher: string;
  readonly category: number;
  readonly spend: string;
};

export type PeriodView = {
  readonly budget: string;
  readonly periodIndex: number;
  readonly period: string;
  readonly status: 'open' | 'closed' | 'attested';
  readonly count: number;
  readonly leavesRoot: string | null;
  readonly tokensRoot: string | null;
  /** Public signal 2 of the attestation, or null before it. */
  readonly summaryCommitment: string | null;
  /** In index order; indexes whose payload has been erased are left out. */
  readonly authorizations: readonly AuthorizationView[];
};

export type PartyView = {
  readonly party: string;
  readonly keys: readonly {
    readonly key: string;
    readonly roles: readonly ('party' | 'operator' | 'auditor')[];
    readonly notBefore: number;
    readonly expiresAt: number;
    readonly revokedAt: number | null;
  }[];
};

/** Queries on flushed events only; every method answers from one consistent state. */
export interface ReadModel {
  /**
   * Waits until every event of `stream` up to `revision` is projected; -1 is reached at once.
   * Answers false when that took longer than `timeoutMs` milliseconds.
   */
  reached(stream: StreamId, revision: number, timeoutMs: number): Promise<boolean>;
  party(party: string): Promise<Answer<PartyView>>;
  balances(party: string): Promise<Answer<readonly BalanceView[]>>;
  edgesOf(party: string): Promise<Answer<readonly EdgeView[]>>;
  edge(edge: string): Promise<Answer<EdgeView>>;
  holdsOf(party: string): Promise<Answer<readonly HoldView[]>>;
  hold(voucher: string): Promise<Answer<HoldView>>;
  budgetsOf(party: string): Promise<Answer<readonly BudgetView[]>>;
  budget(budget: string): Promise<Answer<BudgetView>>;
  period(budget: string, periodIndex: number): Promise<Answer<PeriodView>>;
}
