/**
 * Two Lightning nodes that are none: no channel, no money, no peer. They sign real invoices, keep accounts in
 * memory and fail as they are told, for tests of what pays through them.
 */

import { bytesToHex, hexToBytes, utf8 } from '@atomicity/kernel/codec/bytes';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { type Outcome, RailError, type RailErrorCode } from '../port.ts';
import { wordsOfBytes } from './bech32.ts';
import { decodeBolt11 } from './bolt11.ts';
import { amountText, encodeBolt11, wordsOfNumber } from './bolt11-encode.ts';
import type {
  Invoice,
  InvoiceRequest,
  InvoiceState,
  LightningNode,
  PaymentHash,
  PaymentState,
} from './lightning-node.ts';

/**
 * What happens to the next payment that begins.
 *
 * - `fine`: paid and answered.
 * - `refused`: surely not begun.
 * - `lost_before`: not begun, and nobody can tell.
 * - `lost_after`: paid, but the answer was lost.
 * - `in_flight`: under way until `ScriptedLightning.end` ends it.
 * - `fails`: begun and failed.
 */
export type PaymentFault =
  | 'fine'
  | 'refused'
  | 'lost_before'
  | 'lost_after'
  | 'in_flight'
  | 'fails';

type ScriptedInvoice = {
  readonly bolt11: string;
  readonly amountMsat: bigint;
  readonly expiresAtSeconds: number;
  readonly isHold: boolean;
  preimage: Uint8Array | undefined;
  state: InvoiceState;
};

export type ScriptedOptions = {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Of every payment; 0 unless said. */
  readonly feeMsat?: bigint;
  /** The largest payment that finds a route; any unless said. */
  readonly routableMsat?: bigint;
};

const LABEL = 'scripted node: moves no money';

function failure(code: RailErrorCode, outcome: Outcome, shortMessage: string): RailError {
  return new RailError({ code, shortMessage, outcome });
}

/** Both ends and what went between them. */
export class ScriptedLightning {
  readonly payer: LightningNode;
  readonly payee: LightningNode;
  /** Every payment that the payee was given, by hash, in order: a hash twice is a payment twice. */
  readonly received: PaymentHash[] = [];
  /** Every call of `pay`, by hash, in order. */
  readonly asked: PaymentHash[] = [];
  /** Faults of the next payments, then `fine`. */
  readonly faults: PaymentFault[] = [];
  readonly invoices = new Map<PaymentHash, ScriptedInvoice>();
  readonly payments = new Map<PaymentHash, PaymentState>();
  readonly options: Required<ScriptedOptions>;
  #drawn = 0;

  constructor(options: ScriptedOptions) {
    this.options = { feeMsat: 0n, routableMsat: 2n ** 63n, ...options };
    this.payer = new ScriptedNode(this, sha256(utf8('scripted payer')));
    this.payee = new ScriptedNode(this, sha256(utf8('scripted payee')));
  }

  get nowSeconds(): number {
    return Math.floor(this.options.now() / 1_000);
  }

  /** A preimage nobody has drawn before; not secret. */
  drawPreimage(): Uint8Array {
    this.#drawn += 1;
    return sha256(utf8(`scripted preimage ${this.#drawn}`));
  }

  /** Ends what is under way: the payee is paid, or the money comes back. */
  end(hash: PaymentHash, how: 'succeeds' | 'fails'): void {
    if (this.payments.get(hash)?.kind !== 'in_flight') throw new Error(`${hash} is not under way`);
    const preimage = this.invoices.get(hash)?.preimage;
    if (how === 'fails' || preimage === undefined) {
      this.payments.set(hash, { kind: 'failed', reason: 'scripted' });
      return;
    }
    this.deliver(hash, preimage);
  }

  deliver(hash: PaymentHash, preimage: Uint8Array): void {
    const invoice = this.invoices.get(hash);
    if (invoice === undefined) throw new Error(`no invoice ${hash}`);
    this.received.push(hash);
    invoice.state = 'settled';
    invoice.preimage = preimage;
    const { feeMsat } = this.options;
    this.payments.set(hash, { kind: 'succeeded', preimage, feeMsat });
  }
}

class ScriptedNode implements LightningNode {
  readonly label = LABEL;
  readonly #world: ScriptedLightning;
  readonly #key: Uint8Array;

  constructor(world: ScriptedLightning, key: Uint8Array) {
    this.#world = world;
    this.#key = key;
  }

  async nodeId(): Promise<string> {
    return bytesToHex(secp256k1.getPublicKey(this.#key, true));
  }

  async createInvoice(request: InvoiceRequest): Promise<Invoice> {
    const preimage = this.#world.drawPreimage();
    return this.#issue(request, bytesToHex(sha256(preimage)), preimage);
  }

  async createHoldInvoice(
    request: InvoiceRequest & { readonly paymentHash: PaymentHash },
  ): Promise<Invoice> {
    const { paymentHash } = request;
    const before = this.#world.invoices.get(paymentHash);
    if (before !== undefined) return { bolt11: before.bolt11, paymentHash };
    return this.#issue(request, paymentHash, undefined);
  }

  #issue(
    { amountMsat, descriptionHash, expirySeconds }: InvoiceRequest,
    paymentHash: PaymentHash,
    preimage: Uint8Array | undefined,
  ): Invoice {
    if (amountMsat < 1n) throw new RangeError('amountMsat must be 1 or more');
    const timestamp = this.#world.nowSeconds;
    const bolt11 = encodeBolt11(
      {
        prefix: `lnbcrt${amountText(amountMsat)}`,
        timestamp,
        fields: [
          { type: 1, words: wordsOfBytes(hexToBytes(paymentHash)) },
          { type: 16, words: wordsOfBytes(sha256(hexToBytes(paymentHash))) },
          { type: 23, words: wordsOfBytes(descriptionHash) },
          { type: 6, words: wordsOfNumber(expirySeconds) },
          { type: 24, words: wordsOfNumber(24) },
          // Bits 14 and 8: the secret, and the onion that carries it.
          { type: 5, words: [16, 8, 0] },
        ],
      },
      this.#key,
    );
    const expiresAtSeconds = timestamp + expirySeconds;
    const isHold = preimage === undefined;
    const state: InvoiceState = 'open';
    this.#world.invoices.set(paymentHash, {
      bolt11,
      amountMsat,
      expiresAtSeconds,
      isHold,
      preimage,
      state,
    });
    return { bolt11, paymentHash };
  }

  async settleHold(preimage: Uint8Array): Promise<void> {
    const hash = bytesToHex(sha256(preimage));
    const invoice = this.#world.invoices.get(hash);
    if (invoice?.state === 'settled') return;
    if (invoice?.state !== 'held') {
      throw failure('rail_refused', 'not_applied', 'no payment is held for that preimage');
    }
    this.#world.deliver(hash, preimage);
  }

  async cancelHold(paymentHash: PaymentHash): Promise<void> {
    const invoice = this.#world.invoices.get(paymentHash);
    if (invoice === undefined || invoice.state === 'settled') {
      throw failure('rail_refused', 'not_applied', 'no invoice that could be cancelled');
    }
    if (invoice.state === 'held') {
      this.#world.payments.set(paymentHash, { kind: 'failed', reason: 'cancelled by the payee' });
    }
    invoice.state = 'canceled';
  }

  async trackInvoice(paymentHash: PaymentHash): Promise<InvoiceState> {
    const invoice = this.#world.invoices.get(paymentHash);
    if (invoice === undefined) return 'absent';
    const hasExpired = invoice.expiresAtSeconds <= this.#world.nowSeconds;
    return invoice.state === 'open' && hasExpired ? 'canceled' : invoice.state;
  }

  async pay(bolt11: string): Promise<PaymentState> {
    const decoded = decodeBolt11(bolt11);
    if (decoded.kind === 'refused') {
      throw failure('rail_refused', 'not_applied', `no invoice: ${decoded.reason}`);
    }
    const { paymentHash: hash, timestamp, expirySeconds } = decoded.invoice;
    this.#world.asked.push(hash);
    const before = this.#world.payments.get(hash);
    if (before !== undefined && before.kind !== 'failed') return before;
    if (timestamp + expirySeconds <= this.#world.nowSeconds) {
      throw failure('rail_refused', 'not_applied', 'the invoice has expired');
    }
    return this.#begin(hash, this.#world.faults.shift() ?? 'fine');
  }

  #begin(hash: PaymentHash, fault: PaymentFault): PaymentState {
    if (fault === 'refused') throw failure('rail_refused', 'not_applied', 'scripted');
    if (fault === 'lost_before') throw failure('rail_timeout', 'unknown', 'scripted');
    const invoice = this.#world.invoices.get(hash);
    const isPayable =
      invoice?.state === 'open' && invoice.amountMsat <= this.#world.options.routableMsat;
    if (fault === 'fails' || !isPayable) {
      this.#world.payments.set(hash, { kind: 'failed', reason: 'no route' });
    } else {
      this.#world.payments.set(hash, { kind: 'in_flight' });
      if (invoice.isHold) invoice.state = 'held';
      else if (fault !== 'in_flight') this.#world.end(hash, 'succeeds');
    }
    if (fault === 'lost_after') throw failure('rail_timeout', 'unknown', 'scripted');
    return this.#state(hash);
  }

  #state(hash: PaymentHash): PaymentState {
    return this.#world.payments.get(hash) ?? { kind: 'absent' };
  }

  async trackPayment(paymentHash: PaymentHash): Promise<PaymentState> {
    return this.#state(paymentHash);
  }
}
