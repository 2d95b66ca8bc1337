/**
 * Goal: roots and proofs are those of RFC 9162 for every size. Method: the definitions of the RFC as
 * they stand, recursive and slow, against the iterative code; then damage to every part of a proof.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CompactRange } from './compact-range.ts';
import { nodeTreeHasher } from './node-tree-hasher.ts';
import { consistencyProof, inclusionProof, rangeHash } from './proofs.ts';
import { equalHashes, portableTreeHasher } from './tree-hasher.ts';
import { verifyConsistency, verifyInclusion } from './verify.ts';

const SEED = 20261121;
const RUNS = 200;
console.log(`merkle.prop: seed ${SEED}, ${RUNS} runs a law`);
const options = { seed: SEED, numRuns: RUNS };

function split(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

// RFC 9162 §2.1.1, §2.1.3.1 and §2.1.4.1, word for word.
function naiveRoot(d: readonly Uint8Array[]): Uint8Array {
  const [only] = d;
  if (only === undefined) return portableTreeHasher.empty();
  if (d.length === 1) return portableTreeHasher.leaf(only);
  const k = split(d.length);
  return portableTreeHasher.node(naiveRoot(d.slice(0, k)), naiveRoot(d.slice(k)));
}
function naivePath(m: number, d: readonly Uint8Array[]): Uint8Array[] {
  if (d.length === 1) return [];
  const k = split(d.length);
  return m < k
    ? [...naivePath(m, d.slice(0, k)), naiveRoot(d.slice(k))]
    : [...naivePath(m - k, d.slice(k)), naiveRoot(d.slice(0, k))];
}
function naiveSubproof(m: number, d: readonly Uint8Array[], whole: boolean): Uint8Array[] {
  if (m === d.length) return whole ? [] : [naiveRoot(d)];
  const k = split(d.length);
  return m <= k
    ? [...naiveSubproof(m, d.slice(0, k), whole), naiveRoot(d.slice(k))]
    : [...naiveSubproof(m - k, d.slice(k), false), naiveRoot(d.slice(0, k))];
}

const hex = (hashes: readonly Uint8Array[]): string[] =>
  hashes.map((hash) => Buffer.from(hash).toString('hex'));

function build(entries: readonly Uint8Array[]) {
  const nodes = new Map<string, Uint8Array>();
  const range = new CompactRange(nodeTreeHasher);
  for (const entry of entries) {
    range.append(nodeTreeHasher.leaf(entry), (l, i, h) => nodes.set(`${l}/${i}`, h));
  }
  const readNode = (level: number, index: number): Uint8Array =>
    nodes.get(`${level}/${index}`) ?? new Uint8Array(0);
  return { range, readNode };
}

const entriesOf = (max: number) =>
  fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: max });

function flip(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at % copy.length] = (copy[at % copy.length] ?? 0) ^ 1;
  return copy;
}

test('roots and inclusion proofs are the naive ones and verify; any damage is seen', () => {
  const law = fc.property(entriesOf(70), fc.nat(), fc.nat(), (entries, pick, damage) => {
    const index = pick % entries.length;
    const size = entries.length;
    const { range, readNode } = build(entries);
    const root = range.root();
    expect(hex([root])).toEqual(hex([naiveRoot(entries)]));
    expect(hex([rangeHash(0, size, readNode)])).toEqual(hex([root]));
    const proof = inclusionProof(index, size, readNode);
    expect(hex(proof)).toEqual(hex(naivePath(index, entries)));
    const leafHash = nodeTreeHasher.leaf(entries[index] ?? new Uint8Array(0));
    const claim = { index, size, leafHash, proof, root };
    expect(verifyInclusion(claim)).toBe(true);
    expect(verifyInclusion({ ...claim, leafHash: flip(leafHash, damage) })).toBe(false);
    expect(verifyInclusion({ ...claim, root: flip(root, damage) })).toBe(false);
    expect(verifyInclusion({ ...claim, proof: [...proof, root] })).toBe(false);
    expect(verifyInclusion({ ...claim, index: size })).toBe(false);
    proof.forEach((hash, at) => {
      expect(verifyInclusion({ ...claim, proof: proof.with(at, flip(hash, damage)) })).toBe(false);
      expect(verifyInclusion({ ...claim, proof: proof.toSpliced(at, 1) })).toBe(false);
    });
  });
  fc.assert(law, options);
});

test('consistency proofs are the naive ones and verify; any damage is seen', () => {
  const law = fc.property(entriesOf(70), fc.nat(), fc.nat(), (entries, pick, damage) => {
    const to = entries.length;
    const from = pick % (to + 1);
    const { range, readNode } = build(entries);
    const toRoot = range.root();
    const fromRoot = naiveRoot(entries.slice(0, from));
    const proof = consistencyProof(from, to, readNode);
    expect(hex(proof)).toEqual(from === 0 ? [] : hex(naiveSubproof(from, entries, true)));
    const claim = { from, to, fromRoot, toRoot, proof };
    expect(verifyConsistency(claim)).toBe(true);
    expect(verifyConsistency({ ...claim, fromRoot: flip(fromRoot, damage) })).toBe(false);
    expect(verifyConsistency({ ...claim, proof: [...proof, toRoot] })).toBe(false);
    if (from > 0) {
      expect(verifyConsistency({ ...claim, toRoot: flip(toRoot, damage) })).toBe(false);
    }
    proof.forEach((hash, at) => {
      const damaged = proof.with(at, flip(hash, damage));
      expect(verifyConsistency({ ...claim, proof: damaged })).toBe(false);
      expect(verifyConsistency({ ...claim, proof: proof.toSpliced(at, 1) })).toBe(false);
    });
  });
  fc.assert(law, options);
});

test('both hashers agree', () => {
  const bytes = fc.uint8Array({ maxLength: 5000 });
  const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const law = fc.property(bytes, hash, hash, (entry, left, right) => {
    expect(equalHashes(nodeTreeHasher.leaf(entry), portableTreeHasher.leaf(entry))).toBe(true);
    const node = nodeTreeHasher.node(left, right);
    expect(equalHashes(node, portableTreeHasher.node(left, right))).toBe(true);
  });
  fc.assert(law, options);
  expect(equalHashes(nodeTreeHasher.empty(), portableTreeHasher.empty())).toBe(true);
});
