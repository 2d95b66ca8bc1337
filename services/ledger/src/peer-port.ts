/**
 * What the HTTP edge asks of whoever routes payments between nodes. The port is structural: a router
 * satisfies it, and the node hands it in. A node without a network has none.
 */

import type { HopView } from '@atomicity/kernel/book/views';
import type { Hash, PartyId } from '@atomicity/kernel/units/id';
import type { Refusal } from '@atomicity/kernel/wire/refusals';
import type { PaymentView } from './payment-view.ts';

/** Signed texts of one peer: vouchers, claims, commit signals, releases; none is a ping. */
export type PeerMessage = { readonly from: PartyId; readonly objects: readonly string[] };

/**
 * One answer for each object in order, behind them further receipts when one object moved several
 * hops, and a signed reading of the answering party's clock.
 */
export type PeerAnswer = {
  readonly answers: readonly (
    | { readonly kind: 'answer'; readonly object: string }
    | { readonly kind: 'refused'; readonly refusal: Refusal }
    | { readonly kind: 'none' }
  )[];
  readonly clock: string;
};

/** An offer as this node tells it on: its own, and those that it heard from its peers. */
export type OfferView = {
  /** Canonical text of the RoutingOffer. */
  readonly offer: string;
  /** Canonical text of the delegation of the key that signed it; null where it is not known. */
  readonly delegation: string | null;
  /** How much longer this node counts on it, ms. */
  readonly remainingMs: number;
};

/** The signed texts that a payment starts from. */
export type PaymentRequest = {
  /**
   * The KeyDelegation, by the receiver's identity, of the key that signed the intent; null where the
   * own book knows that key.
   */
  readonly delegation: string | null;
  /** PaymentIntent of the receiver, with delivery. */
  readonly intent: string;
  /** PaymentOrder of the sender. */
  readonly order: string;
};

export type PaymentStart =
  | { readonly ok: true; readonly intent: Hash }
  | { readonly ok: false; readonly refusal: Refusal };

export type StateProposalAnswer =
  /** Both have signed: canonical text of the whole EdgeState. */
  | { readonly kind: 'signed'; readonly object: string }
  /** This end sees it differently, and signs what it sees. */
  | { readonly kind: 'differs'; readonly object: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

export interface PaymentNetwork {
  /** The party whose hops this node routes. */
  readonly party: PartyId;
  /** True for parties that this node exchanges messages with. */
  isPeer(party: PartyId): boolean;
  /** Handles one message of a peer. Idempotent. @throws OperatingError when it can't be handled now. */
  receive(message: PeerMessage): Promise<PeerAnswer>;
  /** Live offers for a peer. */
  offers(): Promise<readonly OfferView[]>;
  /** Takes a peer's hint in, or says why not. */
  signal(from: PartyId, text: string): Promise<Refusal | undefined>;
  /** Records the order and starts to send. A second call with the same order finds the payment. */
  pay(request: PaymentRequest): Promise<PaymentStart>;
  /** What this node knows of an intent; undefined when it has neither order nor hop of it. */
  payment(intent: Hash): PaymentView | undefined;
  /** Signed evidence of an intent that the book of this node holds, canonical texts. */
  evidence(intent: Hash): Promise<readonly string[]>;
  /** Delegations of the keys that signed these texts, as far as this node knows them. */
  delegationsOf(texts: readonly string[]): readonly string[];
  /** A peer's half-signed state of an edge. */
  proposeState(from: PartyId, edge: Hash, text: string): Promise<StateProposalAnswer>;
  /** Hops of this book, oldest first; those of one intent, or all that are open. */
  hops(intent: Hash | undefined): readonly HopView[];
}

/** Receipts that users left with their node. It keeps them and serves them back; it judges nothing. */
export interface ReceiptMirror {
  /** Keeps texts for a party; durable when it resolves. Texts that are there already change nothing. */
  keep(party: PartyId, intent: Hash, texts: readonly string[]): Promise<'kept' | 'full'>;
  of(party: PartyId, intent: Hash): Promise<readonly string[]>;
}
