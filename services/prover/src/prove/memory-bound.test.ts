// Goal: a proof is bound by what the machine has, or the container if that is less.
import { expect, test } from 'vitest';
import { memoryShare } from './memory-bound.ts';

test.each([
  ['no container', 8_000, 0, 6_000],
  ['a container', 8_000, 4_000, 3_000],
  ['a container without a limit', 8_000, 2 ** 63, 6_000],
])('with %s', (_, total, constrained, share) => {
  expect(memoryShare(total, constrained)).toBe(share);
});

test('this machine has some', () => {
  expect(memoryShare()).toBeGreaterThan(0);
});
