/**
 * A real Lightning node inside this process: LDK's channels, HTLCs and invoices, with a peer over TCP. For tests
 * and demonstrations. Its chain is a stand-in, so nothing shows that a channel could be enforced; and it keeps
 * all in memory, channels and payments alike: **it forgets all when the process ends**.
 *
 * A payment's id is its hash, so LDK refuses a second one for as long as it remembers the first; what it forgets,
 * the account kept here does not.
 */

import { bytesToHex, hexToBytes } from '@atomicity/kernel/codec/bytes';
import { sha256 } from '@noble/hashes/sha2.js';
import {
  Bolt11Invoice,
  Bolt11InvoiceDescription,
  Currency,
  type Event,
  Event_PaymentClaimable,
  Event_PaymentClaimed,
  Event_PaymentFailed,
  Event_PaymentSent,
  Option_PaymentFailureReasonZ_Some,
  Option_ThirtyTwoBytesZ,
  Option_ThirtyTwoBytesZ_Some,
  Option_u16Z,
  Option_u32Z,
  Option_u64Z,
  Option_u64Z_Some,
  PaymentFailureReason,
  Result_Bolt11InvoiceParseOrSemanticErrorZ_OK,
  Result_Bolt11InvoiceSignOrCreationErrorZ_OK,
  Result_C3Tuple_ThirtyTwoBytesRecipientOnionFieldsRouteParametersZNoneZ_OK,
  Result_NoneRetryableSendFailureZ_Err,
  Retry,
  RetryableSendFailure,
  Sha256,
  UtilMethods,
} from 'lightningdevkit';
import { type Outcome, RailError, type RailErrorCode } from '../../port.ts';
import type {
  Invoice,
  InvoiceRequest,
  InvoiceState,
  LightningNode,
  PayLimits,
  PaymentHash,
  PaymentState,
} from '../lightning-node.ts';
import { LdkEngine } from './ldk-engine.ts';
import type { StandInChain } from './stand-in-chain.ts';

const ATTEMPTS = 3;

type KnownInvoice = Invoice & {
  readonly isHold: boolean;
  readonly expiresAtSeconds: number;
  state: InvoiceState;
};

export type LdkNodeOptions = {
  /** 32 secret bytes, of which all its keys are made. */
  readonly seed: Uint8Array;
  readonly chain: StandInChain;
  readonly label: string;
  /** Sees the events that are not about payments. */
  readonly onEvent: (event: Event) => void;
};

function failure(code: RailErrorCode, outcome: Outcome, shortMessage: string): RailError {
  return new RailError({ code, shortMessage, outcome });
}

function refuse(shortMessage: string): RailError {
  return failure('rail_refused', 'not_applied', shortMessage);
}

export class LdkNode implements LightningNode {
  readonly label: string;
  readonly engine: LdkEngine;
  readonly #onEvent: (event: Event) => void;
  readonly #invoices = new Map<PaymentHash, KnownInvoice>();
  readonly #payments = new Map<PaymentHash, PaymentState>();
  /** Who waits for the end of a payment. */
  readonly #waiting = new Map<PaymentHash, Set<() => void>>();

  constructor(options: LdkNodeOptions) {
    this.label = options.label;
    this.#onEvent = options.onEvent;
    this.engine = new LdkEngine(options.seed, options.chain, (event) => this.#take(event));
  }

  async nodeId(): Promise<string> {
    return bytesToHex(this.engine.manager.get_our_node_id());
  }

  async createInvoice(request: InvoiceRequest): Promise<Invoice> {
    return this.#issue(request, undefined);
  }

  async createHoldInvoice(
    request: InvoiceRequest & { readonly paymentHash: PaymentHash },
  ): Promise<Invoice> {
    const { paymentHash } = request;
    const first = this.#invoices.get(paymentHash);
    if (first !== undefined) return { bolt11: first.bolt11, paymentHash };
    return this.#issue(request, paymentHash);
  }

  #issue(request: InvoiceRequest, hold: PaymentHash | undefined): Invoice {
    const { amountMsat, descriptionHash, expirySeconds } = request;
    if (amountMsat < 1n) throw new RangeError('amountMsat must be 1 or more');
    const hash = Sha256.constructor_from_bytes(descriptionHash);
    const made = this.engine.manager.create_bolt11_invoice(
      Option_u64Z.constructor_some(amountMsat),
      Bolt11InvoiceDescription.constructor_hash(hash),
      Option_u32Z.constructor_some(expirySeconds),
      Option_u16Z.constructor_none(),
      hold === undefined
        ? Option_ThirtyTwoBytesZ.constructor_none()
        : Option_ThirtyTwoBytesZ.constructor_some(hexToBytes(hold)),
    );
    if (!(made instanceof Result_Bolt11InvoiceSignOrCreationErrorZ_OK)) {
      throw refuse('LDK makes no invoice of this request');
    }
    const paymentHash = bytesToHex(made.res.payment_hash());
    const invoice = { bolt11: made.res.to_str(), paymentHash };
    const expiresAtSeconds = Number(made.res.duration_since_epoch()) + expirySeconds;
    const isHold = hold !== undefined;
    this.#invoices.set(paymentHash, { ...invoice, isHold, expiresAtSeconds, state: 'open' });
    return invoice;
  }

  async trackInvoice(paymentHash: PaymentHash): Promise<InvoiceState> {
    const invoice = this.#invoices.get(paymentHash);
    if (invoice === undefined) return 'absent';
    return invoice.state === 'open' && hasExpired(invoice) ? 'canceled' : invoice.state;
  }

  async settleHold(preimage: Uint8Array): Promise<void> {
    const invoice = this.#invoices.get(bytesToHex(sha256(preimage)));
    if (invoice?.state === 'settled') return;
    if (invoice?.state !== 'held') throw refuse('no payment is held for that preimage');
    this.engine.manager.claim_funds(preimage);
    this.engine.pump();
    if (this.#stateOf(invoice) !== 'settled') {
      throw failure('rail_timeout', 'unknown', 'LDK has not said that it took the payment');
    }
  }

  /** The state as it is now: an event may have changed it since it was read. */
  #stateOf(invoice: KnownInvoice): InvoiceState {
    return invoice.state;
  }

  async cancelHold(paymentHash: PaymentHash): Promise<void> {
    const invoice = this.#invoices.get(paymentHash);
    if (invoice === undefined || invoice.state === 'settled') {
      throw refuse('no invoice that could be cancelled');
    }
    if (invoice.state === 'held') {
      this.engine.manager.fail_htlc_backwards(hexToBytes(paymentHash));
      this.engine.pump();
    }
    invoice.state = 'canceled';
  }

  async pay(bolt11: string, limits: PayLimits, signal: AbortSignal): Promise<PaymentState> {
    if (signal.aborted) throw refuse('stopped before paying');
    const read = Bolt11Invoice.constructor_from_str(bolt11);
    if (!(read instanceof Result_Bolt11InvoiceParseOrSemanticErrorZ_OK)) {
      throw refuse('no invoice that LDK reads');
    }
    const paymentHash = bytesToHex(read.res.payment_hash());
    const before = this.#payments.get(paymentHash);
    if (before === undefined || before.kind === 'failed') {
      const expiresAt = read.res.duration_since_epoch() + read.res.expiry_time();
      if (read.res.currency() !== Currency.LDKCurrency_Regtest) {
        throw refuse('an invoice for another chain');
      }
      if (hasExpired({ expiresAtSeconds: Number(expiresAt) })) {
        throw refuse('the invoice has expired');
      }
      this.#send(read.res, paymentHash, limits);
    }
    return this.#end(paymentHash, limits.timeoutMs, signal);
  }

  #send(invoice: Bolt11Invoice, hash: PaymentHash, { maxFeeMsat }: PayLimits): void {
    const { manager } = this.engine;
    const made = UtilMethods.constructor_payment_parameters_from_invoice(invoice);
    if (
      !(made instanceof Result_C3Tuple_ThirtyTwoBytesRecipientOnionFieldsRouteParametersZNoneZ_OK)
    ) {
      throw refuse('an invoice without amount');
    }
    const [id, onion, route] = [made.res.get_a(), made.res.get_b(), made.res.get_c()];
    route.set_max_total_routing_fee_msat(Option_u64Z.constructor_some(maxFeeMsat));
    const retry = Retry.constructor_attempts(ATTEMPTS);
    const sent = manager.send_payment(id, onion, id, route, retry);
    if (sent instanceof Result_NoneRetryableSendFailureZ_Err) {
      const isDuplicate =
        sent.err === RetryableSendFailure.LDKRetryableSendFailure_DuplicatePayment;
      if (!isDuplicate) throw refuse(RetryableSendFailure[sent.err] ?? 'LDK sends no payment');
    }
    // Under way from here: a second call pays nothing.
    this.#payments.set(hash, { kind: 'in_flight' });
    this.engine.pump();
  }

  /** The state once the payment has ended, or once nobody waits any longer. */
  async #end(hash: PaymentHash, timeoutMs: number, signal: AbortSignal): Promise<PaymentState> {
    const state = await this.trackPayment(hash);
    if (state.kind !== 'in_flight') return state;
    const waiting = this.#waiting.get(hash) ?? new Set();
    this.#waiting.set(hash, waiting);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(finish, timeoutMs);
      function finish(): void {
        clearTimeout(timer);
        signal.removeEventListener('abort', finish);
        waiting.delete(finish);
        resolve();
      }
      waiting.add(finish);
      signal.addEventListener('abort', finish);
    });
    return this.trackPayment(hash);
  }

  async trackPayment(paymentHash: PaymentHash): Promise<PaymentState> {
    return this.#payments.get(paymentHash) ?? { kind: 'absent' };
  }

  #ended(hash: PaymentHash, state: PaymentState): void {
    this.#payments.set(hash, state);
    for (const finish of [...(this.#waiting.get(hash) ?? [])]) finish();
    this.#waiting.delete(hash);
  }

  #take(event: Event): void {
    if (event instanceof Event_PaymentClaimable) this.#claimable(event);
    else if (event instanceof Event_PaymentClaimed) {
      const invoice = this.#invoices.get(bytesToHex(event.payment_hash));
      if (invoice !== undefined) invoice.state = 'settled';
    } else if (event instanceof Event_PaymentSent) {
      const { payment_preimage: preimage, fee_paid_msat: fee } = event;
      const feeMsat = fee instanceof Option_u64Z_Some ? fee.some : 0n;
      const state = { kind: 'succeeded', preimage, feeMsat } as const;
      this.#ended(bytesToHex(event.payment_hash), state);
    } else if (event instanceof Event_PaymentFailed) {
      const why = event.reason;
      const reason =
        why instanceof Option_PaymentFailureReasonZ_Some
          ? PaymentFailureReason[why.some]
          : undefined;
      this.#ended(bytesToHex(event.payment_id), { kind: 'failed', reason: reason ?? 'unknown' });
    } else this.#onEvent(event);
  }

  /** A payment has arrived whole: it is taken, held or given back. */
  #claimable({ payment_hash: hash, purpose }: Event_PaymentClaimable): void {
    const invoice = this.#invoices.get(bytesToHex(hash));
    const preimage = purpose.preimage();
    if (invoice === undefined || invoice.state !== 'open' || hasExpired(invoice)) {
      this.engine.manager.fail_htlc_backwards(hash);
    } else if (invoice.isHold) {
      invoice.state = 'held';
    } else if (preimage instanceof Option_ThirtyTwoBytesZ_Some) {
      this.engine.manager.claim_funds(preimage.some);
    } else this.engine.manager.fail_htlc_backwards(hash);
    this.engine.pump();
  }
}

function hasExpired({ expiresAtSeconds }: { readonly expiresAtSeconds: number }): boolean {
  return expiresAtSeconds <= Math.floor(Date.now() / 1_000);
}
