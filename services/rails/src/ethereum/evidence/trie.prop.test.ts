// Goal: a proof shows exactly the value that stands at an index. Method: laws over tries of up to 300 entries;
// that their roots are a chain's is tested on one (test/e2e/anchor-registry.int.test.ts).
import { bytesToHex } from '@atomicity/kernel/codec/bytes';
import { sha256 } from '@noble/hashes/sha2.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { proveInTrie, trieRoot } from './build-trie.ts';
import { encodeRlp } from './rlp.ts';
import { encodePath, indexKey, valueInTrie } from './trie.ts';

const value = (i: number) => sha256(Uint8Array.of(i & 255, i >> 8));
const values = (count: number) => Array.from({ length: count }, (_, i) => value(i));

describe('a proof', () => {
  it('shows the value at its index, and at no other', () => {
    for (const [count, index] of [
      [1, 0],
      [2, 0],
      [17, 16],
      [128, 127],
      [129, 128],
      [300, 0],
      [300, 127],
      [300, 128],
      [300, 255],
      [300, 256],
    ] as const) {
      const { root, proof } = proveInTrie(values(count), index);
      expect(valueInTrie(root, index, proof)).toEqual(value(index));
      for (const other of [0, 1, 127, 128, 255, 256, 65_535].filter((each) => each !== index)) {
        expect(valueInTrie(root, other, proof)).toBeUndefined();
      }
      expect(trieRoot(values(count))).toEqual(root);
    }
  });

  it('shows nothing once a bit of it is another, or a node is missing or left over', () => {
    const { root, proof } = proveInTrie(values(200), 150);
    const nodes = fc.constantFrom(...proof.keys());
    fc.assert(
      fc.property(nodes, fc.nat(), fc.nat(7), (place, at, bit) => {
        const changed = proof.map((node, i) => {
          const copy = Uint8Array.from(node);
          const where = at % node.length;
          if (i === place) copy[where] = (copy[where] ?? 0) ^ (1 << bit);
          return copy;
        });
        expect(valueInTrie(root, 150, changed)).toBeUndefined();
        expect(valueInTrie(root, 150, proof.toSpliced(place, 1))).toBeUndefined();
      }),
    );
    expect(valueInTrie(root, 150, [...proof, proof[0] ?? root])).toBeUndefined();
    expect(valueInTrie(root, 150, [])).toBeUndefined();
    expect(valueInTrie(sha256(root), 150, proof)).toBeUndefined();
    expect(valueInTrie(root, 150, new Array(10).fill(proof[0]))).toBeUndefined();
  });
});

describe('a node is refused', () => {
  const key = [...indexKey(5)].flatMap((byte) => [byte >> 4, byte & 15]);
  const long = sha256(new Uint8Array());
  const leaf = encodeRlp([encodePath(key, true), long]);
  const showsAt = (nodes: readonly Uint8Array[]) =>
    valueInTrie(keccak_256(nodes[0] ?? leaf), 5, nodes);
  const empty = new Uint8Array();
  const branch = (children: readonly (readonly [number, Uint8Array])[], last = empty) => {
    const items = new Array<Uint8Array>(16).fill(empty);
    for (const [place, child] of children) items[place] = child;
    return encodeRlp([...items, last]);
  };

  it('unless it is well-formed', () => {
    expect(showsAt([leaf])).toEqual(long);
    const below = encodeRlp([encodePath(key.slice(1), true), long]);
    expect(showsAt([branch([[0, keccak_256(below)]]), below])).toEqual(long);
    const extension = encodeRlp([encodePath(key.slice(0, 1), false), keccak_256(below)]);
    expect(showsAt([extension, below])).toEqual(long);
  });

  it('when it is a branch with a value, though its child is right', () => {
    const below = encodeRlp([encodePath(key.slice(1), true), long]);
    expect(showsAt([branch([[0, keccak_256(below)]], Uint8Array.of(1)), below])).toBeUndefined();
  });

  it.each([
    ['a value below 32 bytes', encodeRlp([encodePath(key, true), long.slice(1)])],
    ['a list as the value', encodeRlp([encodePath(key, true), [long]])],
    ['a leaf of another path', encodeRlp([encodePath([0, 6], true), long])],
    ['a leaf of a longer path', encodeRlp([encodePath([...key, 0], true), long])],
    ['a leaf of a shorter path', encodeRlp([encodePath(key.slice(0, 1), true), long])],
    ['a path with an unknown flag', encodeRlp([Uint8Array.of(0x40, 0x05), long])],
    ['a path with a filled pad', encodeRlp([Uint8Array.of(0x21, 0x05), long])],
    ['no path', encodeRlp([empty, long])],
    ['three items', encodeRlp([encodePath(key, true), long, long])],
    ['a text', encodeRlp(long)],
    ['a branch without the child', branch([[1, long]])],
    ['an extension of nothing', encodeRlp([encodePath([], false), keccak_256(leaf)])],
  ])('%s', (_, node) => {
    expect(showsAt([node])).toBeUndefined();
    expect(showsAt([node, leaf])).toBeUndefined();
  });
});

describe('the builder', () => {
  it('refuses values that could stand inside their parent, and an index without a value', () => {
    expect(() => proveInTrie([new Uint8Array(31)], 0)).toThrow(RangeError);
    expect(() => proveInTrie(values(3), 3)).toThrow(RangeError);
  });

  it('gives the empty trie its root', () => {
    // Source: Yellow Paper, appendix D.
    expect(bytesToHex(trieRoot([]))).toBe(
      '56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421',
    );
  });
});
