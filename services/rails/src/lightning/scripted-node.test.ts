import { describe, expect, it } from 'vitest';
import { describeLightningNodeContract } from './lightning-node-contract.ts';
import { type PaymentFault, ScriptedLightning } from './scripted-node.ts';

const signal = new AbortController().signal;
const LIMITS = { maxFeeMsat: 0n, timeoutMs: 1 };
const REQUEST = { amountMsat: 1_000n, descriptionHash: new Uint8Array(32), expirySeconds: 60 };

describeLightningNodeContract('scripted', async () => {
  const now = () => 1_800_000_000_000;
  const { payer, payee } = new ScriptedLightning({ now, routableMsat: 1_000_000n });
  return { payer, payee, unpayableMsat: 1_000_001n, stop: async () => undefined };
});

describe('a fault', () => {
  const run = async (fault: PaymentFault) => {
    const world = new ScriptedLightning({ now: () => 0 });
    world.faults.push(fault);
    const { bolt11, paymentHash } = await world.payee.createInvoice(REQUEST, signal);
    const answer = await world.payer.pay(bolt11, LIMITS, signal).then(
      ({ kind }) => kind,
      (error: unknown) => (error as { outcome: string }).outcome,
    );
    const { kind } = await world.payer.trackPayment(paymentHash, signal);
    return { world, paymentHash, seen: [answer, kind, world.received.length] };
  };

  it.each([
    ['fine', 'succeeded', 'succeeded', 1],
    ['refused', 'not_applied', 'absent', 0],
    ['lost_before', 'unknown', 'absent', 0],
    ['lost_after', 'unknown', 'succeeded', 1],
    ['in_flight', 'in_flight', 'in_flight', 0],
    ['fails', 'failed', 'failed', 0],
  ] as const)('%s answers %s, is %s, paid %d times', async (fault, ...seen) => {
    expect((await run(fault)).seen).toEqual(seen);
  });

  it.each([
    ['succeeds', 'succeeded', 1],
    ['fails', 'failed', 0],
  ] as const)('that leaves it in flight may end later: %s', async (how, kind, paid) => {
    const { world, paymentHash } = await run('in_flight');
    world.end(paymentHash, how);
    expect((await world.payer.trackPayment(paymentHash, signal)).kind).toBe(kind);
    expect(world.received).toHaveLength(paid);
  });
});
