/**
 * What can happen to a hop: one voucher of a payment across books, as one end of its edge records it.
 * Both ends record the same voucher; the payer's end decides whether it became a debt.
 */
import type { Leg } from '../credit/leg.ts';
import type { Amount, SignedAmount } from '../units/amount.ts';
import type { Denomination } from '../units/denomination.ts';
import type { Hash, Nonce, PartyId } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';
import type {
  DeliveredPart,
  FeePolicy,
  FinalizeReceipt,
  RouteHop,
  SignedEvidence,
} from '../wire/objects.ts';

/** Which end of the edge this book hosts. */
export type HopSide = 'payer' | 'payee';

export type PartyHostedData = {
  readonly hosting: Hash;
  readonly party: PartyId;
  readonly marginMs: number;
};

export type FeePolicyPublishedData = {
  readonly offer: Hash;
  readonly policyHash: Hash;
  readonly policy: FeePolicy;
  /** Of the offer: an older one does not bring its policy back. */
  readonly sequence: number;
};

export type PaymentOrderedData = {
  readonly order: Hash;
  readonly intent: Hash;
  readonly payer: PartyId;
  readonly receiver: PartyId;
  readonly finalizeKey: PartyId;
  readonly denomination: Denomination;
  readonly amount: Amount;
  readonly maxFee: Amount;
  readonly maxProbeSpend: Amount;
  readonly expiresAt: UnixMs;
};

/** available → held. */
export type HopHeldData = {
  readonly voucher: Hash;
  readonly side: HopSide;
  readonly intent: Hash;
  readonly part: Nonce;
  readonly edge: Hash;
  readonly from: PartyId;
  readonly to: PartyId;
  readonly denomination: Denomination;
  readonly amount: Amount;
  readonly fee: Amount;
  readonly policyHash: Hash | null;
  readonly finalizeKey: PartyId;
  readonly probe: boolean;
  /** Hops after the payee; none: the payee is the receiver. */
  readonly hops: readonly RouteHop[];
  /** The voucher's prevReceipt: the payer's own `held` receipt for what it forwards. */
  readonly prevReceipt: Hash | null;
  /** Payer side of a middle hop: the voucher that it forwards. */
  readonly incoming: Hash | null;
  /** By the clock of this book: when held, and when it lapses unless finalized or claimed. */
  readonly at: UnixMs;
  readonly deadline: UnixMs;
};

/** Names a hop in every later event, so that a reader needs no join. */
export type HopRef = {
  readonly voucher: Hash;
  readonly side: HopSide;
  readonly intent: Hash;
  readonly part: Nonce;
  readonly edge: Hash;
  readonly from: PartyId;
  readonly to: PartyId;
  readonly denomination: Denomination;
  readonly amount: Amount;
  readonly fee: Amount;
};

/** The other end has signed that it knows: payee `held` at the payer, payer `active*` at the payee. */
export type HopAcknowledgedData = HopRef & {
  readonly transition: 'held' | 'active*';
  readonly receipt: Hash;
};

/** held → active*. */
export type HopCommittedData = HopRef & { readonly signal: Hash; readonly windowMs: number };

/** Payee side: the receiver's receipt is here, the payer has to answer; it no longer lapses by time. */
export type HopClaimedData = HopRef & {
  readonly at: UnixMs;
  readonly finalize: SignedEvidence<FinalizeReceipt>;
  readonly finalizeReceipt: Hash;
};

/**
 * held | active* → active at the payer, claimed → active at the payee: the only hop event with legs,
 * beside DeliveryFinalized.
 */
export type HopActivatedData = HopRef & {
  /** The claim at the payer, the answer at the payee. */
  readonly receipt: Hash;
  readonly finalizeReceipt: Hash;
  readonly finalize: SignedEvidence<FinalizeReceipt>;
  readonly legs: readonly Leg[];
};

/** Receiver: the payer of one of several parts has answered `active`; positions wait for all. */
export type HopConfirmedData = HopRef & { readonly receipt: Hash };

/** held | active* | claimed → available. */
export type HopLapsedData = HopRef & {
  /** `expired` by this book's clock; `released` or refused by the payee; `denied` by the payer. */
  readonly why: 'expired' | 'released' | 'denied';
  /** Reason of the refusal or release as the other end signed it; `expired` otherwise. */
  readonly reason: string;
  readonly receipt: Hash | null;
  /** By the clock of this book: the deadline, what its own release says, or when it was decided. */
  readonly at: UnixMs;
};

/** The payee has signed that it does not hold a voucher: this book takes it no more. */
export type HopDeclinedData = {
  readonly voucher: Hash;
  readonly intent: Hash;
  readonly part: Nonce;
  readonly hop: PartyId;
  readonly peer: PartyId;
  readonly amount: Amount;
  readonly fee: Amount;
  readonly policyHash: Hash | null;
  readonly reason: string;
  readonly receipt: Hash;
  /** As the receipt says. */
  readonly at: UnixMs;
  /** When the voucher would have lapsed here; remembered so long. */
  readonly deadline: UnixMs;
};

/** Receiver: every payer of the claimed parts has answered. All parts at once, in one event. */
export type DeliveryFinalizedData = {
  readonly intent: Hash;
  readonly receiver: PartyId;
  readonly denomination: Denomination;
  readonly finalizeReceipt: Hash;
  readonly amount: Amount;
  /** Each with the payer's answer, ascending by part. */
  readonly parts: readonly (DeliveredPart & {
    readonly voucher: Hash;
    readonly edge: Hash;
    readonly receipt: Hash;
  })[];
  /** Parts whose payer answered `lapsed` although the receipt names them: normally none. */
  readonly missing: readonly DeliveredPart[];
  readonly legs: readonly (Leg & { readonly edge: Hash })[];
};

export type FeeMismatchRecordedData = {
  readonly proof: Hash;
  /** What the hop held onward. */
  readonly voucher: Hash;
  readonly hop: PartyId;
  readonly kind: 'fee' | 'amount';
  readonly expectedFee: Amount;
  /** Below 0 if the hop paid itself. */
  readonly keptFee: SignedAmount;
};

/** The data of the events of payments across books, by their type. */
export type HopEventData = {
  readonly PartyHosted: PartyHostedData;
  readonly FeePolicyPublished: FeePolicyPublishedData;
  readonly PaymentOrdered: PaymentOrderedData;
  readonly HopHeld: HopHeldData;
  readonly HopDeclined: HopDeclinedData;
  readonly HopAcknowledged: HopAcknowledgedData;
  readonly HopCommitted: HopCommittedData;
  readonly HopClaimed: HopClaimedData;
  readonly HopActivated: HopActivatedData;
  readonly HopConfirmed: HopConfirmedData;
  readonly HopLapsed: HopLapsedData;
  readonly DeliveryFinalized: DeliveryFinalizedData;
  readonly FeeMismatchRecorded: FeeMismatchRecordedData;
};
