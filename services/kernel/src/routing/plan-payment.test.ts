import { describe, expect, test } from 'vitest';
import { ownEdge, planOrder, routingMap, type Way } from '../testing/offers.ts';
import { START, testParty } from '../testing/world.ts';
import { AMOUNT_MAX, amount } from '../units/amount.ts';
import { unixMs } from '../units/time.ts';
import { BELIEF_HALF_LIFE_MS } from './edge-beliefs.ts';
import { policyHash } from './fee-policy.ts';
import type { PaymentPlan, PlanOptions, PlanOrder, PlanOutcome } from './plan.ts';
import { planPayment, replan } from './plan-payment.ts';
import { recordOutcomes } from './routing-index.ts';

const party = (name: string) => testParty(name).id;
const TIMES = { holdMsMax: 60_000, finalWindowMs: 5_000, hopMs: 500, receiverMarginMs: 2_000 };

function outcomeOf(
  ways: readonly Way[],
  of: bigint,
  options: Partial<PlanOptions> = {},
  terms: Partial<PlanOrder> = {},
): PlanOutcome {
  const { index, own } = routingMap(ways);
  return planPayment(index, own, planOrder('dave', of, terms), START, { ...TIMES, ...options });
}

function planned(outcome: PlanOutcome): PaymentPlan {
  if (outcome.kind === 'refused') throw new Error(JSON.stringify(outcome.refusal));
  return outcome.plan;
}

const refused = (outcome: PlanOutcome) =>
  outcome.kind === 'refused' ? [outcome.refusal.reason, outcome.refusal.facts] : undefined;

const IN_A_ROW: Way[] = [
  ['payer', 'bob', 10_000n],
  ['bob', 'carol', 10_000n, { feeBps: 100, feeFlat: amount(2n), marginMs: 1_000 }],
  ['carol', 'dave', 10_000n, { feeBps: 50, feeFlat: amount(1n), marginMs: 3_000 }],
];

describe('a part over three hops', () => {
  const plan = planned(outcomeOf(IN_A_ROW, 1_001n));
  const [part] = plan.parts;

  test('says what the first voucher and every later one says', () => {
    // Bob keeps 2 + ⌈10.01⌉ = 13, Carol 1 + ⌈5.005⌉ = 7; both of what Dave gets.
    const hash = (at: number) => {
      const step = part?.route.offered[at];
      return step && policyHash(step.policy);
    };
    expect(part).toMatchObject({
      to: party('bob'),
      amount: 1_001n,
      fee: 20n,
      policyHash: hash(0),
      hops: [
        { party: party('carol'), policyHash: hash(0) },
        { party: party('dave'), policyHash: hash(1) },
      ],
      forwarders: [
        { party: party('bob'), policyHash: hash(0), fee: 13n },
        { party: party('carol'), policyHash: hash(1), fee: 7n },
      ],
    });
    expect(part?.crossings.map(({ to, amount: of }) => [to, of])).toEqual([
      [party('bob'), 1_021n],
      [party('carol'), 1_008n],
      [party('dave'), 1_001n],
    ]);
    expect(plan.successProbability).toBeCloseTo((1 - 0.1008) * (1 - 0.1001), 12);
  });

  test('has time for every margin, every hop and the final window', () => {
    expect(part?.ttlMs).toBe(1_000 + 3_000 + 2_000 + 3 * 500 + 5_000);
  });

  test('takes the receiver’s margin from its own offer where it makes one', () => {
    const ways: Way[] = [...IN_A_ROW, ['dave', 'erin', 1n, { marginMs: 9_000 }]];
    expect(planned(outcomeOf(ways, 1_001n)).parts[0]?.ttlMs).toBe(19_500);
  });

  test('is refused when the hold would last too long, by a millisecond', () => {
    expect(outcomeOf(IN_A_ROW, 1_001n, { holdMsMax: 12_500 }).kind).toBe('planned');
    expect(refused(outcomeOf(IN_A_ROW, 1_001n, { holdMsMax: 12_499 }))).toEqual([
      'hold_too_long',
      { ttlMs: 12_500, holdMsMax: 12_499 },
    ]);
    const soon = { expiresAt: unixMs(START + 12_499) };
    expect(refused(outcomeOf(IN_A_ROW, 1_001n, {}, soon))?.[0]).toBe('hold_too_long');
  });

  test('is refused when the fees pass maxFee, by one unit', () => {
    expect(outcomeOf(IN_A_ROW, 1_001n, {}, { maxFee: amount(20n) }).kind).toBe('planned');
    expect(refused(outcomeOf(IN_A_ROW, 1_001n, {}, { maxFee: amount(19n) }))).toEqual([
      'max_fee_exceeded',
      { fee: '20', maxFee: '19' },
    ]);
  });

  test('is refused over more edges than allowed, and never needs more than eight', () => {
    expect(refused(outcomeOf(IN_A_ROW, 1n, { hopsMax: 2 }))?.[0]).toBe('no_route');
    const names = ['payer', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'dave'];
    const chain = names.slice(1).map((to, i): Way => [names[i] ?? '', to, 1_000n]);
    expect(planned(outcomeOf(chain, 1n)).parts[0]?.crossings).toHaveLength(8);
    const longer: Way[] = [['payer', 'x', 1_000n], ['x', 'a', 1_000n], ...chain.slice(1)];
    expect(refused(outcomeOf(longer, 1n, { hopsMax: 99 }))?.[0]).toBe('no_route');
  });
});

describe('an order', () => {
  test('of nothing is refused', () => {
    expect(refused(outcomeOf(IN_A_ROW, 0n))?.[0]).toBe('amount_zero');
  });

  test('to a party that nobody offers to pay is refused', () => {
    expect(refused(outcomeOf(IN_A_ROW.slice(0, 2), 5n))).toEqual(['no_route', { amount: '5' }]);
  });

  test('uses its own edges exactly, and offered ones only below what they state', () => {
    expect(planned(outcomeOf([['payer', 'dave', 50n]], 50n)).successProbability).toBe(1);
    expect(refused(outcomeOf([['payer', 'dave', 50n]], 51n))?.[0]).toBe('no_route');
    const offered = (of: bigint) =>
      outcomeOf(
        [
          ['payer', 'bob', 100n],
          ['bob', 'dave', 50n],
        ],
        of,
      ).kind;
    expect([offered(49n), offered(50n)]).toEqual(['planned', 'refused']);
  });

  test('of the largest amount there is does not pass the bounds of amounts', () => {
    const most = AMOUNT_MAX;
    const ways: Way[] = [
      ['payer', 'bob', most],
      ['bob', 'dave', most, { feeBps: 1 }],
    ];
    expect(refused(outcomeOf(ways, most))?.[0]).toBe('no_route');
  });

  test('keeps to the amounts that a policy admits', () => {
    const limits = { amountMin: amount(100n), amountMax: amount(200n) };
    const ways: Way[] = [
      ['payer', 'bob', 10_000n],
      ['bob', 'dave', 10_000n, limits],
    ];
    const kinds = [99n, 100n, 200n, 201n].map((of) => outcomeOf(ways, of).kind);
    expect(kinds).toEqual(['refused', 'planned', 'planned', 'refused']);
  });

  test('does not use an own edge that ends before the hold', () => {
    const { index } = routingMap([['bob', 'dave', 1_000n]]);
    const own = [ownEdge('bob', 1_000n, { expiresAt: unixMs(START + 8_999) })];
    const order = planOrder('dave', 1n);
    expect(refused(planPayment(index, own, order, START, TIMES))?.[0]).toBe('no_route');
    const longer = [ownEdge('bob', 1_000n, { expiresAt: unixMs(START + 9_000) })];
    expect(planPayment(index, longer, order, START, TIMES).kind).toBe('planned');
  });
});

describe('parts', () => {
  const sizes = (ways: readonly Way[], of: bigint, options: Partial<PlanOptions> = {}) =>
    planned(outcomeOf(ways, of, options)).parts.map(({ to, amount: size }) => [to, size]);

  test('carry together what no route carries alone, each by its bottleneck', () => {
    const ways: Way[] = [
      ['payer', 'bob', 10_000n],
      ['bob', 'dave', 900n],
      ['payer', 'carol', 10_000n],
      ['carol', 'dave', 300n],
    ];
    // What is left of both is equal, and so is the chance of the next unit: 900 − 800 = 300 − 200.
    expect(sizes(ways, 1_000n)).toEqual([
      [party('bob'), 800n],
      [party('carol'), 200n],
    ]);
    expect(refused(outcomeOf(ways, 1_000n, { partsMax: 1 }))?.[0]).toBe('no_route');
  });

  test('share an own edge, whose capacity is known, but no offered one', () => {
    const ways: Way[] = [
      ['payer', 'bob', 1_000n],
      ['bob', 'carol', 600n],
      ['carol', 'dave', 600n],
      ['bob', 'erin', 600n],
      ['erin', 'dave', 600n],
    ];
    const plan = planned(outcomeOf(ways, 1_000n));
    expect(plan.parts.map(({ to, amount: size }) => [to, size])).toEqual([
      [party('bob'), 500n],
      [party('bob'), 500n],
    ]);
    expect(refused(outcomeOf(ways, 1_001n))?.[0]).toBe('no_route');
  });

  test('use own edges to the last unit', () => {
    const ways: Way[] = [
      ['payer', 'bob', 333n],
      ['bob', 'dave', 10_000n],
      ['payer', 'carol', 667n],
      ['carol', 'dave', 10_000n],
    ];
    expect(sizes(ways, 1_000n)).toEqual([
      [party('carol'), 667n],
      [party('bob'), 333n],
    ]);
  });

  test('go around a route that crosses two others', () => {
    // The best way for one part is payer–bob–erin–dave; it blocks both that carry the amount.
    const ways: Way[] = [
      ['payer', 'bob', 10_000n],
      ['bob', 'erin', 100_000n],
      ['bob', 'carol', 700n],
      ['carol', 'dave', 700n],
      ['payer', 'frank', 10_000n],
      ['frank', 'erin', 700n],
      ['erin', 'dave', 100_000n],
    ];
    const plan = planned(outcomeOf(ways, 1_000n, { hopsMax: 3 }));
    expect(plan.successProbability).toBeGreaterThan(0.9);
    const tight = ways.with(1, ['bob', 'erin', 720n]).with(6, ['erin', 'dave', 720n]);
    expect(planned(outcomeOf(tight, 1_000n)).parts).toHaveLength(2);
  });

  test('wait for each other: a short way has the time of a long one', () => {
    const ways: Way[] = [
      ['payer', 'bob', 10_000n],
      ['bob', 'dave', 600n, { marginMs: 1_000 }],
      ['payer', 'carol', 10_000n],
      ['carol', 'erin', 600n, { marginMs: 1_000 }],
      ['erin', 'dave', 600n, { marginMs: 1_000 }],
    ];
    const plan = planned(outcomeOf(ways, 1_000n));
    // Three hops of the longer way, 500 ms each, for both.
    expect(plan.parts.map(({ hops, ttlMs }) => [hops.length, ttlMs])).toEqual([
      [1, 1_000 + 2_000 + 5_000 + 1_500],
      [2, 2_000 + 2_000 + 5_000 + 1_500],
    ]);
  });

  test('are no more than the receiver waits for', () => {
    const ways = ['a', 'b', 'c', 'd', 'e'].flatMap((hop): Way[] => [
      ['payer', hop, 10_000n],
      [hop, 'dave', 300n],
    ]);
    expect(sizes(ways, 1_000n, { partsMax: 5 })).toHaveLength(5);
    expect(sizes(ways, 1_000n, { partsMax: 4 })).toHaveLength(4);
    expect(refused(outcomeOf(ways, 1_000n, { partsMax: 3 }))?.[0]).toBe('no_route');
  });

  test('of a cheap way are found where the likely one breaks maxFee', () => {
    const ways: Way[] = [
      ['payer', 'bob', 10_000n],
      ['bob', 'dave', 100_000n, { feeFlat: amount(50n) }],
      ['payer', 'carol', 10_000n],
      ['carol', 'dave', 1_001n],
    ];
    const options = { feeWeight: 0 };
    const free = planned(outcomeOf(ways, 1_000n, options, { maxFee: amount(0n) }));
    expect(free).toMatchObject({ fee: 0n, parts: [{ to: party('carol') }] });
  });
});

describe('what was learnt', () => {
  const ways: Way[] = [
    ['payer', 'bob', 10_000n],
    ['bob', 'dave', 2_000n],
    ['payer', 'carol', 10_000n],
    ['carol', 'dave', 1_500n],
  ];
  const { index, own } = routingMap(ways);
  const order = planOrder('dave', 1_000n);
  const single = { ...TIMES, partsMax: 1 };
  const first = planned(planPayment(index, own, order, START, single)).parts[0];
  if (first === undefined) throw new Error('no part');
  const failed = first.crossings.slice(1).map((edge) => ({ ...edge, kind: 'failed' as const }));

  test('sends the next attempt another way, and fades', () => {
    expect(first.to).toBe(party('bob'));
    const learnt = recordOutcomes(index, failed, START);
    const firstTo = (ms: number) => {
      // The offers stay what they were; only what was learnt grows old.
      const { offers } = routingMap(ways).index;
      const now = unixMs(START + Math.min(ms, 200_000));
      const aged = recordOutcomes(index, failed, unixMs(START - Math.max(0, ms - 200_000)));
      const plan = planPayment({ ...aged, offers }, own, order, now, single);
      return planned(plan).parts[0]?.to;
    };
    expect(planned(planPayment(learnt, own, order, START, single)).parts[0]?.to).toBe(
      party('carol'),
    );
    expect(firstTo(60_000)).toBe(party('carol'));
    expect(firstTo(20 * BELIEF_HALF_LIFE_MS)).toBe(party('bob'));
  });

  test('of an own edge is that the neighbour did not answer; the doubt fades too', () => {
    const [edge] = first.crossings;
    if (edge === undefined) throw new Error('no edge');
    const learnt = recordOutcomes(index, [{ ...edge, kind: 'failed' }], START);
    expect(planned(planPayment(learnt, own, order, START, single)).parts[0]?.to).toBe(
      party('carol'),
    );
    const only = recordOutcomes(
      routingMap(ways.slice(0, 2)).index,
      [{ ...edge, kind: 'failed' }],
      unixMs(START - BELIEF_HALF_LIFE_MS),
    );
    const again = planned(planPayment(only, own.slice(0, 1), order, START, single));
    expect(again.successProbability).toBeCloseTo(0.25, 12);
  });

  test('does not matter to another plan than the next: replan avoids the edge itself', () => {
    const rest = { amount: amount(1_000n), feeInUse: amount(0n), failed, open: [] };
    const next = planned(replan(index, own, order, rest, START, TIMES));
    expect(next.parts.map(({ to }) => to)).toEqual([party('carol')]);
    const none = { ...rest, open: [first, first, first, first] };
    expect(refused(replan(index, own, order, none, START, TIMES))?.[0]).toBe('no_route');
  });
});
