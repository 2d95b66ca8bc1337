import type { BookModel } from './book-model.ts';
import { law } from './facts.ts';
import { readReceipt, type SeenReceipt } from './seen-events.ts';

const isVoucher = (text: string): boolean => text.includes('"type":"CapacityVoucher"');

/** What a payer answers to claims, or a payee claims or gives up: it may never change. */
type Verdict = 'active' | 'lapsed';

/**
 * What honest nodes sign to their neighbours: nothing before it is durable, nothing that contradicts
 * what they signed before, and the same words for the same thing, across crashes.
 */
export class ReceiptModel {
  readonly #texts = new Map<string, string>();
  readonly #verdicts = new Map<string, Verdict>();
  #count = 0;

  get receiptCount(): number {
    return this.#count;
  }

  /** Objects that leave a node. `book` is the model of that node's own log. */
  leaves(texts: readonly string[], book: BookModel): void {
    for (const text of texts) {
      law(
        !isVoucher(text) || book.hasVoucher(text),
        'nothing is sent before it is durable',
        () => `${book.node.name} sent ${text}`,
      );
      const receipt = readReceipt(text);
      // Receipts of hops further along may be passed on as evidence.
      if (receipt !== undefined && receipt.hop === book.node.party) this.#signed(receipt, book);
    }
  }

  #signed(receipt: SeenReceipt, book: BookModel): void {
    this.#count += 1;
    const { voucher, transition, hop: party } = receipt;
    const hop = book.hops.get(voucher);
    const say = () => `${book.node.name} ${transition} ${voucher}, recorded: ${hop?.status}`;
    if (hop !== undefined) {
      const key = `${party} ${voucher} ${transition}`;
      const before = this.#texts.get(key);
      law(before === undefined || before === receipt.text, 'a receipt never changes', say);
      this.#texts.set(key, receipt.text);
    }
    if (transition !== 'lapsed') {
      law(hop !== undefined, 'nothing is acknowledged before it is durable', say);
    }
    if (hop === undefined) return;
    const { status, terms, lapse } = hop;
    const verdict = transition === 'active' || transition === 'lapsed' ? transition : undefined;
    if (transition === 'active') {
      const isDurable = terms.side === 'payer' ? status === 'active' : status !== 'held';
      law(
        isDurable && status !== 'active*' && (status !== 'lapsed' || lapse === 'denied'),
        'nothing is acknowledged before it is durable',
        say,
      );
    }
    if (transition === 'lapsed') {
      law(status === 'lapsed', 'nothing is acknowledged before it is durable', say);
    }
    if (transition === 'active*') {
      law(status !== 'held', 'nothing is acknowledged before it is durable', say);
    }
    // A payee whose claim was denied may say so; a payer's verdict stands.
    const isDenied = transition === 'lapsed' && lapse === 'denied';
    if (verdict !== undefined && !isDenied) this.#verdict(receipt, verdict, say);
  }

  #verdict({ hop, voucher }: SeenReceipt, verdict: Verdict, say: () => string): void {
    const key = `${hop} ${voucher}`;
    const before = this.#verdicts.get(key) ?? verdict;
    law(before === verdict, 'an end never signs both active and lapsed', say);
    this.#verdicts.set(key, verdict);
  }
}
