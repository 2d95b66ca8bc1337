// Goal: a bound covers what was spent, stays inside the sub-cap and takes few values. Method: random sums.
import { AMOUNT_MAX, amount } from '@atomicity/kernel/units/amount';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { lateBound } from './late-bound.ts';

const amounts = fc.bigInt({ min: 0n, max: AMOUNT_MAX });

it('covers the total within the sub-cap, in sixteenths', () => {
  fc.assert(
    fc.property(amounts, amounts, (one, other) => {
      const [spent, subCap] = one < other ? [one, other] : [other, one];
      const bound = lateBound(spent, amount(subCap));
      expect(bound >= spent && bound <= subCap).toBe(true);
      const steps = (bound * 16n) / (subCap === 0n ? 1n : subCap);
      expect(bound === subCap || bound === (steps * subCap + 15n) / 16n).toBe(true);
    }),
  );
});

it('tells nothing of a total of nothing', () => {
  expect(lateBound(0n, amount(1_600n))).toBe(100n);
  expect(lateBound(99n, amount(1_600n))).toBe(100n);
  expect(lateBound(100n, amount(1_600n))).toBe(200n);
  expect(lateBound(1_600n, amount(1_600n))).toBe(1_600n);
  expect(() => lateBound(2n, amount(1n))).toThrow(RangeError);
});
