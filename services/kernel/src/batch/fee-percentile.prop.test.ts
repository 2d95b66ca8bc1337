// Goal: the percentile is the nearest rank's. Method: counting, on random prices.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { percentileOf } from './fee-percentile.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_121);

describe('the nearest rank', () => {
  // The common example of the method: five values.
  const prices = [15n, 20n, 35n, 40n, 50n];
  test.each([
    [5, 15n],
    [20, 15n],
    [21, 20n],
    [40, 20n],
    [50, 35n],
    [100, 50n],
  ])('at %s %% of five values is %s', (percentile, expected) => {
    expect(percentileOf(prices, percentile)).toBe(expected);
  });

  test('of nothing is nothing', () => {
    expect(percentileOf([], 50)).toBeUndefined();
  });

  test.each([0, 101, 0.5, Number.NaN])('at %s %% does not exist', (percentile) => {
    expect(() => percentileOf(prices, percentile)).toThrow(RangeError);
  });
});

test(`it is the least price that so many of the prices do not exceed (seed ${SEED})`, () => {
  fc.assert(
    fc.property(
      fc.array(fc.bigInt(0n, 40n), { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 1, max: 100 }),
      (prices, percentile) => {
        const found = percentileOf(prices, percentile) ?? -1n;
        const share = (price: bigint) => prices.filter((it) => it <= price).length * 100;
        expect(prices).toContain(found);
        expect(share(found)).toBeGreaterThanOrEqual(percentile * prices.length);
        for (const lower of prices.filter((price) => price < found)) {
          expect(share(lower)).toBeLessThan(percentile * prices.length);
        }
      },
    ),
    { seed: SEED, numRuns: 200 },
  );
});
