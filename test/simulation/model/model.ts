import type { RecordedEvent } from '@atomicity/kernel/book/events';
import type { BookState } from '@atomicity/kernel/book/state';
import { BookModel } from './book-model.ts';
import { law, type RunFacts } from './facts.ts';
import { Quiescence, type Tally } from './quiescence.ts';
import { ReceiptModel } from './receipt-model.ts';

/**
 * Watches a run from outside: what every log records, what every node signs, how every book looks.
 * It has its own arithmetic and imports no rule of the product; any difference breaks a law.
 */
export class Model {
  readonly #facts: RunFacts;
  readonly #books = new Map<string, BookModel>();
  readonly #receipts = new ReceiptModel();
  readonly #eventCounts = new Map<string, number>();

  constructor(facts: RunFacts) {
    this.#facts = facts;
    for (const node of facts.nodes.values()) this.#books.set(node.name, new BookModel(node, facts));
  }

  /** Recorded events by type. */
  get eventCounts(): ReadonlyMap<string, number> {
    return this.#eventCounts;
  }

  get receiptCount(): number {
    return this.#receipts.receiptCount;
  }

  /** One command's events have reached the disk of a node; `cause` is the signed text, if any. */
  recorded(name: string, events: readonly RecordedEvent[], cause: string | undefined): void {
    const book = this.#book(name);
    for (const event of events) {
      this.#eventCounts.set(event.type, (this.#eventCounts.get(event.type) ?? 0) + 1);
      follow(book, event, cause);
    }
    book.checkConservation();
  }

  /** A message or answer leaves a node. */
  sent(name: string, texts: readonly string[]): void {
    const book = this.#book(name);
    if (book.node.isHonest) this.#receipts.leaves(texts, book);
  }

  /** What a book shows of its edges is what the model reckons from its log. */
  compare(name: string, state: BookState): void {
    const book = this.#book(name);
    for (const [id, line] of book.edges) {
      const shown = state.edges.get(id as Parameters<typeof state.edges.get>[0]);
      law(
        shown !== undefined &&
          shown.balance === line.balance &&
          shown.heldFromA === line.heldFromA &&
          shown.heldFromB === line.heldFromB,
        'a book shows what its log says',
        () =>
          `${name} ${id}: ${shown?.balance}, held ${shown?.heldFromA} and ${shown?.heldFromB}; ` +
          `the log gives ${line.balance}, ${line.heldFromA} and ${line.heldFromB}`,
      );
    }
  }

  /** True once no hold between honest nodes is open. */
  isAtRest(): boolean {
    for (const book of this.#books.values()) {
      if (!book.node.isHonest) continue;
      for (const { terms, status } of book.hops.values()) {
        const peer = this.#facts.nodeOfParty.get(terms.side === 'payer' ? terms.to : terms.from);
        const isMutual = peer?.isHonest ?? false;
        if (isMutual && status !== 'active' && status !== 'lapsed') return false;
      }
    }
    return true;
  }

  /** The laws of a run at rest. */
  finish(): Tally {
    return new Quiescence(this.#facts, this.#books).check();
  }

  /** The model's own book of a node. */
  bookOf(name: string): BookModel {
    return this.#book(name);
  }

  #book(name: string): BookModel {
    const book = this.#books.get(name);
    if (book === undefined) throw new Error(`the model has no node ${name}`);
    return book;
  }
}

function follow(book: BookModel, event: RecordedEvent, cause: string | undefined): void {
  const { at } = event;
  switch (event.type) {
    case 'EdgeOpened':
      book.openEdge(event.data.edge);
      break;
    case 'EdgeLimitChanged':
      book.changeLimit(event.data.edge, event.data.grantor, event.data.limit);
      break;
    case 'HopHeld':
      law(cause !== undefined, 'a hold has a signed cause', () => event.data.voucher);
      book.held(event.data, cause);
      break;
    case 'HopDeclined':
      book.declined(event.data.voucher);
      break;
    case 'HopCommitted':
      book.committed(event.data, at);
      break;
    case 'HopClaimed':
      book.claimed(event.data, at);
      break;
    case 'HopConfirmed':
      book.confirmed(event.data);
      break;
    case 'HopActivated':
      book.activated(event.data, at, event.data.legs);
      break;
    case 'HopLapsed':
      book.lapsed(event.data, at, event.data.why);
      break;
    case 'DeliveryFinalized':
      book.delivered(event.data);
      break;
    case 'EdgeDisputed':
      law(
        !book.isBetweenHonest(event.data.edge),
        'honest ends have no dispute',
        () => `${book.node.name} ${event.data.edge}`,
      );
      break;
    case 'EdgeStateAgreed':
      book.move(event.data.edge, event.data.legs);
      break;
    case 'SettlementRecorded':
      book.move(event.data.edge, event.data.legs);
      break;
    case 'CreditReassigned':
      for (const edge of new Set(event.data.legs.map((leg) => leg.edge))) {
        book.move(
          edge,
          event.data.legs.filter((leg) => leg.edge === edge),
        );
      }
      break;
    default:
      break;
  }
}
