// Goal: every plan keeps what the order and the hops ask for, whatever was offered, learnt and
// signalled. Method: random graphs and orders; every plan is checked against the rules of the book.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { delegation } from '../testing/accounts.ts';
import { planOrder, routingMap, routingSignal, type Way } from '../testing/offers.ts';
import { createWorld, START, testParty, USD } from '../testing/world.ts';
import { amount } from '../units/amount.ts';
import { policyHash, routingFee } from './fee-policy.ts';
import type { PaymentPlan, PlanOptions, PlanOutcome } from './plan.ts';
import { planPayment, replan } from './plan-payment.ts';
import { type RoutingIndex, recordOutcomes } from './routing-index.ts';
import { SIGNAL_WEIGHT_MAX, takeSignal } from './signal-prior.ts';

const HOPS = ['alice', 'bob', 'carol', 'erin'];

const policies = fc.record({
  feeBps: fc.integer({ min: 0, max: 300 }),
  feeFlat: fc.bigInt({ min: 0n, max: 10n }).map(amount),
  amountMin: fc.constantFrom(1n, 1n, 50n).map(amount),
  amountMax: fc.constantFrom(100_000n, 400n).map(amount),
  marginMs: fc.constantFrom(500, 1_000, 4_000),
});

const pairs = ['payer', ...HOPS].flatMap((from) =>
  [...HOPS, 'dave'].filter((to) => to !== from).map((to) => [from, to] as const),
);

const maps: fc.Arbitrary<readonly Way[]> = fc
  .record({
    asked: fc.array(policies, { minLength: 5, maxLength: 5 }),
    capacities: fc.array(fc.option(fc.bigInt({ min: 1n, max: 2_000n }), { nil: undefined }), {
      minLength: pairs.length,
      maxLength: pairs.length,
    }),
  })
  .map(({ asked, capacities }) =>
    pairs.flatMap(([from, to], i): Way[] => {
      const capacity = capacities[i];
      const policy = asked[HOPS.indexOf(from)] ?? {};
      return capacity === undefined ? [] : [[from, to, capacity, policy]];
    }),
  );

const orders = fc.record({
  of: fc.bigInt({ min: 1n, max: 2_500n }),
  maxFee: fc.constantFrom(20n, 200n, 10_000n).map(amount),
});

const options: fc.Arbitrary<PlanOptions> = fc.record({
  holdMsMax: fc.constantFrom(15_000, 20_000, 60_000),
  partsMax: fc.integer({ min: 1, max: 5 }),
  hopsMax: fc.integer({ min: 1, max: 8 }),
});

const signalled = fc.array(
  fc.record({
    hop: fc.constantFrom(...HOPS),
    observed: fc.constantFrom('success' as const, 'failure' as const),
    magnitude: fc.integer({ min: 0, max: 4 }),
  }),
  { maxLength: 30 },
);

function withSignals(
  index: RoutingIndex,
  list: readonly { hop: string; observed: 'success' | 'failure'; magnitude: number }[],
) {
  const world = createWorld({ crypto: 'none', seed: 'signals' });
  const neighbours = new Set(HOPS.map((name) => testParty(name).id));
  let { signals } = index;
  for (const [i, { hop, observed, magnitude }] of list.entries()) {
    const origin = testParty(hop);
    const change = { observed, magnitude, sequence: i + 1 };
    const signal = routingSignal(world, origin, testParty('dave'), change);
    const sender = { from: origin.id, neighbours };
    const taken = takeSignal(signals, signal, delegation(world, origin), sender, START);
    if (taken.kind === 'taken') signals = taken.prior;
  }
  return { ...index, signals };
}

const costWithoutSignals = (plan: PaymentPlan) =>
  0.01 * (plan.parts.length - 1) +
  (10 * Number(plan.fee)) / Number(plan.amount) -
  plan.parts.reduce((sum, part) => sum + Math.log(part.successProbability), 0);

function checkPlan(ways: readonly Way[], plan: PaymentPlan, of: bigint, given: PlanOptions) {
  expect(plan.parts.reduce((sum, part) => sum + part.amount, 0n)).toBe(of);
  expect(plan.parts.reduce((sum, part) => sum + part.fee, 0n)).toBe(plan.fee);
  expect(plan.parts.length).toBeLessThanOrEqual(given.partsMax ?? 4);
  const ownTaken = new Map<string, bigint>();
  const taken = new Set<string>();
  let p = 1;
  for (const part of plan.parts) {
    const { own, offered } = part.route;
    p *= part.successProbability;
    expect(part.ttlMs).toBeLessThanOrEqual(given.holdMsMax);
    expect(part.crossings.length).toBeLessThanOrEqual(given.hopsMax ?? 8);
    ownTaken.set(own.to, (ownTaken.get(own.to) ?? 0n) + part.amount + part.fee);
    // What the book checks hop by hop: each keeps exactly what its policy says.
    let fee: bigint = part.fee;
    for (const [i, step] of offered.entries()) {
      const kept = routingFee(step.policy, part.amount);
      expect(part.forwarders[i]).toEqual({
        party: step.from,
        policyHash: policyHash(step.policy),
        fee: kept,
      });
      expect(part.hops[i]).toEqual({ party: step.to, policyHash: step.policyHash });
      expect(part.crossings[i]?.amount).toBe(part.amount + fee);
      fee -= kept ?? 0n;
      expect(taken.has(step.key)).toBe(false);
      taken.add(step.key);
    }
    expect(fee).toBe(0n);
    expect(part.policyHash).toBe(part.hops[0]?.policyHash ?? null);
    expect(part.crossings.at(-1)?.to).toBe(testParty('dave').id);
  }
  expect(plan.successProbability).toBeCloseTo(p, 9);
  for (const [from, to, capacity] of ways) {
    const spent = from === 'payer' ? ownTaken.get(testParty(to).id) : undefined;
    if (spent !== undefined) expect(spent).toBeLessThanOrEqual(capacity);
  }
}

describe('a plan', () => {
  test('delivers exactly the amount, at published fees, within every limit', () => {
    fc.assert(
      fc.property(maps, orders, options, signalled, (ways, { of, maxFee }, given, list) => {
        const { index, own } = routingMap(ways);
        const order = planOrder('dave', of, { maxFee });
        const outcome = planPayment(withSignals(index, list), own, order, START, given);
        if (outcome.kind === 'refused') return;
        expect(outcome.plan.fee).toBeLessThanOrEqual(maxFee);
        checkPlan(ways, outcome.plan, of, given);
      }),
      { verbose: 1, numRuns: 150 },
    );
  });

  test('is the same for the same knowledge, in whatever order it came', () => {
    fc.assert(
      fc.property(maps, orders, options, (ways, { of, maxFee }, given) => {
        const order = planOrder('dave', of, { maxFee });
        const [one, other] = [routingMap(ways), routingMap(ways.toReversed())];
        expect(planPayment(other.index, other.own, order, START, given)).toEqual(
          planPayment(one.index, one.own, order, START, given),
        );
      }),
      { verbose: 1, numRuns: 60 },
    );
  });

  test('exists with signals exactly when it does without, and is no worse than their weight', () => {
    fc.assert(
      fc.property(maps, orders, options, signalled, (ways, { of, maxFee }, given, list) => {
        const { index, own } = routingMap(ways);
        const order = planOrder('dave', of, { maxFee });
        const without = planPayment(index, own, order, START, given);
        const hinted = planPayment(withSignals(index, list), own, order, START, given);
        const reasonOf = (outcome: PlanOutcome) =>
          outcome.kind === 'refused' ? outcome.refusal.reason : undefined;
        expect(reasonOf(hinted)).toBe(reasonOf(without));
        if (hinted.kind === 'refused' || without.kind === 'refused') return;
        const worse = costWithoutSignals(hinted.plan) - costWithoutSignals(without.plan);
        expect(worse).toBeLessThanOrEqual(2 * SIGNAL_WEIGHT_MAX + 1e-9);
        expect(without.plan.cost).toBeCloseTo(costWithoutSignals(without.plan), 9);
      }),
      { verbose: 1, numRuns: 120 },
    );
  });

  test('after a part failed avoids where it failed and what open parts use', () => {
    fc.assert(
      fc.property(maps, orders, fc.nat(7), fc.nat(3), (ways, { of, maxFee }, at, which) => {
        const { index, own } = routingMap(ways);
        const order = planOrder('dave', of, { maxFee });
        const given = { holdMsMax: 60_000, partsMax: 4 };
        const first = planPayment(index, own, order, START, given);
        if (first.kind === 'refused') return;
        const { parts } = first.plan;
        const lost = parts[which % parts.length];
        const edge = lost?.crossings[at % lost.crossings.length];
        if (lost === undefined || edge === undefined) return;
        const open = parts.filter((part) => part !== lost);
        const learnt = recordOutcomes(index, [{ ...edge, kind: 'failed' }], START);
        const left = own.map((ownEdge) => {
          const held = open.filter((part) => part.edge === ownEdge.edge);
          const taken = held.reduce((sum, part) => sum + part.amount + part.fee, 0n);
          return { ...ownEdge, capacity: amount(ownEdge.capacity - taken) };
        });
        const feeInUse = amount(open.reduce((sum, part) => sum + part.fee, 0n));
        const rest = { amount: lost.amount, feeInUse, failed: [edge], open };
        const second = replan(learnt, left, order, rest, START, given);
        if (second.kind === 'refused') return;
        checkPlan(ways, { ...second.plan }, lost.amount, given);
        expect(second.plan.parts.length + open.length).toBeLessThanOrEqual(4);
        expect(second.plan.fee + feeInUse).toBeLessThanOrEqual(maxFee);
        const used = new Set(open.flatMap(({ route }) => route.offered.map(({ key }) => key)));
        for (const { crossings, route } of second.plan.parts) {
          expect(crossings).not.toContainEqual(
            expect.objectContaining({ from: edge.from, to: edge.to }),
          );
          for (const { key } of route.offered) expect(used.has(key)).toBe(false);
        }
      }),
      { verbose: 1, numRuns: 120 },
    );
  });

  test('in one denomination uses no offer of another', () => {
    const { index, own } = routingMap([
      ['payer', 'alice', 1_000n],
      ['alice', 'dave', 1_000n, { denomination: 'EUR/6' as typeof USD }],
    ]);
    const outcome = planPayment(index, own, planOrder('dave', 10n), START, { holdMsMax: 60_000 });
    expect(outcome).toMatchObject({ kind: 'refused', refusal: { reason: 'no_route' } });
  });
});
