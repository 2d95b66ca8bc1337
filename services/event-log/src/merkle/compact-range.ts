import { portableTreeHasher, type TreeHasher } from './tree-hasher.ts';

/** Called for every perfect node as it is completed, leaves (level 0) included. */
export type OnNode = (level: number, index: number, hash: Uint8Array) => void;

/**
 * The right edge of an RFC 6962 tree: the roots of its maximal perfect subtrees, largest first. Enough
 * to append and to compute the root, in O(log n) memory.
 */
export class CompactRange {
  readonly #hasher: TreeHasher;
  #hashes: Uint8Array[];
  #size: number;

  /**
   * Starts empty, or from the `size` and `hashes` of an earlier range.
   *
   * @throws RangeError when the number of hashes does not fit the size.
   */
  constructor(
    hasher: TreeHasher = portableTreeHasher,
    size = 0,
    hashes: readonly Uint8Array[] = [],
  ) {
    if (hashes.length !== perfectSubtrees(size).length) {
      throw new RangeError(`a range of size ${size} does not have ${hashes.length} hashes`);
    }
    this.#hasher = hasher;
    this.#size = size;
    this.#hashes = [...hashes];
  }

  get size(): number {
    return this.#size;
  }

  /** Roots of the maximal perfect subtrees, left to right. */
  get hashes(): readonly Uint8Array[] {
    return this.#hashes;
  }

  /** Appends one leaf hash. Amortised two hashes of work, `log2(size)` at worst. */
  append(leafHash: Uint8Array, onNode?: OnNode): void {
    let hash = leafHash;
    let level = 0;
    let index = this.#size;
    onNode?.(level, index, hash);
    while (index % 2 === 1) {
      const left = this.#hashes.pop();
      if (left === undefined) throw new Error('invariant: an odd index has a left sibling');
      hash = this.#hasher.node(left, hash);
      level += 1;
      index = (index - 1) / 2;
      onNode?.(level, index, hash);
    }
    this.#hashes.push(hash);
    this.#size += 1;
  }

  /** The tree's root. Source: RFC 6962 §2.1. */
  root(): Uint8Array {
    let hash: Uint8Array | undefined;
    for (const left of this.#hashes.toReversed()) {
      hash = hash === undefined ? left : this.#hasher.node(left, hash);
    }
    return hash ?? this.#hasher.empty();
  }
}

/** A perfect subtree: leaves `index * 2^level` up to `(index + 1) * 2^level`. */
export type NodeId = { readonly level: number; readonly index: number };

/** The maximal perfect subtrees that cover leaves 0 … size-1, left to right. */
export function perfectSubtrees(size: number): NodeId[] {
  const nodes: NodeId[] = [];
  let start = 0;
  while (start < size) {
    let level = 0;
    while (start % 2 ** (level + 1) === 0 && start + 2 ** (level + 1) <= size) level += 1;
    nodes.push({ level, index: start / 2 ** level });
    start += 2 ** level;
  }
  return nodes;
}

/** The root of a list of entries: for small trees and for checks. */
export function merkleRoot(
  entries: Iterable<Uint8Array>,
  hasher: TreeHasher = portableTreeHasher,
): Uint8Array {
  const range = new CompactRange(hasher);
  for (const entry of entries) range.append(hasher.leaf(entry));
  return range.root();
}
