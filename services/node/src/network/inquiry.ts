import type { PeerClient } from '@atomicity/client/peer-client';
import type { Hop } from '@atomicity/kernel/hop/hop';
import { signerIsActive } from '@atomicity/kernel/keys/signers';
import type { Hash, PartyId } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';
import { parseObject } from '@atomicity/kernel/wire/parse-object';
import type { Refusal } from '@atomicity/kernel/wire/refusals';
import type { VerifiedObject } from '@atomicity/kernel/wire/verified';
import type { BookPort, EvidenceStore } from '@atomicity/router/ports';
import type { HopIndex } from './hop-index.ts';

export type InquiryParts = {
  readonly party: PartyId;
  readonly book: BookPort;
  readonly hops: HopIndex;
  readonly evidence: EvidenceStore;
  readonly client: Pick<PeerClient, 'send'>;
  readonly verify: (text: string) => Promise<VerifiedObject | Refusal>;
  readonly now: () => UnixMs;
};

/** A payee is asked about one voucher so often at most. */
const ASK_AGAIN_MS = 60_000;
/** Vouchers that are remembered as asked about. */
const ASKED_MAX = 10_000;

/**
 * Asks payees what became of holds that expired here without a word: the same voucher again, which
 * a payee answers with what it signed. For evidence alone; the book has decided already.
 */
export class Inquiry {
  readonly #parts: InquiryParts;
  readonly #asked = new Map<Hash, number>();

  constructor(parts: InquiryParts) {
    this.#parts = parts;
  }

  /** Asks about every such hold of an intent at once. A payee's silence is no failure. */
  async ask(intent: Hash): Promise<void> {
    const expired = this.#parts.hops.of(intent).filter((hop) => this.#isOpenQuestion(hop));
    await Promise.allSettled(expired.map((hop) => this.#askPayee(hop)));
  }

  #isOpenQuestion({ terms, status, lapse }: Hop): boolean {
    const { side, voucher, intent, to } = terms;
    if (side !== 'payer' || status !== 'lapsed' || lapse?.why !== 'expired') return false;
    if (this.#parts.now() - (this.#asked.get(voucher) ?? 0) < ASK_AGAIN_MS) return false;
    return !this.#parts.evidence.of(intent).some((text) => isLapse(text, voucher, to));
  }

  async #askPayee({ terms, eventId }: Hop): Promise<void> {
    const { party, book, client, evidence } = this.#parts;
    const { voucher, intent, to } = terms;
    this.#remember(voucher);
    const text = await book.causeText(eventId);
    if (text === undefined) return;
    const { answers } = await client.send(to, { from: party, objects: [text] });
    for (const answer of answers) {
      if (answer.kind !== 'answer' || !isLapse(answer.object, voucher, to)) continue;
      const object = await this.#parts.verify(answer.object);
      if ('reason' in object || !this.#isSignedBy(object, to)) continue;
      evidence.note(intent, object.id, answer.object);
    }
  }

  #isSignedBy({ signatures }: VerifiedObject, party: PartyId): boolean {
    const { book, now } = this.#parts;
    return signatures.some(
      ({ by, key }) => by === party && signerIsActive(book.state(), by, key, now(), 'party'),
    );
  }

  #remember(voucher: Hash): void {
    this.#asked.set(voucher, this.#parts.now());
    const [oldest] = this.#asked.keys();
    if (this.#asked.size > ASKED_MAX && oldest !== undefined) this.#asked.delete(oldest);
  }
}

/** True for a receipt of `hop` that says that the voucher lapsed. */
function isLapse(text: string, voucher: Hash, hop: PartyId): boolean {
  const parsed = parseObject(text);
  if (parsed.kind === 'refused' || parsed.object.body.type !== 'HopReceipt') return false;
  const { body } = parsed.object;
  return body.voucher === voucher && body.hop === hop && body.transition === 'lapsed';
}
