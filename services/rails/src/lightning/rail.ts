/**
 * The Lightning rail: a batch's net amount is paid by one invoice, whose description hash commits to the batch
 * and its root. Invoice and preimage are settlement and anchor in one.
 *
 * Why no batch is paid twice:
 * - What is paid is the invoice that was recorded before, so a repeat has the same payment hash; and a node
 *   pays a hash once. `absent` right after a crash may be too early an answer, as the request may still be on
 *   its way to the node; sending the same invoice again is harmless then, for the node joins the two.
 * - Another invoice is asked for only when this one was not paid and can't be any more: the node has no payment
 *   of it under way, and it expired `voidAfterSeconds` ago. A request that arrives later than that is refused
 *   by our node, and a payment by the payee's, each by its own clock. One that is in flight stays what it is,
 *   expired or not: its invoice is never replaced.
 *
 * Source: docs/adr/0019-a-batch-is-paid-by-one-invoice-at-a-time.md; BOLT 11.
 */

import type { Batch, BatchSettlement } from '@atomicity/kernel/anchor/events';
import { bytesToHex, hexToBytes } from '@atomicity/kernel/codec/bytes';
import { sha256 } from '@noble/hashes/sha2.js';
import {
  type AnchorEvidence,
  type AnchorRail,
  type LookUp,
  type Outcome,
  type RailCost,
  RailError,
  type RailErrorCode,
  type RailFacts,
  type Submission,
  type Upgrade,
} from '../port.ts';
import type { LightningNetwork } from './bolt11.ts';
import { descriptionOf, encodeDescription } from './description.ts';
import {
  type Commitment,
  decodeEvidence,
  decodePrepared,
  encodeEvidence,
  encodePrepared,
  type LightningPrepared,
  readCommitment,
  verifyLightningEvidence,
} from './evidence.ts';
import type { InvoiceSource } from './invoice-source.ts';
import type { LightningNode, PaymentState } from './lightning-node.ts';
import { BITCOIN_RATIOS, type MsatRatios, msatRatios, payableMsat } from './payable-amount.ts';

export type LightningRailOptions = {
  readonly node: LightningNode;
  readonly invoices: InvoiceSource;
  /** Nodes that may be paid for a settlement, 66 hex digits each: those of its creditor. */
  readonly payeesOf: (settles: BatchSettlement) => readonly string[];
  /** The chain that invoices must be for. */
  readonly network: LightningNetwork;
  /** What denominations are worth; bitcoin itself unless said. */
  readonly ratios?: MsatRatios;
  /** The most that one batch may pay; without limit unless said. */
  readonly amountMsatMax?: bigint;
  /** Fees may come to `feeBaseMsat` and so many millionths of the amount; 5,000 and 5,000 unless said. */
  readonly feeBaseMsat?: bigint;
  readonly feeMillionths?: bigint;
  /** How long one `submit` waits for the payment's end; 60,000 unless said. It goes on by itself. */
  readonly payTimeoutMs?: number;
  /** Life that an invoice must have left to be paid, seconds; 60 unless said. */
  readonly expiryLeftSecondsMin?: number;
  /** How long after its expiry an unpaid invoice may be replaced, seconds; 600 unless said. */
  readonly voidAfterSeconds?: number;
  /** Blocks that the payee may ask for on the last hop; 2,016 unless said. */
  readonly minFinalCltvExpiryMax?: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
};

type Limits = Required<Omit<LightningRailOptions, 'node' | 'invoices' | 'payeesOf' | 'now'>>;

const DEFAULTS = {
  ratios: BITCOIN_RATIOS,
  amountMsatMax: 2n ** 63n,
  feeBaseMsat: 5_000n,
  feeMillionths: 5_000n,
  payTimeoutMs: 60_000,
  expiryLeftSecondsMin: 60,
  voidAfterSeconds: 600,
  minFinalCltvExpiryMax: 2_016,
};

function failure(
  code: RailErrorCode,
  outcome: Outcome,
  shortMessage: string,
  facts: RailFacts = {},
): RailError {
  return new RailError({ code, shortMessage, outcome, facts });
}

function notPrepared(reason: string, detail: string): RailError {
  return failure('rail_refused', 'not_applied', `${reason}: ${detail}`, { reason });
}

/** What is stored here cannot be what this rail wrote. */
function unusable(reason: string, detail: string): RailError {
  return failure('rail_answer_unusable', 'not_applied', `${reason}: ${detail}`, { reason });
}

/** The batch that is to be paid, with what it pays. */
function contentOf({ content }: Submission): { batch: Batch; settles: BatchSettlement } {
  const settles = content?.batch.settles ?? null;
  if (content !== undefined && settles !== null) return { batch: content.batch, settles };
  throw notPrepared('nothing_to_pay', 'this batch moves no money');
}

function preparedOf({ prepared }: Submission): LightningPrepared & { readonly read: Commitment } {
  const file = decodePrepared(prepared ?? new Uint8Array(0));
  if (file.kind === 'refused') {
    throw unusable('prepared_unusable', file.detail);
  }
  const read = readCommitment(file.value.invoice, file.value.description);
  if (read.kind === 'committed') return { ...file.value, read };
  throw unusable('prepared_unusable', `${read.reason}, ${read.detail}`);
}

class LightningRail implements AnchorRail {
  readonly name = 'lightning';
  readonly label: string;
  readonly repeatIsSameSubmission = false;
  readonly #options: LightningRailOptions & Limits;

  constructor(options: LightningRailOptions) {
    const whole = { ...DEFAULTS, ...options };
    msatRatios(whole.ratios);
    for (const name of ['payTimeoutMs', 'expiryLeftSecondsMin', 'minFinalCltvExpiryMax'] as const) {
      if (!Number.isSafeInteger(whole[name]) || whole[name] < 1) {
        throw new RangeError(`${name}: must be a whole number, 1 or more`);
      }
    }
    // Clocks of this node, of its own Lightning node and of the payee's differ: never by nothing.
    if (!Number.isSafeInteger(whole.voidAfterSeconds) || whole.voidAfterSeconds < 30) {
      throw new RangeError('voidAfterSeconds: must be a whole number, 30 or more');
    }
    this.label = `Lightning, paid by ${options.node.label}`;
    this.#options = whole;
  }

  async prepare(submission: Submission, signal: AbortSignal): Promise<Uint8Array> {
    const { settles } = contentOf(submission);
    const { description, amountMsat } = this.#wanted(submission);
    const { target } = settles;
    const question = { target, amountMsat, idempotencyKey: submission.idempotencyKey };
    const answer = await this.#options.invoices.invoiceFor(description, question, signal);
    const invoice = answer.toLowerCase();
    const read = readCommitment(invoice, description);
    if (read.kind === 'refused') throw notPrepared(read.reason, read.detail);
    this.#checkInvoice(read, settles);
    return encodePrepared({ invoice, description });
  }

  /** What an invoice for the batch must commit to. @throws {RailError} `not_applied`. */
  #wanted(submission: Submission): { readonly description: string; readonly amountMsat: bigint } {
    const { batch, settles } = contentOf(submission);
    const { ratios, amountMsatMax } = this.#options;
    const amountMsat = payableMsat(settles, ratios);
    if (amountMsat === undefined || amountMsat > amountMsatMax) {
      throw notPrepared('amount_not_payable', `${settles.amount} ${settles.denomination}`);
    }
    const described = descriptionOf(batch, amountMsat);
    if (described === undefined) throw notPrepared('nothing_to_pay', 'this batch moves no money');
    return { description: encodeDescription(described), amountMsat };
  }

  /** @throws {RailError} `not_applied` for an invoice that this node would not pay. */
  #checkInvoice({ invoice }: Commitment, settles: BatchSettlement): void {
    const { network, payeesOf, minFinalCltvExpiryMax } = this.#options;
    if (invoice.network !== network) {
      throw notPrepared('network_mismatch', `an invoice for ${invoice.network}`);
    }
    if (!payeesOf(settles).includes(invoice.payee)) {
      throw notPrepared('payee_not_allowed', `${invoice.payee} is no node of the creditor`);
    }
    if (invoice.minFinalCltvExpiry > minFinalCltvExpiryMax) {
      throw notPrepared('cltv_too_long', `${invoice.minFinalCltvExpiry} blocks on the last hop`);
    }
    if (this.#standingOf(invoice) !== 'payable') {
      throw notPrepared('expiry_too_near', 'too little life is left in the invoice');
    }
  }

  /** `closing`: too late to pay it, too early to replace it. */
  #standingOf(invoice: Commitment['invoice']): 'payable' | 'closing' | 'over' {
    const { now, expiryLeftSecondsMin, voidAfterSeconds } = this.#options;
    const leftSeconds = invoice.timestamp + invoice.expirySeconds - now() / 1_000;
    if (leftSeconds >= expiryLeftSecondsMin) return 'payable';
    return leftSeconds > -voidAfterSeconds ? 'closing' : 'over';
  }

  async submit(submission: Submission, signal: AbortSignal): Promise<AnchorEvidence> {
    const { settles } = contentOf(submission);
    const prepared = preparedOf(submission);
    const { description, amountMsat } = this.#wanted(submission);
    if (description !== prepared.description) {
      throw notPrepared('description_mismatch', 'what is prepared is for another batch');
    }
    // Again, for time has passed and configuration may have changed since it was prepared.
    this.#checkInvoice(prepared.read, settles);
    const { node, feeBaseMsat, feeMillionths, payTimeoutMs } = this.#options;
    const maxFeeMsat = feeBaseMsat + (amountMsat * feeMillionths) / 1_000_000n;
    const limits = { maxFeeMsat, timeoutMs: payTimeoutMs };
    // Money may leave from here: whatever is not a success or a sure failure is unknown.
    const state = await node.pay(prepared.invoice, limits, signal);
    const { paymentHash } = prepared.read.invoice;
    switch (state.kind) {
      case 'succeeded':
        return evidenceOf(prepared, state);
      case 'failed':
        throw failure('rail_refused', 'not_applied', `the payment failed: ${state.reason}`, {
          reason: 'payment_failed',
          paymentHash,
        });
      default:
        throw failure('rail_timeout', 'unknown', `the payment is ${state.kind}`, {
          reason: 'payment_under_way',
          paymentHash,
        });
    }
  }

  async lookUp(submission: Submission, signal: AbortSignal): Promise<LookUp> {
    const prepared = preparedOf(submission);
    const { invoice } = prepared.read;
    // The clock is read before the node is asked: no payment begins between the two once it is over.
    const standing = this.#standingOf(invoice);
    const state = await this.#options.node.trackPayment(invoice.paymentHash, signal);
    switch (state.kind) {
      case 'succeeded':
        return { kind: 'applied', evidence: evidenceOf(prepared, state) };
      case 'in_flight':
        return { kind: 'unknown' };
      default:
        if (standing === 'payable') return { kind: 'not_applied' };
        return standing === 'over'
          ? { kind: 'void', code: 'invoice_expired' }
          : { kind: 'unknown' };
    }
  }

  async upgrade(
    evidence: AnchorEvidence,
    _signal: AbortSignal,
    submission?: Submission,
  ): Promise<Upgrade> {
    const root = submission?.root ?? rootOf(evidence);
    const shown = verifyLightningEvidence(evidence.bytes, { root });
    if (shown.kind === 'shown') return { kind: 'confirmed', evidence, height: null };
    throw unusable('evidence_unusable', `${shown.reason}, ${shown.detail}`);
  }

  costOf({ bytes }: AnchorEvidence): RailCost | undefined {
    const file = decodeEvidence(bytes);
    return file.kind === 'refused' ? undefined : { unit: 'msat', amount: file.value.feeMsat };
  }
}

/** The root that evidence says it is for; 32 zero bytes where it says none. */
function rootOf({ bytes }: AnchorEvidence): Uint8Array {
  const file = decodeEvidence(bytes);
  if (file.kind === 'refused') return new Uint8Array(32);
  const read = readCommitment(file.value.invoice, file.value.description);
  return read.kind === 'refused' ? new Uint8Array(32) : hexToBytes(read.description.root);
}

/** @throws {RailError} `unknown` if the node's preimage is none: it says that it paid. */
function evidenceOf(
  { invoice, description, read }: ReturnType<typeof preparedOf>,
  { preimage, feeMsat }: Extract<PaymentState, { kind: 'succeeded' }>,
): AnchorEvidence {
  const { paymentHash } = read.invoice;
  if (bytesToHex(sha256(preimage)) !== paymentHash) {
    const facts = { reason: 'preimage_mismatch', paymentHash };
    throw failure('rail_answer_unusable', 'unknown', 'the node gave another preimage', facts);
  }
  return {
    bytes: encodeEvidence({ invoice, description, preimage: bytesToHex(preimage), feeMsat }),
  };
}

/**
 * Makes the rail.
 *
 * @throws {RangeError} that names the option that is out of range.
 */
export function lightningRail(options: LightningRailOptions): AnchorRail {
  return new LightningRail(options);
}
