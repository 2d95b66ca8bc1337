// Goal: the number of proofs is known before any is made. Method: a table around the tier's edges.
import type { Tier } from '@atomicity/kernel/codec/merkle-16';
import { describe, expect, it } from 'vitest';
import { proofsNeeded } from './proofs-needed.ts';

const rows: readonly (readonly [readonly number[], Tier, number])[] = [
  [[], 16, 0],
  [[0], 16, 1],
  [[1], 16, 1],
  [[16], 16, 1],
  [[17], 16, 2],
  [[16, 17, 0], 16, 4],
  [[2000], 64, 32],
];

describe('proofsNeeded', () => {
  it.each(rows)('of %j notes at tier %d is %d', (notes, tier, proofs) => {
    expect(proofsNeeded(notes, tier)).toBe(proofs);
  });

  it('refuses what is no count', () => {
    expect(() => proofsNeeded([-1], 16)).toThrow(RangeError);
    expect(() => proofsNeeded([1.5], 16)).toThrow(RangeError);
  });
});
