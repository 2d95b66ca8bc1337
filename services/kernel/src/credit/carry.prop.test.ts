// Goal: carry never favours the creditor, and splitting time gains it nothing. Method: properties
// over balances, rates and times; fast-check prints seed and path on failure.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AMOUNT_MAX, signedAmount } from '../units/amount.ts';
import { unixMs } from '../units/time.ts';
import { carryAt, carryOn, YEAR_MS } from './carry.ts';

const RUNS = { numRuns: 500, verbose: 1 } as const;
const balance = fc.bigInt({ min: -AMOUNT_MAX, max: AMOUNT_MAX }).map(signedAmount);
const rateBps = fc.integer({ min: 0, max: 100_000 });
const ms = fc.integer({ min: 0, max: 20 * YEAR_MS });
const size = (value: bigint) => (value < 0n ? -value : value);

test('the worked example of the reference page is what the code computes', () => {
  const path = '../../../../docs/reference/edges.md';
  const page = readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');
  const rows = [...page.matchAll(/^\| (-?\d+) \| (\d+) \| (\d+) \| (-?\d+) \|$/gm)].map((row) =>
    row.slice(1),
  );
  expect(rows).toHaveLength(3);
  for (const [owed = '', bps, time, carry] of rows) {
    expect(`${carryOn(signedAmount(BigInt(owed)), Number(bps), Number(time))}`).toBe(carry);
  }
  // 30 states of one day, as the page says.
  expect(30n * carryOn(signedAmount(1_000_000n), 500, 86_400_000)).toBe(4_080n);
});

test.each([
  [1_000n, 10_000, YEAR_MS, 1_000n],
  [1_000n, 10_000, YEAR_MS - 1, 999n],
  [-1_000n, 10_000, YEAR_MS - 1, -999n],
  [1n, 1, 1, 0n],
  [-1n, 1, 1, 0n],
  [1_000n, 0, YEAR_MS, 0n],
  [1_000n, 500, 0, 0n],
  [0n, 500, YEAR_MS, 0n],
  [1n, 100_000, YEAR_MS, 10n],
])('%d at %d bps over %d ms carries %d', (owed, bps, time, carry) => {
  expect(carryOn(signedAmount(owed), bps, time)).toBe(carry);
});

test('the first state of an edge has no carry, the next counts from its time', () => {
  const at = unixMs(YEAR_MS);
  expect(carryAt(undefined, 10_000, at)).toBe(0n);
  expect(carryAt({ at: unixMs(0), balance: signedAmount(50n) }, 10_000, at)).toBe(50n);
});

test('carry is the exact interest rounded toward zero: never in favour of the creditor', () => {
  fc.assert(
    fc.property(balance, rateBps, ms, (owed, bps, time) => {
      const carry = carryOn(owed, bps, time);
      const base = 10_000n * BigInt(YEAR_MS);
      const exact = size(owed) * BigInt(bps) * BigInt(time);
      expect(size(carry) * base).toBeLessThanOrEqual(exact);
      expect((size(carry) + 1n) * base).toBeGreaterThan(exact);
      expect(carry === 0n || carry > 0n === owed > 0n).toBe(true);
    }),
    RUNS,
  );
});

test('both ends compute one carry: a change of view changes its sign only', () => {
  fc.assert(
    fc.property(balance, rateBps, ms, (owed, bps, time) => {
      expect(carryOn(signedAmount(-owed), bps, time)).toBe(-carryOn(owed, bps, time));
    }),
    RUNS,
  );
});

test('k states on a constant balance accrue at most one over the whole time, less than k below', () => {
  const times = fc.array(fc.integer({ min: 1, max: YEAR_MS }), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(balance, rateBps, times, (owed, bps, parts) => {
      const whole = size(
        carryOn(
          owed,
          bps,
          parts.reduce((sum, part) => sum + part, 0),
        ),
      );
      const split = parts.reduce((sum, part) => sum + size(carryOn(owed, bps, part)), 0n);
      expect(split).toBeLessThanOrEqual(whole);
      expect(whole - split).toBeLessThan(BigInt(parts.length));
    }),
    RUNS,
  );
});
