import { type PoseidonTag, poseidon } from './poseidon.ts';

/** How many notes one proof holds. */
export type Tier = 16 | 64 | 256 | 1024;

export const TIERS: readonly Tier[] = [16, 64, 256, 1024];

const ARITY = 16;

/** True for 16, 64, 256 and 1024. */
export function isTier(value: number): value is Tier {
  return (TIERS as readonly number[]).includes(value);
}

/**
 * The root of the 16-ary Poseidon tree over `tier` leaves: missing leaves are 0; every level is
 * padded with 0 to a multiple of 16 (tier 64: four nodes, then one node of four children and twelve
 * zeros). Depth 1 for tier 16, 2 for 64 and 256, 3 for 1024.
 * @throws RangeError for more leaves than the tier holds.
 */
export function merkleRoot16(
  tag: Extract<PoseidonTag, 'leaves' | 'tokens'>,
  leaves: readonly bigint[],
  tier: Tier,
): bigint {
  if (leaves.length > tier) throw new RangeError(`${leaves.length} leaves in a tier of ${tier}`);
  let level: bigint[] = [...leaves, ...new Array<bigint>(tier - leaves.length).fill(0n)];
  while (level.length > 1) {
    const parents: bigint[] = [];
    const hashed = new Map<string, bigint>();
    for (let start = 0; start < level.length; start += ARITY) {
      const children = level.slice(start, start + ARITY);
      while (children.length < ARITY) children.push(0n);
      // Padding repeats whole subtrees: hash each distinct one once.
      const key = children.join();
      const parent = hashed.get(key) ?? poseidon(tag, children);
      hashed.set(key, parent);
      parents.push(parent);
    }
    level = parents;
  }
  return level[0] ?? 0n;
}
