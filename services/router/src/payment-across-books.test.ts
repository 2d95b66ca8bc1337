// Goal: agents carry payments across books whatever the wire does. Method: one agent and one fake book
// a party, the kernel's own decisions inside; a wire and a clock that the test drives.
import { must } from '@atomicity/kernel/testing/world';
import { amount } from '@atomicity/kernel/units/amount';
import type { Hash } from '@atomicity/kernel/units/id';
import { describe, expect, it } from 'vitest';
import type { Neighbourhood } from './testing/neighbourhood.ts';
import { balance, differences, hopsOf, square, statuses, street } from './testing/streets.ts';

async function pay(nodes: Neighbourhood, of = 1_000n, change = {}): Promise<Hash> {
  const intent = nodes.intent('dave', of);
  const outcome = await nodes.node('alice').agent.pay(nodes.request('alice', intent, change));
  expect(outcome.kind).toBe('taken');
  return intent.id;
}

describe('a payment over three hops', () => {
  it('is final at every end, each hop keeps its fee, and nothing is left to do', async () => {
    const nodes = street();
    const intent = await pay(nodes);
    await nodes.time.run(2_000);

    expect(nodes.node('alice').agent.payment(intent)).toMatchObject({
      status: 'finalized',
      paid: 1_000n,
      fees: 22n,
      rounds: 1,
    });
    expect(balance(nodes, 'alice', 'bob')).toBe(-1_022n);
    expect(balance(nodes, 'bob', 'alice')).toBe(1_022n);
    expect(balance(nodes, 'bob', 'carol')).toBe(-1_011n);
    expect(balance(nodes, 'carol', 'bob')).toBe(1_011n);
    expect(balance(nodes, 'carol', 'dave')).toBe(-1_000n);
    expect(balance(nodes, 'dave', 'carol')).toBe(1_000n);
    for (const node of nodes.nodes()) expect(node.agent.pendingCount).toBe(0);
  });
});

describe('a payment in parts', () => {
  it('goes over two paths, and one receipt makes all of it final', async () => {
    const nodes = square();
    const intent = await pay(nodes);
    await nodes.time.run(3_000);

    expect(nodes.node('alice').agent.payment(intent)).toMatchObject({
      status: 'finalized',
      paid: 1_000n,
      fees: 2n,
    });
    expect(balance(nodes, 'dave', 'bob') + balance(nodes, 'dave', 'carol')).toBe(1_000n);
    const parts = hopsOf(nodes, 'dave');
    expect(parts.map(({ status }) => status)).toEqual(['active', 'active']);
    expect(new Set(parts.map(({ finalize }) => finalize?.sig)).size).toBe(1);
    expect(parts.every(({ commitReceipt }) => commitReceipt !== null)).toBe(true);
  });

  it('lapses whole when one part does not arrive: no partial, no refund', async () => {
    const nodes = square({ roundsMax: 1 });
    nodes.fate = (from, to, message) =>
      from === 'carol' && to === 'dave' && message.objects.length > 0 ? 'lost' : 'delivered';
    const intent = await pay(nodes);
    await nodes.time.run(120_000);

    expect(nodes.node('alice').agent.payment(intent)).toMatchObject({ status: 'lapsed', paid: 0n });
    for (const name of ['bob', 'carol']) {
      expect(balance(nodes, 'alice', name)).toBe(0n);
      expect(balance(nodes, 'dave', name)).toBe(0n);
    }
    for (const node of nodes.nodes()) {
      expect([...node.book.state().hops.values()].map(({ status }) => status)).not.toContain(
        'held',
      );
      expect(node.agent.pendingCount).toBe(0);
    }
  });

  it('is delivered in part where the receiver said so, shortly before it would lapse', async () => {
    const nodes = square({ roundsMax: 1 });
    nodes.fate = (from, to, message) =>
      from === 'carol' && to === 'dave' && message.objects.length > 0 ? 'lost' : 'delivered';
    const intent = nodes.intent('dave', 1_000n, { minDeliverable: amount(300n) });
    await nodes.node('alice').agent.pay(nodes.request('alice', intent));
    await nodes.time.run(120_000);

    const view = must(nodes.node('alice').agent.payment(intent.id), 'payment');
    expect(view.status).toBe('finalized');
    expect(view.paid).toBe(balance(nodes, 'dave', 'bob'));
    expect(balance(nodes, 'dave', 'carol')).toBe(0n);
  });
});

describe('whatever the wire does', () => {
  it.each([
    ['every message arrives twice', () => 'twice' as const],
    [
      'every first try is lost',
      (tries: number) => (tries === 0 ? ('lost' as const) : ('delivered' as const)),
    ],
    [
      'every first answer is lost',
      (tries: number) => (tries === 0 ? ('answer_lost' as const) : ('delivered' as const)),
    ],
  ])('%s: the payment is final once', async (_what, fateOf) => {
    const nodes = street();
    const tries = new Map<string, number>();
    nodes.fate = (from, to, message) => {
      const key = `${from} ${to} ${message.objects[0] ?? 'ping'}`;
      const before = tries.get(key) ?? 0;
      tries.set(key, before + 1);
      return fateOf(before);
    };
    const intent = await pay(nodes);
    await nodes.time.run(10_000);

    expect(nodes.node('alice').agent.payment(intent)?.status).toBe('finalized');
    expect(differences(nodes)).toBe('0,0,0');
    expect(balance(nodes, 'dave', 'carol')).toBe(1_000n);
    for (const node of nodes.nodes()) expect(node.agent.pendingCount).toBe(0);
  });

  it('a claim is repeated until the payer answers, long after the hold would have lapsed', async () => {
    const nodes = street();
    let isCut = false;
    nodes.fate = (from, to) =>
      isCut && from === 'carol' && to === 'bob' ? 'answer_lost' : 'delivered';
    nodes.onArrival = (to) => {
      // Carol has claimed of bob, who recorded it; his answers are lost for an hour.
      if (to.party.name === 'carol' && statuses(nodes, 'carol').includes('payee held'))
        isCut = true;
    };
    await pay(nodes);
    await nodes.time.run(3_600_000);
    expect(statuses(nodes, 'carol')).toEqual(['payee claimed', 'payer active']);
    expect(statuses(nodes, 'bob')).toEqual(['payee active', 'payer active']);
    isCut = false;
    await nodes.time.run(120_000);
    expect(statuses(nodes, 'carol')).toEqual(['payee active', 'payer active']);
    expect(differences(nodes)).toBe('0,0,0');
  });

  it('a claim that cannot get through is repeated every quarter of a second while it is worth money', async () => {
    const nodes = street();
    const tries: number[] = [];
    nodes.fate = (from, to) => {
      const isClaim =
        from === 'carol' && to === 'bob' && statuses(nodes, 'carol').includes('payee claimed');
      if (isClaim) tries.push(nodes.time.now());
      return isClaim ? 'lost' : 'delivered';
    };
    await pay(nodes);
    await nodes.time.run(60_000);
    const { state } = nodes.node('carol').book;
    const claimed = [...state().hops.values()].find(({ status }) => status === 'claimed');
    const { marginMs } = must(state().hosted.get(nodes.node('carol').party.id), 'hosting');
    const { deadline } = must(claimed, 'claim').terms;
    const urgent = tries.filter((at) => at < deadline + 2 * marginMs);
    const gaps = urgent.slice(1).map((at, i) => at - (urgent[i] ?? at));
    expect(urgent.length).toBeGreaterThan(marginMs / 250);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(251);
  });
});
