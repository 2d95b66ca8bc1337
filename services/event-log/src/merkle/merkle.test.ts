/**
 * Goal: the tree hashes as every RFC 6962 implementation does. Method: the eight-leaf reference data of
 * certificate-transparency, with its published proofs.
 */
import { expect, test } from 'vitest';
import { CompactRange, merkleRoot, perfectSubtrees } from './compact-range.ts';
import { nodeTreeHasher } from './node-tree-hasher.ts';
import { consistencyProof, inclusionProof } from './proofs.ts';
import { portableTreeHasher } from './tree-hasher.ts';
import { verifyConsistency, verifyInclusion } from './verify.ts';

const LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((hex) => Buffer.from(hex, 'hex'));

const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const unhex = (text: string | undefined): Uint8Array => Buffer.from(text ?? '', 'hex');

function reader(leaves: readonly Uint8Array[]) {
  const nodes = new Map<string, Uint8Array>();
  const range = new CompactRange();
  for (const leaf of leaves) {
    range.append(portableTreeHasher.leaf(leaf), (l, i, h) => nodes.set(`${l}/${i}`, h));
  }
  return (level: number, index: number): Uint8Array => {
    const node = nodes.get(`${level}/${index}`);
    if (node === undefined) throw new Error(`no node ${level}/${index}`);
    return node;
  };
}

test.each(ROOTS.map((root, size) => ({ root, size })))('root of $size leaves', ({ root, size }) => {
  expect(hex(merkleRoot(LEAVES.slice(0, size)))).toBe(root);
  expect(hex(merkleRoot(LEAVES.slice(0, size), nodeTreeHasher))).toBe(root);
});

// Source: certificate-transparency merkle_tree_test, precomputed paths.
test.each([
  { index: 0, size: 1, path: [] },
  {
    index: 0,
    size: 8,
    path: [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  },
  {
    index: 5,
    size: 8,
    path: [
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  },
  {
    index: 2,
    size: 3,
    path: ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'],
  },
  {
    index: 1,
    size: 5,
    path: [
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  },
])('inclusion of leaf $index in $size', ({ index, size, path }) => {
  const proof = inclusionProof(index, size, reader(LEAVES.slice(0, size)));
  expect(proof.map(hex)).toEqual(path);
  const leafHash = portableTreeHasher.leaf(unhex(hex(LEAVES[index] ?? new Uint8Array(1))));
  expect(verifyInclusion({ index, size, leafHash, proof, root: unhex(ROOTS[size]) })).toBe(true);
});

test.each([
  { from: 1, to: 1, path: [] },
  {
    from: 1,
    to: 8,
    path: [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  },
  {
    from: 6,
    to: 8,
    path: [
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  },
  {
    from: 2,
    to: 5,
    path: [
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  },
])('consistency from $from to $to', ({ from, to, path }) => {
  const proof = consistencyProof(from, to, reader(LEAVES.slice(0, to)));
  expect(proof.map(hex)).toEqual(path);
  const claim = { from, to, fromRoot: unhex(ROOTS[from]), toRoot: unhex(ROOTS[to]), proof };
  expect(verifyConsistency(claim)).toBe(true);
});

test('a range continues from its saved hashes and refuses a wrong number of them', () => {
  const range = new CompactRange();
  for (const leaf of LEAVES.slice(0, 5)) range.append(portableTreeHasher.leaf(leaf));
  const again = new CompactRange(nodeTreeHasher, range.size, range.hashes);
  for (const leaf of LEAVES.slice(5)) again.append(nodeTreeHasher.leaf(leaf));
  expect(hex(again.root())).toBe(ROOTS[8]);
  expect(() => new CompactRange(nodeTreeHasher, 5, [])).toThrow(RangeError);
});

test('perfect subtrees of sizes beyond 32 bits', () => {
  expect(perfectSubtrees(2 ** 40 + 3)).toEqual([
    { level: 40, index: 0 },
    { level: 1, index: 2 ** 39 },
    { level: 0, index: 2 ** 40 + 2 },
  ]);
});
