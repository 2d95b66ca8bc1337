import { type BookModel, isOpen, type ModelHop } from './book-model.ts';
import { type IntentFacts, law, type RunFacts } from './facts.ts';

/** What a finished run shows, for the report. */
export type Tally = {
  delivered: number;
  lapsed: number;
  /** Parts whose payer was out of reach through its whole window. */
  missing: number;
  /** Honest hops that paid onward and were not paid, for the same reason or by a hostile payer. */
  losses: number;
};

/** A claim that came too late needs faults for at least this part of its payee's margin. */
const EXCUSE = 0.25;

/**
 * The laws of a run that has come to rest: faults healed, every node up, every message answered.
 */
export class Quiescence {
  readonly #facts: RunFacts;
  readonly #books: ReadonlyMap<string, BookModel>;
  readonly tally: Tally = { delivered: 0, lapsed: 0, missing: 0, losses: 0 };

  constructor(facts: RunFacts, books: ReadonlyMap<string, BookModel>) {
    this.#facts = facts;
    this.#books = books;
  }

  check(): Tally {
    for (const book of this.#honest()) {
      for (const hop of book.hops.values()) this.#checkEnded(book, hop);
    }
    for (const edge of this.#facts.edges.keys()) this.#checkEnds(edge);
    for (const book of this.#honest()) this.#checkForwarder(book);
    for (const intent of this.#facts.intents.values()) this.#checkDelivery(intent);
    return this.tally;
  }

  *#honest(): Generator<BookModel> {
    for (const book of this.#books.values()) if (book.node.isHonest) yield book;
  }

  #bookOf(party: string): BookModel | undefined {
    const node = this.#facts.nodeOfParty.get(party);
    return node === undefined ? undefined : this.#books.get(node.name);
  }

  #isHonest(party: string): boolean {
    return this.#facts.nodeOfParty.get(party)?.isHonest ?? false;
  }

  #checkEnded(book: BookModel, hop: ModelHop): void {
    const { terms } = hop;
    const peer = terms.side === 'payer' ? terms.to : terms.from;
    // A hostile payer may leave a claim unanswered for ever.
    if (!this.#isHonest(peer)) return;
    law(!isOpen(hop), 'every hold ends', () => `${book.node.name} ${terms.voucher} ${hop.status}`);
    const other = this.#bookOf(peer)?.hops.get(terms.voucher);
    const end = other?.status ?? 'lapsed';
    law(
      end === hop.status,
      'both ends of an edge agree',
      () => `${terms.voucher}: ${book.node.name} ${hop.status}, its peer ${end}`,
    );
    if (hop.lapse === 'denied') this.#checkDenied(hop);
  }

  /** A claim came too late although the payee had its margin: only faults can have kept it. */
  #checkDenied(hop: ModelHop): void {
    const { terms, claimedTrueMs = 0 } = hop;
    const payee = this.#facts.nodeOfParty.get(terms.to);
    const payer = this.#facts.nodeOfParty.get(terms.from);
    const payerHop = this.#bookOf(terms.from)?.hops.get(terms.voucher);
    const until = payerHop?.deadlineTrueMs ?? hop.deadlineTrueMs;
    const impaired = this.#facts.impairedMs(
      payer?.name ?? '',
      payee?.name ?? '',
      claimedTrueMs,
      until,
    );
    law(
      !this.#facts.withinMargin && impaired >= EXCUSE * (payee?.marginMs ?? 0),
      'a claim in time is answered active',
      () =>
        `${terms.voucher} was denied: claimed at ${claimedTrueMs}, payer lapsed at ${until}, ` +
        `${impaired} ms of faults`,
    );
  }

  #checkEnds(edge: string): void {
    const facts = this.#facts.edges.get(edge);
    if (facts === undefined || !this.#isHonest(facts.a) || !this.#isHonest(facts.b)) return;
    const [one, other] = [facts.a, facts.b].map((party) => this.#bookOf(party)?.edges.get(edge));
    law(
      one !== undefined && other !== undefined && one.balance === other.balance,
      'both ends of an edge agree',
      () => `${edge}: balances ${one?.balance} and ${other?.balance}`,
    );
    for (const line of [one, other]) {
      law(
        line.heldFromA === 0n && line.heldFromB === 0n,
        'every hold ends',
        () => `${edge}: ${line.heldFromA} and ${line.heldFromB} are still held`,
      );
    }
  }

  /** Whoever paid onward was paid, and whoever was paid has paid onward. */
  #checkForwarder(book: BookModel): void {
    for (const { terms, status } of book.hops.values()) {
      if (terms.side !== 'payer' || terms.incoming === null) continue;
      const incoming = book.hops.get(terms.incoming);
      if (incoming === undefined || status === incoming.status) continue;
      law(
        status === 'active',
        'a hop is paid only for what it paid',
        () => `${book.node.name} ${terms.voucher}: ${status}, incoming ${incoming.status}`,
      );
      const isExcused =
        !this.#isHonest(incoming.terms.from) ||
        (!this.#facts.withinMargin && incoming.lapse === 'denied');
      law(
        isExcused,
        'an honest hop never loses within its margin',
        () => `${book.node.name} paid ${terms.voucher}, ${terms.incoming} is ${incoming.status}`,
      );
      this.tally.losses += 1;
    }
  }

  #checkDelivery({ intent, receiver, minDeliverable }: IntentFacts): void {
    const book = this.#bookOf(receiver);
    if (book === undefined || !book.node.isHonest) return;
    const delivery = book.deliveries.get(intent);
    if (delivery === undefined) {
      this.tally.lapsed += 1;
      this.#checkNothingPaid(intent, book);
      return;
    }
    this.tally.delivered += 1;
    this.tally.missing += delivery.missing.length;
    this.#checkPaid(intent, delivery.amount);
    const whole = delivery.amount >= minDeliverable || delivery.missing.length > 0;
    law(whole, 'no partial delivery', () => `${intent}: ${delivery.amount}`);
    for (const { part } of delivery.missing) {
      const hop = [...book.hops.values()].find(
        ({ terms, lapse }) =>
          terms.intent === intent &&
          terms.part === part &&
          terms.side === 'payee' &&
          lapse === 'denied',
      );
      const isExcused =
        hop !== undefined && (!this.#isHonest(hop.terms.from) || !this.#facts.withinMargin);
      law(isExcused, 'no part is missing without an outage', () => `${intent} ${part}`);
    }
  }

  /** Among honest nodes a sender pays what was delivered, no more and no less. */
  #checkPaid(intent: string, delivered: bigint): void {
    const order = this.#facts.orders.get(intent);
    const sender = order === undefined ? undefined : this.#bookOf(order.payer);
    const isHonest = [...this.#facts.nodes.values()].every((node) => node.isHonest);
    if (sender === undefined || !isHonest || !this.#facts.withinMargin) return;
    const { amount } = sender.spending(intent);
    law(
      amount === delivered,
      'a sender pays what is delivered',
      () => `${intent}: paid ${amount}, delivered ${delivered}`,
    );
  }

  /** Without a delivery no honest sender has paid, unless the receiver's claims were all denied. */
  #checkNothingPaid(intent: string, receiver: BookModel): void {
    const order = this.#facts.orders.get(intent);
    const sender = order === undefined ? undefined : this.#bookOf(order.payer);
    if (sender === undefined || !sender.node.isHonest) return;
    const paid = [...sender.hops.values()].some(
      ({ terms, status }) =>
        terms.intent === intent && terms.side === 'payer' && status === 'active',
    );
    const denied = [...receiver.hops.values()].some(
      ({ terms, lapse }) => terms.intent === intent && lapse === 'denied',
    );
    law(!paid || denied, 'nobody pays what is not delivered', () => intent);
  }
}
