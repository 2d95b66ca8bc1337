/**
 * How a book looks to whoever may read it: the shapes that the read side fills and the HTTP edge serves.
 * Amounts are decimal strings of the denomination's ledger unit; positions may be negative (`-12`).
 */
import type { HopSide } from '../hop/events.ts';
import type { HopStatus } from '../hop/hop.ts';
import type { Role } from '../wire/objects.ts';

/** The events that an answer includes. */
export type AsOf = {
  /** Dense log index of the last event that the answer includes, or -1 before the first. */
  readonly logIndex: number;
  /** Decision time of that event, ms since the epoch; 0 before the first. */
  readonly at: number;
};

/** One consistent answer; `value` is undefined when the projection knows no such thing. */
export type Answer<T> = { readonly asOf: AsOf; readonly value: T | undefined };

/** The net position of one party in one denomination over all its edges. */
export type BalanceView = {
  readonly denomination: string;
  /** What others owe the party less what it owes. */
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
  /** Always `-balanceA`. */
  readonly balanceB: string;
  /** Open holds that would make `a` owe `b` more. */
  readonly heldByA: string;
  /** Open holds that would make `b` owe `a` more. */
  readonly heldByB: string;
  readonly rateBps: number;
  readonly haircutBps: number;
  readonly expiresAt: number;
  readonly graceMs: number;
  /** Of the newest state that both ends signed; 0 before the first. */
  readonly stateSequence: number;
  /** True while the ends have signed states that exclude each other. */
  readonly disputed: boolean;
};

export type HoldStatus = 'held' | 'finalized' | 'lapsed' | 'voided';

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
  readonly status: HoldStatus;
  /** The place in the budget that granted the hold; null for a hold without one. */
  readonly authorization: {
    readonly budget: string;
    readonly period: string;
    readonly index: number;
  } | null;
};

/** One hop of a payment across books, as this book records its end of it. */
export type HopView = {
  readonly voucher: string;
  readonly intent: string;
  readonly part: string;
  readonly side: HopSide;
  readonly status: HopStatus;
  readonly edge: string;
  readonly from: string;
  readonly to: string;
  readonly denomination: string;
  readonly amount: string;
  readonly fee: string;
  readonly probe: boolean;
  /** True once the other end has signed that it knows of the hold. */
  readonly acknowledged: boolean;
  /** The voucher that this one forwards, and the one that forwards it; null for none in this book. */
  readonly incoming: string | null;
  readonly outgoing: string | null;
  /** When it was held, when it lapses and when its status was reached, by this book's clock. */
  readonly heldAt: number;
  readonly deadline: number;
  readonly at: number;
  /** Why it lapsed, or null. */
  readonly reason: string | null;
};

/** One level of spending: available + committed + spent = cap. */
export type TallyView = {
  readonly name: string;
  readonly cap: string;
  readonly available: string;
  readonly committed: string;
  readonly spent: string;
};

export type CategoryView = TallyView & { readonly ceiling: string };

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
  readonly categories: readonly CategoryView[];
  readonly tasks: readonly TallyView[];
};

export type AuthorizationStatus = 'held' | 'spent' | 'void' | 'lapsed' | 'unspent';

export type AuthorizationView = {
  readonly index: number;
  readonly status: AuthorizationStatus;
  readonly voucher: string;
  readonly category: number;
  /** Amount plus fee. */
  readonly spend: string;
};

export type PeriodStatus = 'open' | 'closed' | 'attested';

export type PeriodView = {
  readonly budget: string;
  readonly periodIndex: number;
  readonly period: string;
  readonly status: PeriodStatus;
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
    readonly roles: readonly Role[];
    readonly notBefore: number;
    readonly expiresAt: number;
    readonly revokedAt: number | null;
  }[];
};
