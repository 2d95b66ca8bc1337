// Goal: what one book records of an edge or its keys is in the other book in the end, in order and with
// one effect, whatever is lost; nothing that is refused holds up what comes after it, and no neighbour
// another. Method: the outbox of a debtor between two creditors over books in memory and virtual time.
import { delegation, revocation } from '@atomicity/kernel/testing/accounts';
import { DEBTOR, FROM, TO } from '@atomicity/kernel/testing/edge-ends';
import { settlementRequest } from '@atomicity/kernel/testing/edges';
import { testHash, testKey } from '@atomicity/kernel/testing/keys';
import { START } from '@atomicity/kernel/testing/world';
import { amount } from '@atomicity/kernel/units/amount';
import { describe, expect, it } from 'vitest';
import { limit, limitThere, ShareBench } from '../testing/share-bench.ts';
import type { ShareOutcome } from './share-ports.ts';

const revisions = ({ ends }: ShareBench) => [
  ends.books.from.state.revision,
  ends.books.to.state.revision,
];

async function running(): Promise<ShareBench> {
  const bench = new ShareBench();
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
