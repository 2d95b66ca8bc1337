// Goal: root and paths are those of RFC 6962. Method: the definition itself, recursive, as a reference;
// every path of every size up to 40; paths that were changed in one place.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesToHex, equalBytes } from '../codec/bytes.ts';
import { signedAmount } from '../units/amount.ts';
import { diffPath, diffsRoot, inEdgeOrder, verifyDiffPath } from './diffs-tree.ts';
import { encodeRecord18 } from './record18.ts';
import type { StateDiff } from './state-diff.ts';

const sha256 = (...parts: readonly Uint8Array[]): Uint8Array => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};

/** MTH of RFC 6962 §2.1. */
function treeHash(records: readonly Uint8Array[]): Uint8Array {
  const [only] = records;
  if (only === undefined) return sha256();
  if (records.length === 1) return sha256(Uint8Array.of(0), only);
  let k = 1;
  while (2 * k < records.length) k *= 2;
  return sha256(Uint8Array.of(1), treeHash(records.slice(0, k)), treeHash(records.slice(k)));
}

const diffsOf = (count: number): readonly StateDiff[] =>
  Array.from({ length: count }, (_, i) => ({
    edge: 7 * i + 1,
    delta: signedAmount(BigInt(i) - 3n),
    moves: i + 1,
    flags: i % 8,
  }));

const sizes = Array.from({ length: 41 }, (_, size) => size);

test.each(sizes)('the root of %d diffs is that of the definition, in any order', (size) => {
  const diffs = diffsOf(size);
  const root = treeHash(diffs.map(encodeRecord18));
  expect(bytesToHex(diffsRoot(diffs))).toBe(bytesToHex(root));
  expect(bytesToHex(diffsRoot([...diffs].reverse()))).toBe(bytesToHex(root));
});

test('each path of each size shows its diff under the root and its first 31 bytes', () => {
  for (const size of sizes) {
    const diffs = diffsOf(size);
    const root = diffsRoot(diffs);
    for (const [index, diff] of diffs.entries()) {
      const path = diffPath(diffs, diff.edge);
      if (path === undefined) throw new Error(`no path of ${diff.edge}`);
      expect([path.index, path.size]).toEqual([index, size]);
      expect(verifyDiffPath(encodeRecord18(diff), path, root)).toBe(true);
      expect(verifyDiffPath(encodeRecord18(diff), path, root.subarray(0, 31))).toBe(true);
    }
    expect(diffPath(diffs, 0)).toBeUndefined();
  }
});

test('two diffs of one edge have no root', () => {
  const [one, two] = diffsOf(2);
  if (one === undefined || two === undefined) throw new Error('no diffs');
  const twice = [two, one, { ...two, delta: signedAmount(9n) }];
  expect(() => diffsRoot(twice)).toThrow(new RangeError('edge 8 has one diff, not two'));
  expect(() => inEdgeOrder(twice)).toThrow(RangeError);
});

describe('a path does not show', () => {
  const diffs = diffsOf(13);
  const root = diffsRoot(diffs);
  const good = diffs.map((diff) => ({
    record: encodeRecord18(diff),
    path: diffPath(diffs, diff.edge),
  }));

  test('another record, place, size, sibling or root', () => {
    const change = fc.constantFrom(
      'record',
      'index',
      'size',
      'sibling',
      'shorter',
      'longer',
      'root',
    );
    fc.assert(
      fc.property(fc.nat(12), change, fc.nat(1_000), fc.nat(7), (which, what, at, bit) => {
        const { record, path } = good[which] ?? {};
        if (record === undefined || path === undefined) throw new Error('no path');
        const turned = (bytes: Uint8Array) =>
          bytes.map((byte, i) => (i === at % bytes.length ? byte ^ (1 << bit) : byte));
        const siblings = path.path.map((one, i) =>
          i === at % path.path.length ? turned(one) : one,
        );
        const index = what === 'index' ? (path.index + 1 + (at % 12)) % 13 : path.index;
        const longer = [...path.path, root];
        const list = { sibling: siblings, shorter: path.path.slice(1), longer } as const;
        const chosen =
          what === 'sibling' || what === 'shorter' || what === 'longer' ? list[what] : path.path;
        // Sizes that give the same path are told apart by nothing but the size itself.
        const size = what === 'size' ? 40 + at : 13;
        const claimed = what === 'root' ? turned(root) : root;
        const shown = what === 'record' ? turned(record) : record;
        expect(verifyDiffPath(shown, { index, size, path: chosen }, claimed)).toBe(false);
      }),
      { numRuns: 400, verbose: 1 },
    );
  });

  test('anything when it is malformed', () => {
    const [{ record, path } = {}] = good;
    if (record === undefined || path === undefined) throw new Error('no path');
    expect(verifyDiffPath(record.subarray(1), path, root)).toBe(false);
    expect(verifyDiffPath(record, { ...path, index: -1 }, root)).toBe(false);
    expect(verifyDiffPath(record, { ...path, index: 13 }, root)).toBe(false);
    expect(verifyDiffPath(record, { ...path, size: Number.NaN }, root)).toBe(false);
    expect(verifyDiffPath(record, { ...path, index: 0.5 }, root)).toBe(false);
    expect(verifyDiffPath(record, path, root.subarray(0, 30))).toBe(false);
    expect(verifyDiffPath(record, path, new Uint8Array(0))).toBe(false);
    const short = path.path.map((sibling) => sibling.subarray(1));
    expect(verifyDiffPath(record, { ...path, path: short }, root)).toBe(false);
    expect(equalBytes(root, diffsRoot(diffs))).toBe(true);
  });
});
