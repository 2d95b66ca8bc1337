// Goal: a bound that does not hold is refused by name, and without the value that it would show.
import { amount } from '@atomicity/kernel/units/amount';
import { expect, test } from 'vitest';
import { samplePeriod, samplePolicy } from '../testing/sample-period.ts';
import { buildRemainingInput, buildSpentInput } from './build-bound-input.ts';
import { computeStatement } from './compute-statement.ts';

const period = samplePeriod();
const { policy } = period;
const { summary } = computeStatement(period);
const total = summary.cumulativeTotal;

test('the exact bounds build', () => {
  expect(buildSpentInput({ summary, bound: total }).signals['bound']).toBe(total);
  const floor = amount(policy.cap - total);
  expect(buildRemainingInput({ policy, summary, floor }).signals['floor']).toBe(floor);
});

test('one less, or one more, is refused', () => {
  const spent = () => buildSpentInput({ summary, bound: amount(total - 1n) });
  expect(spent).toThrow(expect.objectContaining({ code: 'total_above_bound', facts: {} }));
  const floor = amount(policy.cap - total + 1n);
  const remaining = () => buildRemainingInput({ policy, summary, floor });
  expect(remaining).toThrow(expect.objectContaining({ code: 'remainder_below_floor', facts: {} }));
});

test('a summary under another policy is refused', () => {
  const other = { ...samplePolicy('another'), cap: amount(1_000_000n) };
  const remaining = () => buildRemainingInput({ policy: other, summary, floor: amount(0n) });
  expect(remaining).toThrow(expect.objectContaining({ code: 'policy_mismatch' }));
});
