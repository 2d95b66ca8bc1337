// Goal: a crash anywhere leaves nothing undone and does nothing twice. Method: count every append and
// every message of a payment, then repeat it with a crash at each of them, and let the node come back.
import type { Hash } from '@atomicity/kernel/units/id';
import { describe, expect, it } from 'vitest';
import type { Fault } from './testing/fake-book.ts';
import type { Neighbourhood } from './testing/neighbourhood.ts';
import { balance, differences, square, street } from './testing/streets.ts';

/** Long enough for every hold to lapse and every retry to come. */
const SETTLED_MS = 120_000;
const RESTART_MS = 40;

async function pay(nodes: Neighbourhood): Promise<Hash> {
  const intent = nodes.intent('dave', 1_000n);
  const request = nodes.request('alice', intent);
  // Whoever asked and got no answer, or no room, asks again.
  const again = (): unknown => nodes.time.after(RESTART_MS + 1, ask);
  const ask = (): void => {
    nodes
      .node('alice')
      .agent.pay(request)
      .then(({ kind }) => (kind === 'refused' ? again() : undefined), again);
  };
  ask();
  await nodes.time.run(SETTLED_MS);
  return intent.id;
}

/** A node whose agent halts comes back a little later, as a process that is started again does. */
function revive(nodes: Neighbourhood): void {
  for (const node of nodes.nodes()) {
    node.onHalt = () => nodes.time.after(RESTART_MS, () => node.restart());
  }
}

function expectPaid(nodes: Neighbourhood, intent: Hash, what: string): void {
  const view = nodes.node('alice').agent.payment(intent);
  expect([what, view?.status, view?.paid]).toEqual([what, 'finalized', 1_000n]);
  const received = ['bob', 'carol', 'dave'].map((name) => nodes.node(name).agent.pendingCount);
  expect([what, ...received]).toEqual([what, 0, 0, 0]);
}

async function count(make: () => Neighbourhood) {
  const nodes = make();
  let appends = 0;
  let messages = 0;
  for (const { book } of nodes.nodes()) {
    book.fault = () => {
      appends += 1;
      return undefined;
    };
  }
  nodes.onArrival = () => {
    messages += 1;
  };
  await pay(nodes);
  return { appends, messages };
}

async function withFault(make: () => Neighbourhood, at: number, fault: Fault) {
  const nodes = make();
  revive(nodes);
  let appends = 0;
  for (const { book } of nodes.nodes()) book.fault = () => (appends++ === at ? fault : undefined);
  const intent = await pay(nodes);
  expect(appends).toBeGreaterThan(at);
  return { nodes, intent };
}

/** Kills one of the two nodes of a message: before it is taken, or after it is answered. */
async function withKill(make: () => Neighbourhood, at: number, whom: 'sender' | 'taker') {
  const nodes = make();
  let messages = 0;
  nodes.fate = (from, to) => {
    if (messages++ !== at) return 'delivered';
    nodes.node(whom === 'sender' ? from : to).restart();
    return whom === 'sender' ? 'delivered' : 'answer_lost';
  };
  const intent = await pay(nodes);
  return { nodes, intent };
}

const received = (nodes: Neighbourhood): bigint =>
  ['bob', 'carol'].reduce((sum, name) => sum + balance(nodes, 'dave', name), 0n);

describe.each(['recorded_but_unknown', 'lost', 'busy'] as const)(
  'an append that is %s',
  (fault) => {
    it('over three hops: the payment is final once, whichever append it was', async () => {
      const { appends } = await count(street);
      expect(appends).toBeGreaterThan(12);
      for (let at = 0; at < appends; at++) {
        const { nodes, intent } = await withFault(street, at, fault);
        expectPaid(nodes, intent, `append ${at}`);
        expect([at, differences(nodes)]).toEqual([at, '0,0,0']);
        expect([at, balance(nodes, 'dave', 'carol')]).toEqual([at, 1_000n]);
      }
    });

    it('over two paths: all or nothing, whichever append it was', async () => {
      const { appends } = await count(square);
      for (let at = 0; at < appends; at++) {
        const { nodes, intent } = await withFault(square, at, fault);
        expectPaid(nodes, intent, `append ${at}`);
        expect([at, received(nodes)]).toEqual([at, 1_000n]);
      }
    });
  },
);

describe.each(['sender', 'taker'] as const)('a crash of the %s of a message', (whom) => {
  it('over three hops: the payment is final once, whichever message it was', async () => {
    const { messages } = await count(street);
    for (let at = 0; at < messages; at++) {
      const { nodes, intent } = await withKill(street, at, whom);
      expectPaid(nodes, intent, `message ${at}`);
      expect([at, differences(nodes)]).toEqual([at, '0,0,0']);
    }
  });
});

describe('a payment that ended before a restart', () => {
  it('is told from the hops of an index as from all hops of the book', async () => {
    const nodes = street();
    const intent = await pay(nodes);
    nodes.node('alice').restart();
    const { agent, book } = nodes.node('alice');
    const hops = [...book.state().hops.keys()] as Hash[];
    expect(agent.payment(intent, hops)).toEqual(agent.payment(intent));
    expect(agent.payment(intent, [])?.vouchers).toEqual([]);
  });
});
