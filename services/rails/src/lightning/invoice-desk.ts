/**
 * The payee's side: gives invoices for batches to whoever asks, on its own terms. For one edge of one batch there
 * is one invoice while it is open, held or paid; another one only when the node says that the first can't be paid
 * any more. What was promised is on disk before it is answered.
 *
 * With `settleWhen` its invoices are hold invoices: a payment stays locked until the callback says so, e.g. when
 * another rail has confirmed the root.
 */

import { createHash, randomBytes } from 'node:crypto';
import { hexToBytes } from '@atomicity/kernel/codec/bytes';
import type { PartyId } from '@atomicity/kernel/units/id';
import { RailError } from '../port.ts';
import { decodeBolt11 } from './bolt11.ts';
import { decodeDescription, descriptionHash, type LightningDescription } from './description.ts';
import type { InvoiceJournal, JournalEntry } from './invoice-journal.ts';
import type { LightningNode } from './lightning-node.ts';

/** Why no invoice is given, in order of precedence. */
export const DESK_REFUSALS = [
  'description_refused',
  'creditor_unknown',
  'amount_too_small',
  'amount_too_large',
  'not_accepted',
  'described_otherwise',
  'too_many_invoices',
  'node_unavailable',
] as const;

export type DeskRefusal = (typeof DESK_REFUSALS)[number];

export type DeskAnswer =
  | { readonly kind: 'invoice'; readonly bolt11: string }
  | { readonly kind: 'refused'; readonly reason: DeskRefusal; readonly field?: string };

/** What becomes of a held payment now. */
export type HoldVerdict = 'settle' | 'cancel' | 'wait';

export type InvoiceDeskOptions = {
  readonly node: LightningNode;
  readonly journal: InvoiceJournal;
  /** Parties that this node takes money for; 1 or more. */
  readonly creditors: readonly PartyId[];
  /** 1 or more. */
  readonly amountMsatMin: bigint;
  readonly amountMsatMax: bigint;
  /** Whether the payee's own book knows such a debt; anything within the limits unless said. */
  readonly accepts?: (description: LightningDescription) => boolean | Promise<boolean>;
  /** Life of an invoice, 60 … 31,536,000 s; 3,600 unless said. */
  readonly expirySeconds?: number;
  /** New invoices a minute, 1 or more; 60 unless said. Repeats are free. */
  readonly invoicesPerMinuteMax?: number;
  /** Makes its invoices hold invoices. */
  readonly settleWhen?: (
    description: LightningDescription,
    signal: AbortSignal,
  ) => Promise<HoldVerdict>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
};

/** What a review came to; `failed` are those that the node could not be asked about. */
export type Reviewed = {
  readonly settled: number;
  readonly canceled: number;
  readonly held: number;
  readonly failed: number;
};

const MINUTE_MS = 60_000;

function refused(reason: DeskRefusal, field?: string): DeskAnswer {
  return field === undefined ? { kind: 'refused', reason } : { kind: 'refused', reason, field };
}

export class InvoiceDesk {
  readonly #options: Required<Omit<InvoiceDeskOptions, 'settleWhen'>> & InvoiceDeskOptions;
  /** Questions about one key are answered one after another. */
  readonly #turns = new Map<string, Promise<unknown>>();
  /** Hashes that nothing can happen to any more: nobody asks about them again. */
  readonly #over = new Set<string>();
  /** When the newest invoices were issued. */
  #issuedAt: number[] = [];

  constructor(options: InvoiceDeskOptions) {
    const accepts = () => true;
    this.#options = { accepts, expirySeconds: 3_600, invoicesPerMinuteMax: 60, ...options };
    const { creditors, amountMsatMin, amountMsatMax, expirySeconds, invoicesPerMinuteMax } =
      this.#options;
    if (creditors.length === 0) throw new RangeError('creditors: 1 or more');
    if (amountMsatMin < 1n || amountMsatMax < amountMsatMin) {
      throw new RangeError('amountMsatMin: must be 1 … amountMsatMax');
    }
    if (!Number.isInteger(expirySeconds) || expirySeconds < 60 || expirySeconds > 31_536_000) {
      throw new RangeError('expirySeconds: must be 60 … 31,536,000');
    }
    if (!Number.isInteger(invoicesPerMinuteMax) || invoicesPerMinuteMax < 1) {
      throw new RangeError('invoicesPerMinuteMax: must be 1 or more');
    }
  }

  /**
   * The invoice for a description, or why there is none. A second call answers the same one while it is open,
   * held or paid. Refusals, in order: `DESK_REFUSALS`. What is answered is durable.
   */
  async invoiceFor(text: string, signal: AbortSignal): Promise<DeskAnswer> {
    const decoded = decodeDescription(text);
    if (decoded.kind === 'refused') return refused('description_refused', decoded.field);
    const { description } = decoded;
    const { creditors, amountMsatMin, amountMsatMax, accepts } = this.#options;
    if (!creditors.includes(description.creditor)) return refused('creditor_unknown', '/creditor');
    if (description.amountMsat < amountMsatMin) return refused('amount_too_small', '/amountMsat');
    if (description.amountMsat > amountMsatMax) return refused('amount_too_large', '/amountMsat');
    if (!(await accepts(description))) return refused('not_accepted');
    const key = `${description.batch}/${description.edge}`;
    return this.#exclusively(key, async () => {
      try {
        return await this.#answer(key, text, description, signal);
      } catch (error) {
        if (error instanceof RailError) return refused('node_unavailable');
        throw error;
      }
    });
  }

  async #answer(
    key: string,
    text: string,
    description: LightningDescription,
    signal: AbortSignal,
  ): Promise<DeskAnswer> {
    const before = this.#options.journal.get(key);
    if (before !== undefined) {
      // Nobody is asked for two amounts, or for two roots, over one batch and edge.
      if (before.description !== text) return refused('described_otherwise');
      if (before.bolt11 !== null && (await this.#stands(before, before.bolt11, signal))) {
        return { kind: 'invoice', bolt11: before.bolt11 };
      }
    }
    if (!this.#takePlace()) return refused('too_many_invoices');
    const bolt11 = await this.#issue(key, text, description, before, signal);
    return { kind: 'invoice', bolt11 };
  }

  /** True while an invoice can be paid, or was. One that has run out is closed at the node first. */
  async #stands(
    { paymentHash }: JournalEntry,
    bolt11: string,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { node, now } = this.#options;
    const state = await node.trackInvoice(paymentHash, signal);
    if (state === 'held' || state === 'settled') return true;
    if (state === 'canceled') return false;
    const decoded = decodeBolt11(bolt11);
    const expiresAt =
      decoded.kind === 'decoded' ? decoded.invoice.timestamp + decoded.invoice.expirySeconds : 0;
    if (expiresAt * 1_000 > now()) return true;
    // A node that does not know it any more can't be paid for it either.
    if (state === 'absent') return false;
    await node.cancelHold(paymentHash, signal);
    return false;
  }

  async #issue(
    key: string,
    text: string,
    { amountMsat }: LightningDescription,
    before: JournalEntry | undefined,
    signal: AbortSignal,
  ): Promise<string> {
    const { node, journal, expirySeconds, settleWhen } = this.#options;
    const request = { amountMsat, descriptionHash: descriptionHash(text), expirySeconds };
    if (settleWhen === undefined) {
      // Killed before the next line, an invoice is left that nobody was given.
      const { bolt11, paymentHash } = await node.createInvoice(request, signal);
      await journal.append({ key, description: text, paymentHash, bolt11, preimage: null });
      return bolt11;
    }
    // A draw that was never answered is used now; a preimage that was is never used again.
    const unused = before?.bolt11 === null ? before.preimage : null;
    const preimage = unused ?? randomBytes(32).toString('hex');
    const paymentHash = createHash('sha256').update(hexToBytes(preimage)).digest('hex');
    // On disk before the node knows the hash: a payment whose preimage is lost could not be taken.
    await journal.append({ key, description: text, paymentHash, bolt11: null, preimage });
    const { bolt11 } = await node.createHoldInvoice({ ...request, paymentHash }, signal);
    await journal.append({ key, description: text, paymentHash, bolt11, preimage });
    return bolt11;
  }

  /**
   * Asks `settleWhen` about every payment that is held, and does as it says. One that fails stops no other, and is
   * tried again by the next call; a second call changes only what has changed meanwhile.
   *
   * @throws what `settleWhen` throws.
   */
  async review(signal: AbortSignal): Promise<Reviewed> {
    const counts = { settled: 0, canceled: 0, held: 0, failed: 0 };
    if (this.#options.settleWhen === undefined) return counts;
    for (const entry of this.#options.journal.entries()) {
      if (entry.bolt11 === null || this.#over.has(entry.paymentHash)) continue;
      try {
        const end = await this.#reviewOne(entry, this.#options.settleWhen, signal);
        if (end !== undefined) counts[end] += 1;
      } catch (error) {
        if (!(error instanceof RailError)) throw error;
        counts.failed += 1;
      }
    }
    return counts;
  }

  async #reviewOne(
    { preimage, paymentHash, description: text }: JournalEntry,
    settleWhen: NonNullable<InvoiceDeskOptions['settleWhen']>,
    signal: AbortSignal,
  ): Promise<'settled' | 'canceled' | 'held' | undefined> {
    const { node } = this.#options;
    const state = await node.trackInvoice(paymentHash, signal);
    if (state === 'settled' || state === 'canceled') this.#over.add(paymentHash);
    const decoded = decodeDescription(text);
    if (state !== 'held' || preimage === null || decoded.kind === 'refused') return undefined;
    const verdict = await settleWhen(decoded.description, signal);
    if (verdict === 'settle') {
      await node.settleHold(hexToBytes(preimage), signal);
      return 'settled';
    }
    if (verdict === 'wait') return 'held';
    await node.cancelHold(paymentHash, signal);
    return 'canceled';
  }

  #takePlace(): boolean {
    const { now, invoicesPerMinuteMax } = this.#options;
    const at = now();
    this.#issuedAt = this.#issuedAt.filter((issued) => issued > at - MINUTE_MS);
    if (this.#issuedAt.length >= invoicesPerMinuteMax) return false;
    this.#issuedAt.push(at);
    return true;
  }

  #exclusively<T>(key: string, run: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(key) ?? Promise.resolve()).then(run);
    const quiet = turn.catch(() => undefined);
    this.#turns.set(key, quiet);
    // The last one to leave takes the entry away.
    void quiet.then(() => {
      if (this.#turns.get(key) === quiet) this.#turns.delete(key);
    });
    return turn;
  }
}

/** @throws {RangeError} that names the option that is out of range. */
export function invoiceDesk(options: InvoiceDeskOptions): InvoiceDesk {
  return new InvoiceDesk(options);
}
