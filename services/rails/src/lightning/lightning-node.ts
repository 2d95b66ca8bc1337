/**
 * What the Lightning rail asks of a node, its own or the payee's. Every adapter passes one contract suite:
 * LDK inside this process, LND behind REST, and the scripted node of tests.
 *
 * A payment is known by its payment hash, and a node pays a hash at most once.
 */

/** 32 bytes as 64 lower-case hex digits. */
export type PaymentHash = string;

export type InvoiceRequest = {
  /** 1 or more. */
  readonly amountMsat: bigint;
  /** SHA-256 of the description, which travels beside the invoice. Source: BOLT 11, field `h`. */
  readonly descriptionHash: Uint8Array;
  readonly expirySeconds: number;
};

export type Invoice = { readonly bolt11: string; readonly paymentHash: PaymentHash };

/** `held`: a payment for a hold invoice is locked in and waits for its preimage or for cancelling. */
export type InvoiceState = 'absent' | 'open' | 'held' | 'settled' | 'canceled';

/**
 * - `absent`: this node never began to pay the hash.
 * - `failed`: it did, and no part of it is or can get under way any more; it may be paid again.
 */
export type PaymentState =
  | { readonly kind: 'absent' }
  | { readonly kind: 'in_flight' }
  | { readonly kind: 'succeeded'; readonly preimage: Uint8Array; readonly feeMsat: bigint }
  | { readonly kind: 'failed'; readonly reason: string };

export type PayLimits = { readonly maxFeeMsat: bigint; readonly timeoutMs: number };

/**
 * Every call throws `RailError`; `outcome` is `not_applied` for calls that only ask.
 */
export interface LightningNode {
  /** What people are told that this node is. */
  readonly label: string;
  /** Its public key, 33 bytes as 66 lower-case hex digits. */
  nodeId(signal: AbortSignal): Promise<string>;
  /** An invoice whose preimage the node draws and reveals on payment. */
  createInvoice(request: InvoiceRequest, signal: AbortSignal): Promise<Invoice>;
  /**
   * An invoice for a hash whose preimage the caller holds: a payment stays `held` until it is settled or
   * cancelled. A second call with the same hash answers the first invoice or is refused.
   */
  createHoldInvoice(
    request: InvoiceRequest & { readonly paymentHash: PaymentHash },
    signal: AbortSignal,
  ): Promise<Invoice>;
  /** Takes a held payment. A second call changes nothing. @throws {RailError} `rail_refused` unless held. */
  settleHold(preimage: Uint8Array, signal: AbortSignal): Promise<void>;
  /** Gives a held payment back, or closes an open invoice. A second call changes nothing. */
  cancelHold(paymentHash: PaymentHash, signal: AbortSignal): Promise<void>;
  trackInvoice(paymentHash: PaymentHash, signal: AbortSignal): Promise<InvoiceState>;
  /**
   * Pays an invoice once and waits for the end of the payment, at most `timeoutMs`. A second call for a
   * hash that is under way or paid pays nothing and answers its state.
   *
   * @throws {RailError} `not_applied` when it certainly did not begin; `unknown` otherwise: track it.
   */
  pay(bolt11: string, limits: PayLimits, signal: AbortSignal): Promise<PaymentState>;
  /** What became of the payment of a hash by this node; never pays. */
  trackPayment(paymentHash: PaymentHash, signal: AbortSignal): Promise<PaymentState>;
}
