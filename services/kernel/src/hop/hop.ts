import type { SignedEvidence, FinalizeReceipt } from '../wire/objects.ts';
import type { Hash } from '../units/id.ts';
import type { HopHeldData, PaymentOrderedData } from './events.ts';
import type { Amount } from '../units/amount.ts';
import type { UnixMs } from '../units/time.ts';

/**
 * `held`, `active*`: reserved. `claimed`: payee side, the receipt is here and the payer has not
 * answered. `confirmed`: receiver of several parts, this payer has answered, others have not.
 * `active`, `lapsed`: ended.
 */
export type HopStatus = 'held' | 'active*' | 'claimed' | 'confirmed' | 'active' | 'lapsed';

/** One voucher of a payment across books. Ended hops are remembered to answer late peers. */
export type Hop = {
  readonly terms: HopHeldData;
  /** The event that holds the signed voucher. */
  readonly eventId: Hash;
  readonly status: HopStatus;
  /** When the status was reached, by this book's clock. */
  readonly at: UnixMs;
  /** Payer side: the payee's `held`. */
  readonly heldReceipt: Hash | null;
  /** The CommitSignal and the event that holds it. */
  readonly commit: { readonly signal: Hash; readonly eventId: Hash; readonly at: UnixMs } | null;
  /** Payee side: the payer's `active*`. */
  readonly commitReceipt: Hash | null;
  /** The receiver's receipt once claimed or active. */
  readonly finalize: SignedEvidence<FinalizeReceipt> | null;
  /** When the claim was recorded (payee side). */
  readonly claimedAt: UnixMs | null;
  /** Why it lapsed. */
  readonly lapse: { readonly why: 'expired' | 'released' | 'denied'; readonly reason: string } | null;
  /** Payee side of a middle hop: the voucher that forwards it, once there is one. */
  readonly outgoing: Hash | null;
};

/** A sender's order and what its vouchers have used of it. */
export type Order = {
  readonly terms: PaymentOrderedData;
  /** Amounts and fees of open and active vouchers that are no probes. */
  readonly amountInUse: Amount;
  readonly feeInUse: Amount;
  /** Amounts and fees of all probes ever held. */
  readonly probeSpend: Amount;
  /** Delivered by active vouchers. */
  readonly amountPaid: Amount;
};

/** The receiver's buffer: parts of one intent. */
export type DeliveryBuffer = {
  /** Incoming vouchers that are held, active* or claimed, ascending. */
  readonly vouchers: readonly Hash[];
  readonly finalizeReceipt: Hash | null;
  /** True once DeliveryFinalized is recorded, or every claimed part was denied. */
  readonly ended: boolean;
};
