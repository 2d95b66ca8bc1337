// Goal: waits are drawn from the whole of a growing range and never leave it. Method: fast-check.
import { testNonce } from '@atomicity/kernel/testing/keys';
import type { Nonce } from '@atomicity/kernel/units/id';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs } from './backoff.ts';

const LEAST = '0'.repeat(32) as Nonce;
const MOST = 'f'.repeat(32) as Nonce;

describe('a wait between tries', () => {
  it('is 1 ms up to the ceiling of its try, which doubles up to the cap', () => {
    const ceilings = [1, 2, 3, 4, 5, 6, 60, 1_000].map((n) => backoffMs(n, 100, 1_000, MOST));
    expect(ceilings).toEqual([100, 200, 400, 800, 1_000, 1_000, 1_000, 1_000]);
    expect(backoffMs(1, 100, 1_000, LEAST)).toBe(1);
  });

  it('stays between 1 and the cap for every draw', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000 }), fc.string(), (attempt, label) => {
        const ms = backoffMs(attempt, 100, 5_000, testNonce(label));
        expect(Number.isInteger(ms) && ms >= 1 && ms <= 5_000).toBe(true);
      }),
    );
  });
});
