import { type PoseidonTag, poseidon } from '../codec/poseidon.ts';

/** How many slots a fleet has room for. */
export type FleetSize = 64 | 256;

/** The trees of a fleet: over its slots, and over the summaries of a cycle. */
export type FleetTreeTag = Extract<PoseidonTag, 'fleet-slots' | 'fleet-summaries'>;

/** Where a leaf is, and the nodes beside its path to the root. */
export type FleetPath = {
  /** Place of the leaf, 0 … size−1; its base-4 digits, lowest first, are the places on each level. */
  readonly index: number;
  /** Three a level, leaf's level first, in the order of their places without the path's own. */
  readonly siblings: readonly bigint[];
};

const ARITY = 4;

/** Levels between a leaf and the root: 3 for 64 slots, 4 for 256. */
export function fleetTreeDepth(size: FleetSize): number {
  return size === 64 ? 3 : 4;
}

/** A 4-ary Poseidon tree, kept whole: many paths of one tree cost no further hash. */
export type FleetTree = {
  readonly root: bigint;
  /** The path of one leaf. @throws RangeError for an index outside 0 … size−1. */
  readonly pathOf: (index: number) => FleetPath;
};

/** All levels of the tree, leaves first, root last. */
function levelsOf(tag: FleetTreeTag, leaves: readonly bigint[]): readonly bigint[][] {
  let level: bigint[] = [...leaves];
  const levels = [level];
  while (level.length > 1) {
    const parents: bigint[] = [];
    const hashed = new Map<string, bigint>();
    for (let start = 0; start < level.length; start += ARITY) {
      const children = level.slice(start, start + ARITY);
      // Unused slots repeat whole subtrees: hash each distinct one once.
      const key = children.join();
      const parent = hashed.get(key) ?? poseidon(tag, children);
      hashed.set(key, parent);
      parents.push(parent);
    }
    level = parents;
    levels.push(level);
  }
  return levels;
}

function checkIndex(index: number, size: FleetSize): void {
  if (!Number.isInteger(index) || index < 0 || index >= size) {
    throw new RangeError(`no leaf ${index} in a tree of ${size}`);
  }
}

/**
 * The tree over `size` leaves; missing leaves are 0. Every node has four children, so nothing but
 * leaves is padded.
 * @throws RangeError for more leaves than `size`, or a value outside the field.
 */
export function fleetTree(
  tag: FleetTreeTag,
  leaves: readonly bigint[],
  size: FleetSize,
): FleetTree {
  if (leaves.length > size) throw new RangeError(`${leaves.length} leaves in a tree of ${size}`);
  const padding = new Array<bigint>(size - leaves.length).fill(0n);
  const levels = levelsOf(tag, [...leaves, ...padding]);
  return {
    root: levels.at(-1)?.[0] ?? 0n,
    pathOf: (index) => {
      checkIndex(index, size);
      const siblings: bigint[] = [];
      let place = index;
      for (const level of levels.slice(0, -1)) {
        const first = place - (place % ARITY);
        for (let i = first; i < first + ARITY; i++) if (i !== place) siblings.push(level[i] ?? 0n);
        place = first / ARITY;
      }
      return { index, siblings };
    },
  };
}

/**
 * The root that a leaf and its path give. The caller compares it with the root it trusts, and `size`
 * with what that root stands for: a path of another depth never passes.
 * @throws RangeError for an index outside 0 … size−1, a path of another length, or a value outside
 * the field.
 */
export function rootOfPath4(
  tag: FleetTreeTag,
  leaf: bigint,
  { index, siblings }: FleetPath,
  size: FleetSize,
): bigint {
  const depth = fleetTreeDepth(size);
  if (siblings.length !== depth * (ARITY - 1)) {
    throw new RangeError(`a path in a tree of ${size} has ${depth * (ARITY - 1)} siblings`);
  }
  checkIndex(index, size);
  let node = leaf;
  let place = index;
  for (let level = 0; level < depth; level++) {
    const children = siblings.slice(level * (ARITY - 1), (level + 1) * (ARITY - 1));
    children.splice(place % ARITY, 0, node);
    node = poseidon(tag, children);
    place = Math.floor(place / ARITY);
  }
  return node;
}
