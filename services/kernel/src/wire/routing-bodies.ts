import type { Amount } from '../units/amount.ts';
import type { Denomination } from '../units/denomination.ts';
import type { Hash, Nonce, PartyId } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';
import type { Head, SignedEvidence } from './body-head.ts';
import type { HopReceipt } from './hop-bodies.ts';
import type { KeyDelegation } from './key-bodies.ts';
import type { CapacityVoucher } from './payment-bodies.ts';

// Bodies of the objects that routes are chosen by, and the proof that a hop kept another fee.

/** The price of forwarding; `policyHash` is taggedHash('FeePolicy', canonical terms). */
export type FeePolicy = {
  readonly hop: PartyId;
  readonly denomination: Denomination;
  /** Of the delivered amount, rounded up. */
  readonly feeBps: number;
  readonly feeFlat: Amount;
  readonly amountMin: Amount;
  readonly amountMax: Amount;
  readonly marginMs: number;
};

/** An edge over which a hop forwards, and coarsely how much. */
export type OfferedEdge = { readonly to: PartyId; readonly capacity: Amount };

/** A hop says what it forwards, where to and for how much, for a short time. */
export type RoutingOffer = Head<'RoutingOffer'> & {
  readonly policy: FeePolicy;
  readonly policyHash: Hash;
  /** Newer offers of a hop and denomination have higher sequences. */
  readonly sequence: number;
  /** By the hop's clock: readers count `ttlMs` from when they got the offer. */
  readonly at: UnixMs;
  readonly ttlMs: number;
  /** Ascending by `to`, at most 64. */
  readonly edges: readonly OfferedEdge[];
  readonly nonce: Nonce;
};

/** A coarse hint to a direct neighbour, never passed on. */
export type RoutingSignal = Head<'RoutingSignal'> & {
  readonly origin: PartyId;
  /** taggedHash('Region', party key) cut to 2 bytes, 4 hex digits: many parties share one. */
  readonly region: string;
  readonly denomination: Denomination;
  /** Decimal order of magnitude of the amounts, 0 … 18. */
  readonly magnitude: number;
  readonly observed: 'success' | 'failure';
  /** Payments behind the hint, 1 … 1000. */
  readonly sample: number;
  readonly sequence: number;
  readonly ttlMs: number;
  readonly nonce: Nonce;
};

/**
 * Public: a hop kept another fee than its policy. Everything in it is signed by the hop; signed by
 * nobody itself: it proves itself with the hop's KeyDelegation.
 */
export type FeeMismatchProof = Head<'FeeMismatchProof'> & {
  readonly delegation: SignedEvidence<KeyDelegation>;
  readonly offer: SignedEvidence<RoutingOffer>;
  /** What the hop said it held. */
  readonly held: SignedEvidence<HopReceipt>;
  /** What it held onward, for the same intent and part. */
  readonly voucher: SignedEvidence<CapacityVoucher>;
};
