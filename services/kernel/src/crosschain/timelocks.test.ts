// Goal: budgets, collateral and finality of a path. Method: the book's figures; laws on random paths.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MINUTE } from '../testing/batch-samples.ts';
import {
  BITCOIN,
  BOOK_PATH,
  ETHEREUM,
  PATH_POLICY,
  SECOND_LAYER,
} from '../testing/cross-chain-paths.ts';
import {
  collateralFor,
  compositeFinality,
  compositeRisk,
  concurrentPayments,
} from './collateral.ts';
import {
  blocksFor,
  budgetTimelocks,
  earliestEndMs,
  type HopTiming,
  hopMs,
  latestEndMs,
} from './hop-timing.ts';
import { marginsOf } from './margins.ts';
import { planPath } from './plan-path.ts';
import { ONE, rational } from './rational.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_121);

describe('blocks of an expiry', () => {
  test.each([
    // A claim of 1,800 s on Bitcoin: the slow interval, which the book takes, gives one block for three.
    [1_800_000, 30 * MINUTE, 1],
    [1_800_000, 10 * MINUTE, 3],
    [1_800_001, 10 * MINUTE, 4],
    [1_800_000, 12_000, 150],
    [0, 12_000, 0],
  ])('for %s ms at one in %s ms: %s', (ms, intervalMs, expected) => {
    expect(blocksFor(ms, intervalMs)).toBe(expected);
  });

  test.each([
    [-1, 1],
    [1.5, 1],
    [1, 0],
    [1, 0.5],
  ])('do not exist for %s ms at %s', (ms, intervalMs) => {
    expect(() => blocksFor(ms, intervalMs)).toThrow(RangeError);
  });

  test('one block in place of three ends after 10 minutes when blocks come fast: the claim comes too late', () => {
    const { timing } = BITCOIN;
    expect(earliestEndMs({ kind: 'blocks', blocks: 1 }, timing)).toBe(10 * MINUTE);
    expect(latestEndMs({ kind: 'blocks', blocks: 1 }, timing)).toBe(30 * MINUTE);
  });
});

describe('the budget of a path', () => {
  test('grows from the last hop to the first, in blocks of each chain', () => {
    expect(budgetTimelocks(BOOK_PATH, 'slow')).toEqual({
      hops: [
        // 130 minutes after the 89.25 that Ethereum takes at most: 22 blocks, 11 hours if they are slow.
        { name: 'bitcoin', blocks: 22, earliestMs: 13_200_000, latestMs: 39_600_000 },
        // 46.2 minutes after the 25 of the second layer.
        { name: 'ethereum', blocks: 357, earliestMs: 4_284_000, latestMs: 5_355_000 },
        // 15 minutes against its sequencer and 10 to claim.
        { name: 'second layer', blocks: 751, earliestMs: 1_502_000, latestMs: 1_502_000 },
      ],
      totalMs: (130 + 46.2 + 10) * MINUTE + 4_000,
      lockupMs: 39_600_000,
    });
    expect(budgetTimelocks([], 'slow')).toEqual({ hops: [], totalMs: 0, lockupMs: 0 });
  });

  test('is refused where a lock would last for thousands of years', () => {
    const timing = { chain: 'x', fastMs: 1, meanMs: 1, slowMs: 2 ** 40 };
    expect(() => budgetTimelocks([{ ...BITCOIN, timing }], 'mean')).toThrow('expiry of bitcoin');
  });

  test(`is one that every timing rule accepts (seed ${SEED})`, () => {
    const interval = fc.integer({ min: 1_000, max: 5_000 });
    const hop = fc
      .record({
        intervals: fc.tuple(interval, interval, interval),
        confirmations: fc.integer({ min: 1, max: 80 }),
        claimMs: fc.nat({ max: 100_000 }),
        deviationMs: fc.nat({ max: 10_000 }),
        forcedInclusionMs: fc.nat({ max: 100_000 }),
      })
      .map(({ intervals, ...rest }): HopTiming => {
        const [fastMs = 1, meanMs = 1, slowMs = 1] = [...intervals].sort((a, b) => a - b);
        return { name: 'hop', timing: { chain: 'chain', fastMs, meanMs, slowMs }, ...rest };
      });
    const { value, redeemCost, risk } = ETHEREUM;
    const policy = {
      ...PATH_POLICY,
      toleranceMs: Number.MAX_SAFE_INTEGER,
      lockups: [{ valueMax: value, lockupMaxMs: Number.MAX_SAFE_INTEGER }],
      timing: 'slow' as const,
    };
    fc.assert(
      fc.property(fc.array(hop, { minLength: 1, maxLength: 4 }), (timings) => {
        const budget = budgetTimelocks(timings, 'slow');
        const path = timings.map((timing, i) => {
          const blocks = budget.hops[i]?.blocks ?? 0;
          const expiry = { kind: 'blocks' as const, blocks };
          return { ...timing, expiry, value, redeemCost, risk };
        });
        const decision = planPath(path, policy);
        expect(decision.kind === 'no' ? decision.reasons : []).toEqual([]);
        expect(budget.totalMs).toBe(timings.reduce((sum, it) => sum + hopMs(it, 'slow'), 0));
        for (const { deltaMs, marginMs } of marginsOf(path, 'slow')) {
          expect(marginMs).toBeGreaterThan(0);
          expect(deltaMs).toBeGreaterThan(0);
        }
      }),
      { seed: SEED, numRuns: 150 },
    );
  });
});

describe('collateral', () => {
  const USD = 1_000_000n;
  const terms = { amount: 500n * USD, concurrent: 10n, timeoutMs: 45n * 60_000n, rateBps: 500n };

  test('of ten payments of 500 dollars for 45 minutes is 5,000 dollars', () => {
    // Five percent a year of 5,000 dollars for 45 minutes: 2.14 cents, rounded up.
    expect(collateralFor(terms)).toEqual({ locked: 5_000n * USD, cost: 21_405n });
  });

  test('is as many payments as begin while one is open', () => {
    expect(concurrentPayments(13n, terms.timeoutMs)).toBe(10n);
    expect(concurrentPayments(0n, terms.timeoutMs)).toBe(0n);
    expect(concurrentPayments(13n, 0n)).toBe(0n);
    expect(() => concurrentPayments(-1n, 1n)).toThrow(RangeError);
  });

  test('of equal hops grows with the distance from the receiver: three times at the third', () => {
    const { name, claimMs } = SECOND_LAYER;
    const timing = { chain: 'even', fastMs: 1_000, meanMs: 1_000, slowMs: 1_000 };
    const even: HopTiming = {
      name,
      timing,
      confirmations: 5,
      claimMs,
      deviationMs: 0,
      forcedInclusionMs: 0,
    };
    const locked = budgetTimelocks([even, even, even, even, even], 'slow').hops.map(
      ({ latestMs }) => latestMs,
    );
    // Each lock is longer by one more block, so that its margin is not nothing.
    expect(locked.map((ms) => ms / (hopMs(even, 'slow') + 1_000))).toEqual([5, 4, 3, 2, 1]);
  });

  test.each(['amount', 'concurrent', 'timeoutMs', 'rateBps'] as const)(
    'refuses %s below 0',
    (name) => {
      expect(() => collateralFor({ ...terms, [name]: -1n })).toThrow(name);
    },
  );
});

describe('a path', () => {
  test('is as final as its slowest hop', () => {
    expect(compositeFinality(BOOK_PATH, 'mean')).toEqual({ ms: 30 * MINUTE, slowest: 'bitcoin' });
    expect(compositeFinality(BOOK_PATH, 'slow')).toEqual({ ms: 90 * MINUTE, slowest: 'bitcoin' });
    expect(compositeFinality([SECOND_LAYER, ETHEREUM], 'slow')?.slowest).toBe('ethereum');
    const twin = { ...ETHEREUM, name: 'twin' };
    expect(compositeFinality([ETHEREUM, twin], 'slow')?.slowest).toBe('ethereum');
    expect(compositeFinality([], 'slow')).toBeUndefined();
  });

  test('is as likely to break as its hops together, at most', () => {
    const { num, den } = compositeRisk([rational(1n, 100n), rational(1n, 50n)]);
    expect(num * 100n).toBe(3n * den);
    expect(compositeRisk([ONE, rational(1n, 2n)])).toEqual(ONE);
    expect(compositeRisk([])).toEqual({ num: 0n, den: 1n });
  });
});
