// Goal: a payment right after a start waits for the offers of neighbours, no longer than they may take,
// and one without a route ends at once when they are all here. Method: a street whose offers come late.
import { describe, expect, it } from 'vitest';
import { Neighbourhood } from '../testing/neighbourhood.ts';
import { statuses } from '../testing/streets.ts';

/** alice has heard no offers yet, and pays dave. */
async function started(expiresInMs = 600_000) {
  const nodes = new Neighbourhood([
    ['alice', 'bob'],
    ['bob', 'dave'],
  ]);
  const alice = nodes.node('alice');
  alice.routing.heard = false;
  const intent = nodes.intent('dave', 1_000n);
  await alice.agent.pay(nodes.request('alice', intent, { expiresInMs }));
  await nodes.time.run(500);
  return { nodes, alice, payment: () => alice.agent.payment(intent.id) };
}

const FAILED = { status: 'failed', reason: 'no_route', hop: null, vouchers: [] };

describe('a payment that finds no route', () => {
  it('before offers came round waits for them', async () => {
    const { nodes, payment } = await started();
    await nodes.time.run(3_000);
    expect(payment()).toMatchObject({ status: 'planned', reason: null, rounds: 0 });
    nodes.offer('bob', { dave: 1_000_000n });
    await nodes.time.run(2_000);
    expect(payment()).toMatchObject({ status: 'finalized', reason: null, rounds: 1 });
    expect(statuses(nodes, 'alice')).toEqual(['payer active']);
  });

  it('waits on after a restart', async () => {
    const { nodes, alice, payment } = await started();
    alice.restart();
    await nodes.time.run(3_000);
    nodes.offer('bob', { dave: 1_000_000n });
    await nodes.time.run(2_000);
    expect(payment()?.status).toBe('finalized');
  });

  it('ends when every neighbour has told what it has', async () => {
    const { nodes, alice, payment } = await started();
    alice.routing.heard = true;
    await nodes.time.run(1_000);
    expect(payment()).toMatchObject(FAILED);
    expect(alice.agent.pendingCount).toBe(0);
  });

  it.each([
    ['half a minute', 600_000, 29_000],
    ['the time of its order', 5_000, 4_000],
  ])('ends after %s whatever comes', async (_what, expiresInMs, waits) => {
    const { nodes, alice, payment } = await started(expiresInMs);
    await nodes.time.run(waits);
    expect(payment()?.status).toBe('planned');
    await nodes.time.run(1_000);
    expect(payment()).toMatchObject(FAILED);
    expect(alice.agent.pendingCount).toBe(0);
  });

  it('sends nothing once its agent is stopped', async () => {
    const { nodes, alice, payment } = await started();
    alice.agent.stop();
    nodes.offer('bob', { dave: 1_000_000n });
    await nodes.time.run(60_000);
    expect(payment()?.status).toBe('planned');
    expect(statuses(nodes, 'alice')).toEqual([]);
  });
});
