/** Inclusion and consistency proofs, made from the hashes of perfect subtrees. */
import { portableTreeHasher, type TreeHasher } from './tree-hasher.ts';

/** The hash of the perfect subtree `index` of height `level`; level 0 are the leaves. */
export type ReadNode = (level: number, index: number) => Uint8Array;

/**
 * The audit path of leaf `index` in the tree of `size` leaves, lowest sibling first.
 *
 * @throws RangeError unless 0 ≤ index < size.
 * Source: RFC 9162 §2.1.3.1.
 */
export function inclusionProof(
  index: number,
  size: number,
  readNode: ReadNode,
  hasher: TreeHasher = portableTreeHasher,
): Uint8Array[] {
  assertSize(size);
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) {
    throw new RangeError(`leaf ${index} is not in a tree of size ${size}`);
  }
  const path: Uint8Array[] = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    const middle = start + largestPowerBelow(end - start);
    const right = index >= middle;
    path.push(
      right ? rangeHash(start, middle, readNode, hasher) : rangeHash(middle, end, readNode, hasher),
    );
    if (right) start = middle;
    else end = middle;
  }
  return path.reverse();
}

/**
 * The proof that the tree of size `to` extends the tree of size `from`. Empty when `from` is 0 or `to`.
 *
 * @throws RangeError unless 0 ≤ from ≤ to.
 * Source: RFC 9162 §2.1.4.1.
 */
export function consistencyProof(
  from: number,
  to: number,
  readNode: ReadNode,
  hasher: TreeHasher = portableTreeHasher,
): Uint8Array[] {
  assertSize(from);
  assertSize(to);
  if (from > to) throw new RangeError(`a tree of size ${to} does not extend one of size ${from}`);
  if (from === 0 || from === to) return [];
  const path: Uint8Array[] = [];
  let start = 0;
  let end = to;
  while (end !== from) {
    const middle = start + largestPowerBelow(end - start);
    if (from <= middle) {
      path.push(rangeHash(middle, end, readNode, hasher));
      end = middle;
    } else {
      path.push(rangeHash(start, middle, readNode, hasher));
      start = middle;
    }
  }
  // The verifier knows the old root itself: it is repeated only when it is not a whole left part.
  if (start !== 0) path.push(rangeHash(start, end, readNode, hasher));
  return path.reverse();
}

/** The root of the subtree over leaves start … end-1, as RFC 6962 splits it. */
export function rangeHash(
  start: number,
  end: number,
  readNode: ReadNode,
  hasher: TreeHasher = portableTreeHasher,
): Uint8Array {
  const size = end - start;
  if (size <= 0) return hasher.empty();
  const level = Math.log2(size);
  if (Number.isInteger(level) && start % size === 0) return readNode(level, start / size);
  const middle = start + largestPowerBelow(size);
  return hasher.node(
    rangeHash(start, middle, readNode, hasher),
    rangeHash(middle, end, readNode, hasher),
  );
}

/** The largest power of two smaller than `n`, for n ≥ 2. */
function largestPowerBelow(n: number): number {
  let power = 1;
  while (power * 2 < n) power *= 2;
  return power;
}

function assertSize(size: number): void {
  if (!Number.isSafeInteger(size) || size < 0) throw new RangeError(`${size} is no tree size`);
}
