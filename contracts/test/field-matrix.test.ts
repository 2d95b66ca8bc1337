import { FIELD_ORDER } from '@atomicity/kernel/codec/field';
import { describe, expect, it } from 'vitest';
import { apply, invert, product, sum } from '../script/field-matrix.ts';
import { poseidonConstants } from '../script/poseidon-constants.ts';

const identity = (size: number) =>
  Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (_, j) => BigInt(+(i === j))),
  );

describe('matrices over the scalar field', () => {
  it('invert Poseidon’s own', () => {
    for (const width of [3, 4, 5] as const) {
      const { mds, leave } = poseidonConstants(width);
      expect(product(mds, invert(mds))).toEqual(identity(width));
      expect(product(invert(leave), leave)).toEqual(identity(width));
    }
  });

  it('invert where the first pivot is 0', () => {
    const swap = [
      [0n, 1n],
      [1n, 0n],
    ];
    expect(invert(swap)).toEqual(swap);
  });

  it('refuse a singular one', () => {
    const singular = [
      [1n, 2n],
      [2n, 4n],
    ];
    expect(() => invert(singular)).toThrow(RangeError);
  });

  it('reduce sums and products', () => {
    expect(sum([FIELD_ORDER - 1n], [2n])).toEqual([1n]);
    expect(apply([[FIELD_ORDER - 1n]], [2n])).toEqual([FIELD_ORDER - 2n]);
  });
});
