/** Verification of inclusion and consistency proofs. Pure, total: anything malformed is `false`. */
import { equalHashes, HASH_BYTES, portableTreeHasher, type TreeHasher } from './tree-hasher.ts';

/**
 * Whether `proof` shows that the tree of `size` leaves with `root` has `leafHash` at `index`.
 *
 * Source: RFC 9162 §2.1.3.2.
 */
export function verifyInclusion(
  claim: {
    readonly index: number;
    readonly size: number;
    readonly leafHash: Uint8Array;
    readonly proof: readonly Uint8Array[];
    readonly root: Uint8Array;
  },
  hasher: TreeHasher = portableTreeHasher,
): boolean {
  const { index, size, leafHash, proof, root } = claim;
  if (!isSize(index) || !isSize(size) || index >= size) return false;
  if (![leafHash, root, ...proof].every(isHash)) return false;
  let first = index;
  let last = size - 1;
  let hash = leafHash;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (first % 2 === 1 || first === last) {
      hash = hasher.node(sibling, hash);
      while (first % 2 === 0 && first !== 0) {
        first = half(first);
        last = half(last);
      }
    } else {
      hash = hasher.node(hash, sibling);
    }
    first = half(first);
    last = half(last);
  }
  return last === 0 && equalHashes(hash, root);
}

/**
 * Whether `proof` shows that the tree (to, toRoot) extends the tree (from, fromRoot).
 *
 * Equal sizes take equal roots and an empty proof. The empty tree takes its own root and an empty
 * proof: every tree extends it.
 * Source: RFC 9162 §2.1.4.2.
 */
export function verifyConsistency(
  claim: {
    readonly from: number;
    readonly to: number;
    readonly fromRoot: Uint8Array;
    readonly toRoot: Uint8Array;
    readonly proof: readonly Uint8Array[];
  },
  hasher: TreeHasher = portableTreeHasher,
): boolean {
  const { from, to, fromRoot, toRoot, proof } = claim;
  if (!isSize(from) || !isSize(to) || from > to) return false;
  if (![fromRoot, toRoot, ...proof].every(isHash)) return false;
  if (from === to) return proof.length === 0 && equalHashes(fromRoot, toRoot);
  if (from === 0) return proof.length === 0 && equalHashes(fromRoot, hasher.empty());
  return extendsTree(from, to, fromRoot, toRoot, proof, hasher);
}

function extendsTree(
  from: number,
  to: number,
  fromRoot: Uint8Array,
  toRoot: Uint8Array,
  proof: readonly Uint8Array[],
  hasher: TreeHasher,
): boolean {
  const path = Number.isInteger(Math.log2(from)) ? [fromRoot, ...proof] : proof;
  const [start, ...siblings] = path;
  // A power of two needs at least one sibling: `to` is larger than `from`.
  if (start === undefined || proof.length === 0) return false;
  let first = from - 1;
  let last = to - 1;
  while (first % 2 === 1) {
    first = half(first);
    last = half(last);
  }
  let oldHash = start;
  let newHash = start;
  for (const sibling of siblings) {
    if (last === 0) return false;
    if (first % 2 === 1 || first === last) {
      oldHash = hasher.node(sibling, oldHash);
      newHash = hasher.node(sibling, newHash);
      while (first % 2 === 0 && first !== 0) {
        first = half(first);
        last = half(last);
      }
    } else {
      newHash = hasher.node(newHash, sibling);
    }
    first = half(first);
    last = half(last);
  }
  return last === 0 && equalHashes(oldHash, fromRoot) && equalHashes(newHash, toRoot);
}

// Sizes go up to 2^53, where the 32-bit shift operators are of no use.
function half(n: number): number {
  return Math.floor(n / 2);
}

function isSize(n: number): boolean {
  return Number.isSafeInteger(n) && n >= 0;
}

function isHash(bytes: Uint8Array): boolean {
  return bytes.length === HASH_BYTES;
}
