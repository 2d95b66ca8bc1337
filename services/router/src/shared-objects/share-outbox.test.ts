// Goal: what one book records of an edge or its keys is in the other book in the end, in order and with
// one effect, whatever is lost; nothing that is refused holds up what comes after it, and no neighbour
// another. Method: the outbox of a debtor between two creditors over books in memory and virtual time.
import { delegation, revocation } from '@atomicity/kernel/testing/accounts';
import {
  createEnds,
  DEBTOR,
  type Ends,
  edgeIn,
  FROM,
  TO,
} from '@atomicity/kernel/testing/edge-ends';
import { settlementRequest } from '@atomicity/kernel/testing/edges';
import { testHash, testKey, testNonce } from '@atomicity/kernel/testing/keys';
import { type TestBook } from '@atomicity/kernel/testing/test-book';
import { START, type TestParty, through } from '@atomicity/kernel/testing/world';
import { amount } from '@atomicity/kernel/units/amount';
import type { PartyId } from '@atomicity/kernel/units/id';
import { parseObject } from '@atomicity/kernel/wire/parse-object';
import { type VerifiedObject, verified } from '@atomicity/kernel/wire/verified';
import { describe, expect, it } from 'vitest';
import { VirtualTime } from '../testing/virtual-time.ts';
import { isShared } from './concerned-neighbours.ts';
import { memoryShareStore } from './memory-share-store.ts';
import { ShareOutbox } from './share-outbox.ts';
import type { SharedObject, ShareOutcome, ShareStore } from './share-ports.ts';

/** What becomes of a request to a neighbour. */
type Fate = 'delivered' | 'lost' | 'answer lost' | 'never answered' | ShareOutcome;

class Bench {
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

/** The grantor, the debtor, changes what the other end may owe it. */
function limit({ ends }: Bench, to: TestParty, sequence: number): VerifiedObject {
  const { world, fromEdge, toEdge } = ends;
  const edge = to === FROM ? fromEdge : toEdge;
  const body = { v: 1 as const, type: 'EdgeLimitChange' as const, edge, grantor: DEBTOR.id };
  const terms = { limit: amount(BigInt(sequence)), sequence, nonce: world.nonce() };
  return world.object({ ...body, ...terms }, through(DEBTOR));
}

/** The limit that the debtor grants, as the other end's book has it. */
function limitThere({ ends }: Bench, to: TestParty): bigint {
  const [book, id] = to === FROM ? [ends.books.from, ends.fromEdge] : [ends.books.to, ends.toEdge];
  const { terms, limitA, limitB } = edgeIn(book, id);
  return terms.a === DEBTOR.id ? limitA : limitB;
}

const revisions = ({ ends }: Bench) => [
  ends.books.from.state.revision,
  ends.books.to.state.revision,
];

async function running(): Promise<Bench> {
  const bench = new Bench();
  await bench.start();
  return bench;
}

describe('what a book records', () => {
  it('is in the book of the other end, and in nobody else’s', async () => {
    const bench = await running();
    const before = revisions(bench);
    bench.record(limit(bench, FROM, 1));
    await bench.time.run(1);
    expect(limitThere(bench, FROM)).toBe(1n);
    expect(bench.requests).toEqual(['from: EdgeLimitChange']);
    expect(revisions(bench)).toEqual([(before[0] ?? 0) + 1, before[1]]);
    expect(bench.outbox.standing(FROM.id).waiting).toBe(0);
  });

  it('reaches a book that was away, a key before what it signed', async () => {
    const bench = await running();
    const { world, fromEdge } = bench.ends;
    const key = testKey('a new key');
    bench.fate = () => 'lost';
    bench.record(delegation(world, DEBTOR, { key: key.id }));
    const terms = { limit: amount(9n), sequence: 1, nonce: world.nonce() };
    const body = { v: 1, type: 'EdgeLimitChange', edge: fromEdge, grantor: DEBTOR.id } as const;
    bench.record(world.object({ ...body, ...terms }, { by: DEBTOR.identity, key }));
    await bench.time.run(5_000);
    bench.fate = () => 'delivered';
    await bench.time.run(60_000);
    expect(limitThere(bench, FROM)).toBe(9n);
    expect(bench.refused).toEqual([]);
  });

  it('keeps the order: signed, then revoked', async () => {
    const bench = await running();
    bench.fate = () => 'lost';
    bench.record(
      limit(bench, FROM, 1),
      limit(bench, FROM, 2),
      revocation(bench.ends.world, DEBTOR),
    );
    await bench.time.run(1);
    bench.fate = () => 'delivered';
    await bench.time.run(60_000);
    expect(bench.requests).toContain('to: KeyRevocation');
    expect(bench.requests).toContain('from: EdgeLimitChange EdgeLimitChange KeyRevocation');
    expect(limitThere(bench, FROM)).toBe(2n);
    for (const book of [bench.ends.books.from, bench.ends.books.to]) {
      expect(book.events.at(-1)?.type).toBe('KeyRevoked');
    }
    expect(bench.refused).toEqual([]);
  });

  it('goes back to whom it came from as well, once, and changes nothing there', async () => {
    const bench = await running();
    const asked = settlementRequest(bench.ends.world, TO, bench.ends.toEdge, 5n);
    bench.ends.books.to.accept(asked);
    const before = revisions(bench);
    bench.record(asked);
    await bench.time.run(60_000);
    expect(bench.requests).toEqual(['to: SettlementRequest']);
    expect(revisions(bench)).toEqual(before);
  });
});

describe('whatever is lost', () => {
  it.each(['lost', 'answer lost'] as const)(
    '%s: it is delivered again, with one effect',
    async (fate) => {
      const bench = await running();
      let left = 3;
      bench.fate = () => (left-- > 0 ? fate : 'delivered');
      const before = revisions(bench);
      bench.record(limit(bench, FROM, 1));
      await bench.time.run(60_000);
      expect(bench.requests).toHaveLength(4);
      expect(revisions(bench)[0]).toBe((before[0] ?? 0) + 1);
      expect(bench.outbox.standing(FROM.id)).toMatchObject({ waiting: 0, oldestAt: null });
    },
  );

  it('waits longer and longer, and says how long already', async () => {
    const bench = await running();
    bench.fate = () => 'lost';
    bench.record(limit(bench, FROM, 1));
    await bench.time.run(300_000);
    expect(bench.requests.length).toBeLessThan(40);
    expect(bench.outbox.standing(FROM.id)).toMatchObject({ waiting: 1, oldestAt: START });
  });

  it('a crash between the send and the cursor delivers twice, with one effect', async () => {
    const bench = await running();
    const broken = {
      ...bench.store,
      settle: () => {
        throw new Error('the disk is full');
      },
    };
    bench.outbox.stop();
    bench.outbox = bench.open(broken);
    bench.outbox.start();
    await bench.time.run(1);
    bench.record(limit(bench, FROM, 1), limit(bench, FROM, 2));
    await bench.time.run(1);
    expect(limitThere(bench, FROM)).toBe(2n);
    const before = revisions(bench);
    await bench.restart();
    expect(bench.requests.at(-1)).toBe('from: EdgeLimitChange EdgeLimitChange');
    expect(revisions(bench)).toEqual(before);
    // The first of the two has been replaced there: it is past, not refused.
    expect(bench.refused).toEqual([]);
    expect(bench.outbox.standing(FROM.id).waiting).toBe(0);
  });

  it('goes on from the cursor after a restart, and sends nothing that was settled', async () => {
    const bench = await running();
    bench.record(limit(bench, FROM, 1));
    await bench.time.run(1);
    bench.requests.length = 0;
    await bench.restart();
    expect(bench.requests).toEqual([]);
    bench.outbox.stop();
    bench.book.accept(limit(bench, FROM, 2));
    await bench.restart();
    expect(bench.requests).toEqual(['from: EdgeLimitChange']);
    expect(limitThere(bench, FROM)).toBe(2n);
  });

  it('a cursor into a log that was restored from an older copy counts for nothing', async () => {
    const bench = await running();
    bench.store.settle(FROM.id, { revision: 3, eventId: testHash('of another life') }, []);
    await bench.restart();
    expect(bench.requests).toContain('from: KeyDelegation');
  });
});

describe('a refusal', () => {
  const final: ShareOutcome = { kind: 'refused', refusal: { reason: 'key_expired' } };
  const passing: ShareOutcome = { kind: 'refused', refusal: { reason: 'edge_disputed' } };

  it('that is final is noted with its reason, and what comes later goes on', async () => {
    const bench = await running();
    bench.fate = () => final;
    bench.record(limit(bench, FROM, 1));
    await bench.time.run(1);
    bench.fate = () => 'delivered';
    bench.record(settlementRequest(bench.ends.world, DEBTOR, bench.ends.fromEdge, 5n));
    await bench.time.run(1);
    expect(bench.refused).toEqual(['from EdgeLimitChanged key_expired final']);
    expect(bench.store.refused(FROM.id)).toMatchObject([{ reason: 'key_expired', isFinal: true }]);
    expect(bench.ends.books.from.events.at(-1)?.type).toBe('SettlementRequested');
    expect(bench.outbox.standing(FROM.id).waiting).toBe(0);
  });

  it('that passes holds later objects until it has passed', async () => {
    const bench = await running();
    let left = 2;
    bench.fate = () => (left-- > 0 ? passing : 'delivered');
    bench.record(limit(bench, FROM, 1), limit(bench, FROM, 2));
    await bench.time.run(60_000);
    expect(limitThere(bench, FROM)).toBe(2n);
    expect(bench.refused).toEqual([]);
  });

  it('that does not pass is set aside, later objects go on, and it is tried again', async () => {
    const bench = await running();
    bench.fate = (_to, [first]) => (first?.text.includes('EdgeLimit') ? passing : 'delivered');
    bench.record(limit(bench, FROM, 1));
    bench.record(settlementRequest(bench.ends.world, DEBTOR, bench.ends.fromEdge, 5n));
    await bench.time.run(30_000);
    expect(bench.refused).toContain('from EdgeLimitChanged edge_disputed set aside');
    expect(bench.outbox.standing(FROM.id).waiting).toBe(0);
    bench.fate = () => 'delivered';
    await bench.time.run(120_000);
    expect(limitThere(bench, FROM)).toBe(1n);
    expect(bench.store.refused(FROM.id).filter(({ isFinal }) => !isFinal)).toEqual([]);
    const count = bench.requests.length;
    await bench.time.run(600_000);
    expect(bench.requests).toHaveLength(count);
  });

  it('of a busy node is none: it is asked until it has looked', async () => {
    const bench = await running();
    bench.fate = () => ({ kind: 'refused', refusal: { reason: 'busy' } });
    bench.record(limit(bench, FROM, 1));
    await bench.time.run(600_000);
    expect(bench.refused).toEqual([]);
    bench.fate = () => 'delivered';
    await bench.time.run(60_000);
    expect(limitThere(bench, FROM)).toBe(1n);
  });

  it('an erased payload is noted, and nothing is sent for it', async () => {
    const bench = await running();
    bench.book.accept(limit(bench, FROM, 1));
    bench.book.causes.clear();
    bench.record(limit(bench, FROM, 2));
    await bench.time.run(1);
    expect(bench.refused).toEqual(['from EdgeLimitChanged payload_erased final']);
    expect(bench.requests[0]).toBe('from: EdgeLimitChange');
  });
});

describe('neighbours', () => {
  it('do not wait for one that never answers', async () => {
    const bench = await running();
    bench.fate = (to) => (to === FROM.id ? 'never answered' : 'delivered');
    const key = testKey('a new key').id;
    bench.record(limit(bench, FROM, 1), delegation(bench.ends.world, DEBTOR, { key }));
    bench.record(limit(bench, TO, 1));
    await bench.time.run(1);
    expect(limitThere(bench, TO)).toBe(1n);
    expect(bench.ends.books.to.state.keys.has(`${DEBTOR.id}/${key}`)).toBe(true);
    expect(bench.outbox.standing(TO.id).waiting).toBe(0);
    expect(bench.outbox.standing(FROM.id).waiting).toBe(2);
  });

  it('flush tries at once, and resolves when a try has failed', async () => {
    const bench = await running();
    bench.fate = () => 'lost';
    bench.record(limit(bench, FROM, 1));
    await bench.time.run(60_000);
    await bench.outbox.flush(FROM.id);
    expect(bench.outbox.standing(FROM.id).waiting).toBe(1);
    bench.fate = () => 'delivered';
    await bench.outbox.flush(FROM.id);
    expect(bench.outbox.standing(FROM.id).waiting).toBe(0);
    expect(limitThere(bench, FROM)).toBe(1n);
  });

  it('get nothing any more after a stop', async () => {
    const bench = await running();
    bench.outbox.stop();
    bench.record(limit(bench, FROM, 1));
    await bench.outbox.flush(FROM.id);
    await bench.time.run(60_000);
    expect(bench.requests).toEqual([]);
  });

  it('behind by more than is kept in memory are served from the log, each object once', async () => {
    const bench = await running();
    bench.fate = () => 'lost';
    for (let i = 1; i <= 700; i++) bench.record(limit(bench, FROM, i));
    await bench.time.run(1);
    bench.fate = () => 'delivered';
    await bench.outbox.flush(FROM.id);
    await bench.time.run(60_000);
    expect(limitThere(bench, FROM)).toBe(700n);
    expect(bench.outbox.standing(FROM.id)).toMatchObject({ waiting: 0 });
    expect(bench.refused).toEqual([]);
  });
});
