/** What can happen to an edge besides holds and payments. `docs/reference/edges.md` has the rules. */

import type { Amount, SignedAmount } from '../units/amount.ts';
import type { Denomination } from '../units/denomination.ts';
import type { Hash, PartyId } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';
import type { SettlementRequest } from '../wire/objects.ts';
import type { Leg } from './leg.ts';

/** One side of a movement, and the edge on which it is. */
export type EdgeLeg = Leg & { readonly edge: Hash };

/** Both ends agree where the edge stands; the carry since the state before becomes debt. */
export type EdgeStateAgreedData = {
  readonly state: Hash;
  readonly edge: Hash;
  readonly a: PartyId;
  readonly b: PartyId;
  readonly denomination: Denomination;
  readonly sequence: number;
  readonly previous: Hash;
  readonly at: UnixMs;
  /** Seen from a, carry included. */
  readonly balance: SignedAmount;
  readonly carry: SignedAmount;
  readonly open: readonly Hash[];
  /** The carry, a's leg first; two zeros if there is none. */
  readonly legs: readonly Leg[];
};

/** The two ends signed states that exclude each other. */
export type EdgeDisputedData = {
  readonly proof: Hash;
  readonly edge: Hash;
  readonly a: PartyId;
  readonly b: PartyId;
  readonly denomination: Denomination;
  readonly sequence: number;
  /** `history`: over different states before; `balance`: other sums with the same vouchers open. */
  readonly kind: 'history' | 'balance';
  /** What each end signed, seen from a. */
  readonly balances: readonly [SignedAmount, SignedAmount];
};

/** A debt changes its creditor. Legs of the edges that this book has, `fromEdge` first. */
export type CreditReassignedData = {
  readonly reassign: Hash;
  readonly debtor: PartyId;
  readonly from: PartyId;
  readonly to: PartyId;
  readonly fromEdge: Hash;
  readonly toEdge: Hash;
  readonly denomination: Denomination;
  readonly amount: Amount;
  readonly legs: readonly EdgeLeg[];
};

export type SettlementRequestedData = {
  readonly request: Hash;
  readonly edge: Hash;
  readonly creditor: PartyId;
  readonly debtor: PartyId;
  readonly denomination: Denomination;
  readonly amount: Amount;
  readonly endpoints: SettlementRequest['endpoints'];
  readonly expiresAt: UnixMs;
};

/** The creditor has got value outside: the debt shrinks by it. */
export type SettlementRecordedData = {
  readonly receipt: Hash;
  readonly edge: Hash;
  readonly creditor: PartyId;
  readonly debtor: PartyId;
  readonly denomination: Denomination;
  readonly amount: Amount;
  readonly request: Hash | null;
  /** What was asked for and not paid; null without a request that this book knows. */
  readonly remains: Amount | null;
  readonly rail: string;
  readonly evidence: Hash;
  readonly at: UnixMs;
  readonly legs: readonly Leg[];
};
