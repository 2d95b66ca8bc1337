import {
  createEnds,
  DEBTOR,
  type Ends,
  edgeIn,
  FROM,
  TO,
} from '@atomicity/kernel/testing/edge-ends';
import { testNonce } from '@atomicity/kernel/testing/keys';
import type { TestBook } from '@atomicity/kernel/testing/test-book';
import { START, type TestParty, through } from '@atomicity/kernel/testing/world';
import { amount } from '@atomicity/kernel/units/amount';
import type { PartyId } from '@atomicity/kernel/units/id';
import { parseObject } from '@atomicity/kernel/wire/parse-object';
import { type VerifiedObject, verified } from '@atomicity/kernel/wire/verified';
import { isShared } from '../sharing/concerned-neighbours.ts';
import { memoryShareStore } from '../sharing/memory-share-store.ts';
import { ShareOutbox } from '../sharing/share-outbox.ts';
import type { SharedObject, ShareOutcome, ShareStore } from '../sharing/share-ports.ts';
import { VirtualTime } from './virtual-time.ts';

/** What becomes of a request to a neighbour. */
export type Fate = 'delivered' | 'lost' | 'answer lost' | 'never answered' | ShareOutcome;

/**
 * The outbox of a debtor between two creditors, over three books in memory and virtual time. Requests
 * to the neighbours meet the fate that a test lays down.
 */
export class ShareBench {
  readonly ends: Ends = createEnds();
  readonly time = new VirtualTime(START);
  readonly store: ShareStore = memoryShareStore();
  fate: (to: PartyId, objects: readonly SharedObject[]) => Fate = () => 'delivered';
  /** Types of the objects of each request, by the name of the one it went to. */
  readonly requests: string[] = [];
  readonly refused: string[] = [];
  outbox: ShareOutbox = this.open();
  #seen = 0;

  get book(): TestBook {
    return this.ends.books.debtor;
  }

  open(store = this.store): ShareOutbox {
    const { book } = this;
    return new ShareOutbox(
      {
        party: DEBTOR.id,
        book: {
          state: () => book.state,
          submit: () => Promise.reject(new Error('it only reads')),
          causeText: async (id) => book.causes.get(id)?.text,
        },
        log: {
          read: async (after) => {
            const events = book.events.filter(({ revision }) => revision > after).slice(0, 4);
            return { events: events.filter(({ type }) => isShared(type)), last: events.at(-1) };
          },
          holds: async ({ revision, eventId }) => book.events[revision]?.eventId === eventId,
        },
        share: { deliver: (to, objects) => this.#deliver(to, objects) },
        store,
        sign: (id) => ({
          by: DEBTOR.id,
          key: DEBTOR.key.id,
          sig: this.ends.world.sign(DEBTOR.key, id),
        }),
        now: () => this.time.now(),
        draw: () => testNonce('draw'),
        after: (ms, run) => this.time.after(ms, run),
        onRefused: (to, { type, reason, isFinal }) =>
          this.refused.push(`${nameOf(to)} ${type} ${reason} ${isFinal ? 'final' : 'set aside'}`),
      },
      { triesMax: 3, setAsideMs: 60_000 },
    );
  }

  /** A new process over the same book and store. */
  async restart(): Promise<void> {
    this.outbox.stop();
    this.outbox = this.open();
    this.outbox.start();
    await this.time.run(1);
  }

  /** Records objects and tells the outbox, as the node does. */
  record(...objects: readonly VerifiedObject[]): void {
    this.book.accept(...objects);
    this.outbox.see(this.book.events.slice(this.#seen), this.book.state);
    this.#seen = this.book.events.length;
  }

  /** From the first event on; the other books have other delegations of the same keys. */
  async start(): Promise<void> {
    this.#seen = this.book.events.length;
    this.outbox.start();
    await this.time.run(1);
    this.requests.length = 0;
    this.refused.length = 0;
    for (const { id } of [FROM, TO]) {
      for (const { revision } of this.store.refused(id)) this.store.drop(id, revision);
    }
  }

  async #deliver(to: PartyId, objects: readonly SharedObject[]): Promise<ShareOutcome[]> {
    const types = objects.map(({ text }) => /"type":"(\w+)"/.exec(text)?.[1]).join(' ');
    this.requests.push(`${nameOf(to)}: ${types}`);
    const fate = this.fate(to, objects);
    if (fate === 'lost') throw new Error('lost');
    if (fate === 'never answered') return new Promise(() => undefined);
    if (typeof fate === 'object') return objects.map(() => fate);
    const there = this.ends.books[to === FROM.id ? 'from' : 'to'];
    const outcomes = objects.map(({ text }) => submitTo(there, text));
    if (fate === 'answer lost') throw new Error('no answer');
    return outcomes;
  }
}

function nameOf(party: PartyId): string {
  return party === FROM.id ? 'from' : 'to';
}

function submitTo(there: TestBook, text: string): ShareOutcome {
  const parsed = parseObject(text);
  if (parsed.kind === 'refused') return parsed;
  const checks = { signatures: 'all_verified', opening: 'checked' } as const;
  const decision = there.submit(verified(parsed.object, checks));
  return decision.kind === 'rejected'
    ? { kind: 'refused', refusal: decision.refusal }
    : { kind: 'taken' };
}

/** The debtor changes what the other end may owe it. */
export function limit({ ends }: ShareBench, to: TestParty, sequence: number): VerifiedObject {
  const { world, fromEdge, toEdge } = ends;
  const edge = to === FROM ? fromEdge : toEdge;
  const body = { v: 1 as const, type: 'EdgeLimitChange' as const, edge, grantor: DEBTOR.id };
  const terms = { limit: amount(BigInt(sequence)), sequence, nonce: world.nonce() };
  return world.object({ ...body, ...terms }, through(DEBTOR));
}

/** The limit that the debtor grants, as the other end's book has it. */
export function limitThere({ ends }: ShareBench, to: TestParty): bigint {
  const [book, id] = to === FROM ? [ends.books.from, ends.fromEdge] : [ends.books.to, ends.toEdge];
  const { terms, limitA, limitB } = edgeIn(book, id);
  return terms.a === DEBTOR.id ? limitA : limitB;
}
