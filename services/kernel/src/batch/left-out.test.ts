// Goal: what a batch leaves out is not lost: it goes out once, with the batch that takes it.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { StateDiff } from '../state-diff/state-diff.ts';
import { signedAmount } from '../units/amount.ts';
import { type LeftOut, splitDiffs } from './left-out.ts';

const diff = (edge: number, delta: bigint, moves = 1, flags = 0): StateDiff => ({
  edge,
  delta: signedAmount(delta),
  moves,
  flags,
});

test('an edge in quarantine waits, and adds up until it goes out', () => {
  const first = splitDiffs([diff(2, 5n, 1, 2), diff(1, -3n)], new Map(), new Set([2]));
  expect(first.batch).toEqual([diff(1, -3n)]);
  expect([...first.leftOut]).toEqual([[2, diff(2, 5n, 1, 2)]]);
  const second = splitDiffs([diff(2, -1n, 2, 4)], first.leftOut, new Set());
  expect(second.batch).toEqual([diff(2, 4n, 3, 6)]);
  expect(second.leftOut.size).toBe(0);
});

test('an edge that stopped moving waits all the same', () => {
  const waiting: LeftOut = new Map([[7, diff(7, 1n)]]);
  expect(splitDiffs([], waiting, new Set([7])).leftOut).toEqual(waiting);
  expect(splitDiffs([], waiting, new Set()).batch).toEqual([diff(7, 1n)]);
});

test('what is in quarantine and did not move is nothing', () => {
  expect(splitDiffs([], new Map(), new Set([3]))).toEqual({ batch: [], leftOut: new Map() });
});

test('a sum beyond what a diff holds is refused', () => {
  const most = 2n ** 63n - 1n;
  expect(() => splitDiffs([diff(1, 1n)], new Map([[1, diff(1, most)]]), new Set())).toThrow(
    RangeError,
  );
});

test('such a sum waits in quarantine, until it is one that a diff holds', () => {
  const most = 2n ** 63n - 1n;
  const before: LeftOut = new Map([[1, diff(1, most)]]);
  const { batch, leftOut } = splitDiffs([diff(1, most), diff(2, 3n)], before, new Set([1]));
  expect(batch).toEqual([diff(2, 3n)]);
  expect(splitDiffs([diff(1, -most)], leftOut, new Set()).batch).toEqual([diff(1, most, 3)]);
});

const SEED = 20261121;
console.log(`left-out: seed ${SEED}`);

test('over all batches every movement goes out exactly once', () => {
  const span = fc.record({
    moved: fc.uniqueArray(fc.record({ edge: fc.nat(5), delta: fc.integer({ min: -9, max: 9 }) }), {
      selector: ({ edge }) => edge,
      maxLength: 6,
    }),
    quarantined: fc.array(fc.nat(5), { maxLength: 3 }),
  });
  fc.assert(
    fc.property(fc.array(span, { maxLength: 12 }), (spans) => {
      const moved = new Map<number, bigint>();
      const out = new Map<number, bigint>();
      const add = (sums: Map<number, bigint>, edge: number, delta: bigint) =>
        sums.set(edge, (sums.get(edge) ?? 0n) + delta);
      let leftOut: LeftOut = new Map();
      for (const one of [...spans, { moved: [], quarantined: [] }]) {
        const diffs = one.moved.map(({ edge, delta }) => diff(edge, BigInt(delta)));
        for (const { edge, delta } of diffs) add(moved, edge, delta);
        const split = splitDiffs(diffs, leftOut, new Set(one.quarantined));
        for (const { edge, delta } of split.batch) add(out, edge, delta);
        leftOut = split.leftOut;
      }
      expect(leftOut.size).toBe(0);
      expect(new Map([...out].sort())).toEqual(new Map([...moved].sort()));
    }),
    { seed: SEED },
  );
});
