import type { Tier } from './merkle-16.ts';
import { type PoseidonTag, poseidon } from './poseidon.ts';

const ARITY = 16;
const SIBLINGS = ARITY - 1;

type TreeTag = Extract<PoseidonTag, 'leaves' | 'tokens'>;

/** The fifteen siblings of each level, from the leaf up: one list for tier 16, two for 64 and 256, three. */
export type MerklePath16 = readonly (readonly bigint[])[];

/** Levels between a leaf and the root. */
export function depth16(tier: Tier): number {
  return Math.ceil(Math.log2(tier) / Math.log2(ARITY));
}

function parentsOf(tag: TreeTag, level: readonly bigint[]): readonly bigint[] {
  const parents: bigint[] = [];
  for (let start = 0; start < level.length; start += ARITY) {
    parents.push(poseidon(tag, padded(level.slice(start, start + ARITY))));
  }
  return parents;
}

function padded(children: readonly bigint[]): readonly bigint[] {
  return [...children, ...new Array<bigint>(ARITY - children.length).fill(0n)];
}

/**
 * The path of one leaf in the tree of `merkleRoot16`: what a holder of that leaf alone needs to get the
 * root.
 * @throws RangeError for more leaves than the tier holds, or an index outside 0 … tier−1.
 */
export function merklePath16(
  tag: TreeTag,
  leaves: readonly bigint[],
  tier: Tier,
  index: number,
): MerklePath16 {
  if (leaves.length > tier) throw new RangeError(`${leaves.length} leaves in a tier of ${tier}`);
  checkIndex(index, tier);
  let level: readonly bigint[] = [...leaves, ...new Array<bigint>(tier - leaves.length).fill(0n)];
  const path: (readonly bigint[])[] = [];
  for (let at = index; level.length > 1; at = Math.floor(at / ARITY)) {
    const start = at - (at % ARITY);
    path.push(padded(level.slice(start, start + ARITY)).toSpliced(at % ARITY, 1));
    level = parentsOf(tag, level);
  }
  return path;
}

/**
 * The root above a leaf at `index` with these siblings: equal to the tree's root exactly when the leaf is
 * there, or a collision of Poseidon is known.
 * @throws RangeError for an index outside 0 … tier−1 or a path of another shape than the tier's.
 */
export function rootOfPath16(
  tag: TreeTag,
  leaf: bigint,
  place: { readonly index: number; readonly tier: Tier },
  path: MerklePath16,
): bigint {
  const { index, tier } = place;
  checkIndex(index, tier);
  if (path.length !== depth16(tier)) throw new RangeError(`a path of ${path.length} levels`);
  let at = index;
  let node = leaf;
  for (const siblings of path) {
    if (siblings.length !== SIBLINGS) throw new RangeError(`${siblings.length} siblings of 15`);
    node = poseidon(tag, siblings.toSpliced(at % ARITY, 0, node));
    at = Math.floor(at / ARITY);
  }
  return node;
}

function checkIndex(index: number, tier: Tier): void {
  if (!Number.isInteger(index) || index < 0 || index >= tier) {
    throw new RangeError(`no index ${index} in a tier of ${tier}`);
  }
}
