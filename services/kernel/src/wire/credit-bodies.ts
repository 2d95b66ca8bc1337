import type { Amount, SignedAmount } from '../units/amount.ts';
import type { Denomination } from '../units/denomination.ts';
import type { Hash, Nonce, PartyId } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';
import type { Head, SignedEvidence } from './body-head.ts';
import type { KeyDelegation } from './key-bodies.ts';

// Bodies of the objects about one edge: its terms, where it stands, and how its debt moves or ends.

/** Two parties open a bilateral credit line; the object's id is the edge's id. */
export type EdgeAgreement = Head<'EdgeAgreement'> & {
  readonly a: PartyId;
  readonly b: PartyId;
  readonly denomination: Denomination;
  /** How much b may owe a. */
  readonly limitA: Amount;
  /** How much a may owe b. */
  readonly limitB: Amount;
  readonly rateBps: number;
  readonly expiresAt: UnixMs;
  readonly graceMs: number;
  readonly haircutBps: number;
  readonly nonce: Nonce;
};

/** A party changes how much the other side of an edge may owe it. */
export type EdgeLimitChange = Head<'EdgeLimitChange'> & {
  readonly edge: Hash;
  readonly grantor: PartyId;
  readonly limit: Amount;
  /** 1, 2, … for each edge and grantor. */
  readonly sequence: number;
  readonly nonce: Nonce;
};

/** Both ends of an edge agree where it stands; older states and ended vouchers may be dropped. */
export type EdgeState = Head<'EdgeState'> & {
  readonly edge: Hash;
  readonly a: PartyId;
  readonly b: PartyId;
  /** 1, 2, … */
  readonly sequence: number;
  /** Id of the state before, zeros for the first. */
  readonly previous: Hash;
  readonly at: UnixMs;
  /** Seen from a, carry included, as a decimal string with sign. */
  readonly balance: SignedAmount;
  /** Interest since the previous state, on its balance, rounded toward zero; seen from a. */
  readonly carry: SignedAmount;
  /** Vouchers that are still open, ascending, at most 256. */
  readonly open: readonly Hash[];
  readonly nonce: Nonce;
};

/**
 * Two states of one edge and sequence that differ, the first signed by a, the second by b, with the
 * delegations of the keys that signed. Signed by nobody itself: it proves itself.
 */
export type EdgeDisagreement = Head<'EdgeDisagreement'> & {
  readonly first: SignedEvidence<EdgeState>;
  readonly second: SignedEvidence<EdgeState>;
  readonly delegations: readonly [SignedEvidence<KeyDelegation>, SignedEvidence<KeyDelegation>];
};

/** A holder of credit moves it to another creditor of the same debtor; all three sign. */
export type Reassign = Head<'Reassign'> & {
  readonly debtor: PartyId;
  readonly from: PartyId;
  readonly to: PartyId;
  /** The edge of debtor and `from`, and that of debtor and `to`. */
  readonly fromEdge: Hash;
  readonly toEdge: Hash;
  readonly denomination: Denomination;
  readonly amount: Amount;
  /** The debtor signs last, before this; later the signed object counts whenever it arrives. */
  readonly expiresAt: UnixMs;
  readonly nonce: Nonce;
};

/** A creditor asks to be paid outside, on any of some rails. */
export type SettlementRequest = Head<'SettlementRequest'> & {
  readonly edge: Hash;
  readonly creditor: PartyId;
  readonly amount: Amount;
  /** At least 1, at most 8: rail name and where to pay, in the rail's own words. */
  readonly endpoints: readonly { readonly rail: string; readonly target: string }[];
  readonly expiresAt: UnixMs;
  readonly nonce: Nonce;
};

/** The creditor states what it received outside; the debt shrinks by it. */
export type SettlementReceipt = Head<'SettlementReceipt'> & {
  readonly edge: Hash;
  readonly creditor: PartyId;
  /** The request that was paid; null for a payment nobody asked for. */
  readonly request: Hash | null;
  readonly amount: Amount;
  readonly rail: string;
  /** SHA-256 of the rail's evidence; one receipt for each. */
  readonly evidence: Hash;
  readonly at: UnixMs;
  readonly nonce: Nonce;
};
