import { noteCoreOf } from '@atomicity/kernel/book/note-cores';
import type { Hash, PartyId } from '@atomicity/kernel/units/id';
import { type Caller, maySee } from './http/caller.ts';
import { RefusedRequest } from './http/problem.ts';
import { partiesOfPayment } from './payment-view.ts';
import type { PaymentNetwork, ReceiptMirror } from './peer-port.ts';
import type { VerificationPool } from './verify/verification-pool.ts';
import type { BookWriter } from './writer/book-writer.ts';

/** What one intent's evidence may consist of. */
const KEPT_TYPES: ReadonlySet<string> = new Set([
  'PaymentIntent',
  'PaymentOrder',
  'CapacityVoucher',
  'CommitSignal',
  'HopReceipt',
  'FinalizeReceipt',
]);

export type ReceiptDeskParts = {
  readonly network: PaymentNetwork | undefined;
  readonly mirror: ReceiptMirror | undefined;
  readonly pool: VerificationPool;
  readonly writer: Pick<BookWriter, 'flushedState'>;
};

export type Receipts = {
  readonly receipts: readonly string[];
  readonly delegations: readonly string[];
};

/**
 * Mirrors receipts: what this book recorded of an intent, for those whom it concerns, and what a
 * party left here, for that party alone. No balance follows from what is left here.
 */
export class ReceiptDesk {
  readonly #parts: ReceiptDeskParts;

  constructor(parts: ReceiptDeskParts) {
    this.#parts = parts;
  }

  /**
   * Canonical texts, those of the book first, without repeats, and the delegations that show whose
   * keys signed them; none for an intent that nobody knows.
   */
  async of(intent: Hash, caller: Caller): Promise<Receipts> {
    const { network, mirror } = this.#parts;
    const payment = network?.payment(intent);
    // To its own party the node also shows what it refused: that is in no book.
    const own = network === undefined ? [] : [network.party];
    const others = payment === undefined ? [] : partiesOfPayment(payment);
    const concerns = maySee(caller, [...own, ...others]);
    const recorded = concerns ? ((await network?.evidence(intent)) ?? []) : [];
    const owners = [...caller.parties];
    const left = await Promise.all(owners.map((party) => mirror?.of(party, intent) ?? []));
    const receipts = [...new Set([...recorded, ...left.flat()])];
    return { receipts, delegations: network?.delegationsOf(receipts) ?? [] };
  }

  /**
   * Keeps signed objects of the intent for one of the caller's parties. Every signature in them must
   * verify; whether the signer was entitled to it is for the reader to judge.
   * @throws RefusedRequest `network_off`, `role_not_allowed`, a reason of the wire layer,
   * `malformed_request` for an object of another intent or type, `mirror_full`.
   */
  async keep(
    intent: Hash,
    { objects, party }: { readonly objects: readonly string[]; readonly party: PartyId },
    caller: Caller,
  ): Promise<void> {
    const { mirror, pool, writer } = this.#parts;
    if (mirror === undefined) throw new RefusedRequest({ reason: 'network_off' });
    if (!caller.parties.has(party)) {
      throw new RefusedRequest({ reason: 'role_not_allowed', field: '/party' });
    }
    const verdicts = await pool.verify(objects, (voucher) =>
      noteCoreOf(writer.flushedState(), voucher),
    );
    for (const [i, verdict] of verdicts.entries()) {
      if (verdict.kind === 'refused') throw new RefusedRequest(verdict.refusal);
      const { id, body } = verdict.object;
      const own = body.type === 'PaymentIntent' ? id : 'intent' in body ? body.intent : undefined;
      if (own === intent && KEPT_TYPES.has(body.type)) continue;
      const rule = 'a signed object of this intent';
      throw new RefusedRequest({ reason: 'malformed_request', field: `/objects/${i}`, rule });
    }
    if ((await mirror.keep(party, intent, objects)) === 'full') {
      throw new RefusedRequest({ reason: 'mirror_full' });
    }
  }
}
