// Goal: agents carry payments across books whatever the wire does. Method: one agent and one fake book
// a party, the kernel's own decisions inside; a wire and a clock that the test drives.
import { balanceOf } from '@atomicity/kernel/credit/positions';
import type { Hop } from '@atomicity/kernel/hop/hop';
import { must } from '@atomicity/kernel/testing/world';
import { amount } from '@atomicity/kernel/units/amount';
import type { Hash } from '@atomicity/kernel/units/id';
import { describe, expect, it } from 'vitest';
import { Neighbourhood } from './testing/neighbourhood.ts';

/** alice – bob – carol – dave; bob and carol forward for 1 flat and 1 %. */
function street(settings = {}): Neighbourhood {
  const nodes = new Neighbourhood(
    [
      ['alice', 'bob'],
      ['bob', 'carol'],
      ['carol', 'dave'],
    ],
    settings,
  );
  nodes.offer('bob', { carol: 1_000_000n }, { feeBps: 100, feeFlat: amount(1n) });
  nodes.offer('carol', { dave: 1_000_000n }, { feeBps: 100, feeFlat: amount(1n) });
  return nodes;
}

const hopsOf = (nodes: Neighbourhood, name: string): readonly Hop[] =>
  [...nodes.node(name).book.state().hops.values()].sort((a, b) => a.terms.at - b.terms.at);

const statuses = (nodes: Neighbourhood, name: string) =>
  hopsOf(nodes, name).map(({ terms, status }) => `${terms.side} ${status}`);

/** What `name` has on its edge with `other`, in its own book. */
function balance(nodes: Neighbourhood, name: string, other: string): bigint {
  const edge = must(nodes.node(name).book.state().edges.get(nodes.edgeId(name, other)), 'edge');
  return balanceOf(edge, nodes.node(name).party.id);
}

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
