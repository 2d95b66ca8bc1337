import type { Amount } from '../units/amount.ts';
import type { Hash } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';
import type { FinalizeReceipt, SignedEvidence } from '../wire/objects.ts';
import type {
  FeePolicyPublishedData,
  HopDeclinedData,
  HopHeldData,
  HopLapsedData,
  PaymentOrderedData,
} from './events.ts';

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
  /** When the status was recorded, by this book's clock; of a release what its receipt says. */
  readonly at: UnixMs;
  /** Payer side: the payee's `held`. */
  readonly heldReceipt: Hash | null;
  /** The CommitSignal and the event that holds it. */
  readonly commit: { readonly signal: Hash; readonly eventId: Hash; readonly at: UnixMs } | null;
  /** Payee side: the payer's `active*`. */
  readonly commitReceipt: Hash | null;
  /** The receiver's receipt once claimed or active. */
  readonly finalize: SignedEvidence<FinalizeReceipt> | null;
  /** Its object id. */
  readonly finalizeReceipt: Hash | null;
  /** When the claim was recorded (payee side). */
  readonly claimedAt: UnixMs | null;
  /** Why it lapsed. */
  readonly lapse: Pick<HopLapsedData, 'why' | 'reason'> | null;
  /** The HopReceipt that confirmed, activated or lapsed it; null while open and for `expired`. */
  readonly endedBy: Hash | null;
  /** Payee side of a middle hop: the voucher that forwards it, once there is one. */
  readonly outgoing: Hash | null;
  /** Every event of the hop so far: their payloads stay while the hop is remembered. */
  readonly events: readonly Hash[];
};

/**
 * How long an ended hop is remembered past its deadline and its end, to answer late peers: 7 days; on
 * the payee side only one that was claimed.
 */
export const HOP_MEMORY_MS = 604_800_000;

/**
 * The same of a payee's hop that lapsed without a claim: an hour. No debt can come of it any more, and
 * its voucher is refused by its time alone, so that who floods with small holds fills no memory.
 */
export const LAPSE_MEMORY_MS = 3_600_000;

/**
 * After this long past its deadline a claim may be given up: a payer that keeps the protocol ended the
 * hop at most a hold's longest time later and has forgotten it, so that no answer can come: 14 days.
 */
export const CLAIM_MEMORY_MS = 2 * HOP_MEMORY_MS;

/** A voucher that a hosted payee has signed not to hold, and the event that says so. */
export type DeclinedVoucher = HopDeclinedData & { readonly eventId: Hash };

/** A policy that a hosted hop published. */
export type Policy = {
  readonly terms: FeePolicyPublishedData;
  readonly eventId: Hash;
  /** When another took its place; null: it is the newest. */
  readonly replacedAt: UnixMs | null;
};

/** A sender's order and what its vouchers have used of it. */
export type Order = {
  readonly terms: PaymentOrderedData;
  readonly eventId: Hash;
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
  /** Incoming vouchers, no probes, that are held, active*, claimed or confirmed; ascending. */
  readonly vouchers: readonly Hash[];
  readonly finalizeReceipt: Hash | null;
  /** True once DeliveryFinalized is recorded, or every claimed part was denied. */
  readonly ended: boolean;
};
