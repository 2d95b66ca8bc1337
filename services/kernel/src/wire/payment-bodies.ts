import type { BatchItem } from '../note/batch-commitment.ts';
import type { NoteCore } from '../note/note.ts';
import type { Amount } from '../units/amount.ts';
import type { Denomination } from '../units/denomination.ts';
import type { Hash, Nonce, PartyId, Signature } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';
import type { Head } from './body-head.ts';

// Bodies of the objects that make a payment: what is asked, held, finalized or given up.

/** A receiver asks to be paid. */
export type PaymentIntent = Head<'PaymentIntent'> & {
  readonly receiver: PartyId;
  readonly denomination: Denomination;
  readonly amount: Amount;
  readonly expiresAt: UnixMs;
  readonly description: string;
  readonly policyHash: Hash | null;
  readonly constraints: { readonly maxFeeBps: number; readonly latencyMs: number };
  /** How to pay from another node; null: only inside the receiver's own book. */
  readonly delivery: Delivery | null;
  readonly nonce: Nonce;
};

/** What a payment through other nodes needs to know of its receiver. */
export type Delivery = {
  /** A key of this intent alone: hops check the receipt with it and learn no identity. */
  readonly finalizeKey: PartyId;
  /** The receiver finalizes at least this much of the amount, or nothing. */
  readonly minDeliverable: Amount;
  /** Parts that the receiver will wait for, 1 … 16. */
  readonly partsMax: number;
};

/** A sender tells its node to pay an intent, and what that may cost at most. */
export type PaymentOrder = Head<'PaymentOrder'> & {
  readonly intent: Hash;
  readonly payer: PartyId;
  readonly receiver: PartyId;
  readonly finalizeKey: PartyId;
  readonly denomination: Denomination;
  /** Open and paid parts never exceed it, fees aside. */
  readonly amount: Amount;
  /** Fees of open and paid parts never exceed it. */
  readonly maxFee: Amount;
  /** Amounts and fees of all probes ever sent for the intent never exceed it. */
  readonly maxProbeSpend: Amount;
  readonly expiresAt: UnixMs;
  readonly nonce: Nonce;
};

/** The part of a voucher that draws on a budget: the authorization and the opening of its note. */
export type Grant = {
  readonly budget: Hash;
  readonly task: string | null;
  readonly period: Hash;
  readonly index: number;
  readonly category: number;
  /** Free for the policy of the budget: 0 … 31, bound by the commitment. */
  readonly regime: number;
  /** The payments of a batch note, together amount + fee; null for a single note. */
  readonly items: readonly BatchItem[] | null;
  readonly authorizationNonce: Nonce;
  readonly noteSalt: Nonce;
  readonly core: NoteCore;
  readonly coreSig: Signature;
};

/** One hop that a part still has to pass, after the payee of the voucher. */
export type RouteHop = {
  readonly party: PartyId;
  /** Policy of the hop that pays this party: what the voucher's fee is made of. */
  readonly policyHash: Hash;
};

/**
 * The part of a voucher that makes it one hop of a payment across books. Its time is relative: the
 * payee counts expiresAt − at from `seenAt`, so neither clock has to be right.
 */
export type Route = {
  /** Drawn by the sender, one for each part and attempt. */
  readonly part: Nonce;
  readonly finalizeKey: PartyId;
  /** The newest reading of the payee's clock that the payer had seen when it signed. */
  readonly seenAt: UnixMs;
  /** Counted against the sender's maxProbeSpend; the receiver releases it at once. */
  readonly probe: boolean;
  /** The hops after the payee, in order; the last is the receiver. Empty: the payee receives. */
  readonly hops: readonly RouteHop[];
};

/**
 * A hold of amount + fee on an edge, for an intent, until `expiresAt` by the payer's clock. Along a
 * route `amount` is the same at every hop; `fee` is what the hops from the payee on still earn.
 */
export type CapacityVoucher = Head<'CapacityVoucher'> & {
  readonly intent: Hash;
  readonly edge: Hash;
  readonly from: PartyId;
  readonly to: PartyId;
  readonly denomination: Denomination;
  readonly amount: Amount;
  readonly fee: Amount;
  /** Authorization time by the payer's book. */
  readonly at: UnixMs;
  readonly expiresAt: UnixMs;
  readonly policyHash: Hash | null;
  readonly prevReceipt: Hash | null;
  readonly grant: Grant | null;
  /** Null: payer and payee are in one book. A route takes no grant in this version. */
  readonly route: Route | null;
  readonly nonce: Nonce;
};

/** A note's tail without what its core already says. */
export type ReceiptNote = {
  readonly core: Hash;
  readonly seq: number;
  readonly prev: Hash;
  readonly sig: Signature;
};

/** A part that a receipt finalizes; amounts without fees. */
export type DeliveredPart = { readonly part: Nonce; readonly amount: Amount };

/** What a receipt for a payment across books adds: every part at once, ascending by `part`. */
export type DeliveryReceipt = {
  readonly finalizeKey: PartyId;
  readonly parts: readonly DeliveredPart[];
};

/**
 * The payee turns a hold into a payment, or the receiver all parts of a delivery. With `delivery`:
 * voucher null, amount Σ parts, fee 0, no notes, signed by the finalizeKey itself.
 */
export type FinalizeReceipt = Head<'FinalizeReceipt'> & {
  readonly intent: Hash;
  readonly voucher: Hash | null;
  readonly amount: Amount;
  readonly fee: Amount;
  readonly at: UnixMs;
  /** One for a voucher with a grant, none otherwise. */
  readonly notes: readonly ReceiptNote[];
  readonly delivery: DeliveryReceipt | null;
  readonly nonce: Nonce;
};

/** The payee gives a hold up before it expires. */
export type VoidReceipt = Head<'VoidReceipt'> & {
  readonly intent: Hash;
  readonly voucher: Hash;
  readonly noteVoid: { readonly core: Hash; readonly sig: Signature } | null;
  readonly nonce: Nonce;
};
