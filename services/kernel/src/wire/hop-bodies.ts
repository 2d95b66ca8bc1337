import type { Amount } from '../units/amount.ts';
import type { Hash, Nonce, PartyId } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';
import type { Head, SignedEvidence } from './body-head.ts';
import type { FinalizeReceipt } from './payment-bodies.ts';

// Bodies of the objects that the two ends of a hop exchange.

/** Optional: the receiver has all parts and will finalize within `windowMs`; held → active*. */
export type CommitSignal = Head<'CommitSignal'> & {
  readonly intent: Hash;
  readonly finalizeKey: PartyId;
  /** Ascending. */
  readonly parts: readonly Nonce[];
  readonly windowMs: number;
  readonly nonce: Nonce;
};

export type HopTransition = 'held' | 'active*' | 'active' | 'lapsed';

/**
 * What one end of an edge says of one voucher, by its own clock. `held` comes from the payee. `active`
 * from the payee is its claim, from the payer its answer; `lapsed` from the payee is a release or a
 * refusal, from the payer the answer that the claim came too late.
 */
export type HopReceipt = Head<'HopReceipt'> & {
  readonly hop: PartyId;
  readonly peer: PartyId;
  readonly voucher: Hash;
  readonly intent: Hash;
  readonly part: Nonce;
  readonly transition: HopTransition;
  readonly amount: Amount;
  readonly fee: Amount;
  readonly policyHash: Hash | null;
  /** When it happened, and the hop's own deadline for the hold: one clock. */
  readonly at: UnixMs;
  readonly deadline: UnixMs;
  /** Why it lapsed: `expired`, `released`, or the reason of a refusal; null otherwise. */
  readonly reason: string | null;
  /** The hop's receipt before this one on the voucher; of `held` the voucher's prevReceipt. */
  readonly prev: Hash | null;
  /** The receiver's receipt: with `active`, and only then. */
  readonly finalize: SignedEvidence<FinalizeReceipt> | null;
  readonly nonce: Nonce;
};

/** A reading of a party's clock for one peer: what `seenAt` of the peer's vouchers rests on. */
export type ClockReading = Head<'ClockReading'> & {
  readonly party: PartyId;
  readonly peer: PartyId;
  readonly at: UnixMs;
  readonly nonce: Nonce;
};
