import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { START, testParty, USD } from '../testing/world.ts';
import { type Amount, amount } from '../units/amount.ts';
import { unixMs } from '../units/time.ts';
import {
  BELIEF_HALF_LIFE_MS,
  BELIEFS_MAX,
  believedCapacity,
  type EdgeOutcome,
  edgeKey,
  noBeliefs,
  recordOutcome,
} from './edge-beliefs.ts';
import { successProbability, uniformUpTo } from './success-probability.ts';

const C = amount(1_000n);
const edge = { from: testParty('alice').id, to: testParty('bob').id, denomination: USD };

const outcome = (kind: EdgeOutcome['kind'], of: bigint): EdgeOutcome => ({
  ...edge,
  kind,
  amount: amount(of),
  capacity: C,
});

const after = (ms: number) => unixMs(START + ms);

/** Bounds after outcomes at one time, `ms` later. */
function bounds(outcomes: readonly EdgeOutcome[], ms = 0, capacity: Amount = C) {
  let beliefs = noBeliefs();
  for (const each of outcomes) beliefs = recordOutcome(beliefs, each, START);
  return believedCapacity(beliefs.get(edgeKey(edge)), capacity, after(ms));
}

describe('the chance of an edge', () => {
  test.each([
    [0n, 1],
    [250n, 0.75],
    [999n, 0.001],
    [1_000n, 0],
    [2_000n, 0],
  ])('of capacity 1000 to carry %s is %d', (of, p) => {
    expect(successProbability(amount(of), uniformUpTo(C))).toBeCloseTo(p, 12);
  });

  test('between believed bounds is conditional on them', () => {
    const belief = { lower: 200, upper: 600 };
    expect(successProbability(amount(200n), belief)).toBe(1);
    expect(successProbability(amount(300n), belief)).toBe(0.75);
    expect(successProbability(amount(600n), belief)).toBe(0);
    expect(successProbability(amount(5n), { lower: 5, upper: 5 })).toBe(0);
  });
});

describe('what is believed of an edge', () => {
  test('is nothing but its stated capacity at first', () => {
    expect(bounds([])).toEqual({ lower: 0, upper: 1_000 });
  });

  test('falls to the amount that failed, rises to the one that held', () => {
    expect(bounds([outcome('failed', 400n)])).toEqual({ lower: 0, upper: 400 });
    expect(bounds([outcome('held', 300n)])).toEqual({ lower: 300, upper: 1_000 });
    expect(bounds([outcome('failed', 400n), outcome('held', 300n)])).toEqual({
      lower: 300,
      upper: 400,
    });
  });

  test('keeps the tighter of two bounds', () => {
    expect(bounds([outcome('failed', 400n), outcome('failed', 700n)]).upper).toBe(400);
    expect(bounds([outcome('held', 300n), outcome('held', 100n)]).lower).toBe(300);
  });

  test('drops what a newer observation contradicts', () => {
    expect(bounds([outcome('held', 500n), outcome('failed', 400n)])).toEqual({
      lower: 0,
      upper: 400,
    });
    expect(bounds([outcome('failed', 400n), outcome('held', 500n)])).toEqual({
      lower: 500,
      upper: 1_000,
    });
  });

  test('moves down by what a payment took for good', () => {
    expect(bounds([outcome('paid', 300n)])).toEqual({ lower: 0, upper: 700 });
    expect(bounds([outcome('held', 500n), outcome('paid', 300n)])).toEqual({
      lower: 200,
      upper: 700,
    });
    expect(bounds([outcome('paid', 1_000n)])).toEqual({ lower: 0, upper: 0 });
  });

  test('fades by half for every half-life, back to what is stated', () => {
    const learnt = [outcome('held', 200n), outcome('failed', 600n)];
    expect(bounds(learnt, BELIEF_HALF_LIFE_MS)).toEqual({ lower: 100, upper: 800 });
    expect(bounds(learnt, 2 * BELIEF_HALF_LIFE_MS)).toEqual({ lower: 50, upper: 900 });
    const old = bounds(learnt, 100 * BELIEF_HALF_LIFE_MS);
    expect(old.lower).toBeCloseTo(0, 9);
    expect(old.upper).toBeCloseTo(1_000, 9);
  });

  test('never passes what is stated now', () => {
    const learnt = [outcome('held', 500n), outcome('failed', 600n)];
    expect(bounds(learnt, 0, amount(100n))).toEqual({ lower: 100, upper: 100 });
  });

  test('is ordered and within the capacity, whatever happens', () => {
    const events = fc.array(
      fc.record({
        kind: fc.constantFrom('failed' as const, 'held' as const, 'paid' as const),
        of: fc.bigInt({ min: 1n, max: 1_500n }),
        ms: fc.nat(BELIEF_HALF_LIFE_MS * 3),
      }),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(events, (list) => {
        let beliefs = noBeliefs();
        let now = 0;
        for (const { kind, of, ms } of list) {
          now += ms;
          beliefs = recordOutcome(beliefs, outcome(kind, of), after(now));
          const { lower, upper } = believedCapacity(beliefs.get(edgeKey(edge)), C, after(now));
          expect(lower).toBeGreaterThanOrEqual(0);
          expect(lower).toBeLessThanOrEqual(upper);
          expect(upper).toBeLessThanOrEqual(1_000);
          if (kind === 'failed') expect(upper).toBeLessThanOrEqual(Number(of));
          if (kind === 'held' && of <= C) expect(lower).toBeGreaterThanOrEqual(Number(of));
        }
      }),
      { verbose: 1 },
    );
  });

  test('is forgotten, the oldest first, when there is too much of it', () => {
    let beliefs = noBeliefs();
    for (let i = 0; i < BELIEFS_MAX; i++) {
      const denomination = `D${i}` as typeof USD;
      beliefs = recordOutcome(beliefs, { ...outcome('failed', 1n), denomination }, after(i));
    }
    expect(beliefs.size).toBe(BELIEFS_MAX);
    const more = recordOutcome(beliefs, outcome('failed', 1n), after(BELIEFS_MAX));
    expect(more.size).toBe(BELIEFS_MAX - BELIEFS_MAX / 8 + 1);
    expect(more.has(edgeKey({ ...edge, denomination: 'D0' as typeof USD }))).toBe(false);
    expect(more.has(edgeKey(edge))).toBe(true);
  });
});
