// Goal: probes never ask for more than is left of maxProbeSpend, and say what they cost.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planOrder, routingMap, type Way } from '../testing/offers.ts';
import { START, testParty } from '../testing/world.ts';
import { amount } from '../units/amount.ts';
import { routingFee } from './fee-policy.ts';
import { planPayment } from './plan-payment.ts';
import { planProbes } from './plan-probes.ts';

function partsOver(ways: readonly Way[], of = 1_000n) {
  const { index, own } = routingMap(ways);
  const outcome = planPayment(index, own, planOrder('dave', of), START, { holdMsMax: 60_000 });
  if (outcome.kind === 'refused') throw new Error(outcome.refusal.reason);
  return outcome.plan.parts;
}

const abreast = (policies: readonly { feeFlat: bigint; amountMin: bigint; capacity: bigint }[]) =>
  policies.flatMap(({ feeFlat, amountMin, capacity }, i): Way[] => [
    ['payer', `hop ${i}`, 10_000n],
    [`hop ${i}`, 'dave', capacity, { feeFlat: amount(feeFlat), amountMin: amount(amountMin) }],
  ]);

describe('probes', () => {
  test('cost at most what is left, and exactly what they state', () => {
    const policies = fc.array(
      fc.record({
        feeFlat: fc.bigInt({ min: 0n, max: 20n }),
        amountMin: fc.bigInt({ min: 1n, max: 200n }),
        capacity: fc.bigInt({ min: 400n, max: 1_200n }),
      }),
      { minLength: 4, maxLength: 4 },
    );
    const amounts = fc.bigInt({ min: 0n, max: 500n });
    fc.assert(
      fc.property(policies, amounts, fc.bigInt({ min: 1n, max: 50n }), (asked, left, size) => {
        const parts = partsOver(abreast(asked));
        const outcome = planProbes(parts, amount(left), amount(size));
        if (outcome.kind === 'refused') return;
        const { probes, spend } = outcome.plan;
        expect(spend).toBeLessThanOrEqual(left);
        expect(probes.reduce((sum, probe) => sum + probe.amount + probe.fee, 0n)).toBe(spend);
        for (const probe of probes) {
          expect(probe.amount).toBeGreaterThanOrEqual(size);
          const kept = probe.route.offered.map(({ policy }) => routingFee(policy, probe.amount));
          expect(probe.forwarders.map(({ fee }) => fee)).toEqual(kept);
        }
      }),
      { verbose: 1 },
    );
  });

  const policies = [
    { feeFlat: 1n, amountMin: 1n, capacity: 700n },
    { feeFlat: 0n, amountMin: 5n, capacity: 600n },
  ];

  test('try the least likely way first, with as little as it forwards', () => {
    const parts = partsOver(abreast(policies));
    const outcome = planProbes(parts, amount(100n));
    if (outcome.kind === 'refused') throw new Error(outcome.refusal.reason);
    const cost = outcome.plan.probes.map(({ to, amount: of, fee }) => [to, of, fee]);
    expect(cost).toHaveLength(2);
    expect(cost).toContainEqual([testParty('hop 0').id, 1n, 1n]);
    expect(cost).toContainEqual([testParty('hop 1').id, 5n, 0n]);
    expect(outcome.plan.spend).toBe(7n);
  });

  test('are left out where they no longer fit', () => {
    const parts = partsOver(abreast(policies));
    const spends = [7n, 6n, 2n].map((left) => {
      const outcome = planProbes(parts, amount(left));
      return outcome.kind === 'planned' ? outcome.plan.spend : undefined;
    });
    expect(spends).toEqual([7n, 2n, 2n]);
    expect(planProbes(parts, amount(1n))).toMatchObject({
      kind: 'refused',
      refusal: { reason: 'probe_spend_exhausted', facts: { left: '1', needed: '2' } },
    });
  });

  test('are not needed where the way is certain', () => {
    const parts = partsOver([['payer', 'dave', 10_000n]]);
    expect(planProbes(parts, amount(0n))).toEqual({
      kind: 'planned',
      plan: { probes: [], spend: 0n },
    });
  });
});
