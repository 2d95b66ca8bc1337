import { fieldFromHex } from '../codec/field.ts';
import { merkleRoot16, type Tier } from '../codec/merkle-16.ts';
import { poseidon } from '../codec/poseidon.ts';
import type { FieldHex, Hash } from '../units/id.ts';
import { tokenOf } from './commitment.ts';

/** How an authorization ended. `unspent`: lapsed, and the pair's close shows that it was not used. */
export type SlotStatus = 'spent' | 'void' | 'lapsed' | 'unspent';

export const SLOT_STATUSES: readonly SlotStatus[] = ['spent', 'void', 'lapsed', 'unspent'];

/** True for slots whose spend the attestation counts: spent, and lapsed without a showing. */
export function isCounted(status: SlotStatus): boolean {
  return status === 'spent' || status === 'lapsed';
}

/** One authorization of a period, at the place of its index. */
export type LeafSlot = { readonly status: SlotStatus; readonly commitment: FieldHex };
export type TokenSlot = { readonly authorization: Hash; readonly category: number };

/** The leaves of the notes tree: the commitment of a counted slot, 0 for any other. */
export function noteLeaves(slots: readonly LeafSlot[]): readonly bigint[] {
  return slots.map((slot) => (isCounted(slot.status) ? fieldFromHex(slot.commitment) : 0n));
}

/**
 * The root over a period's notes in index order: public signal 0.
 * @throws RangeError for more slots than the tier holds.
 */
export function leavesRoot(slots: readonly LeafSlot[], tier: Tier): bigint {
  return merkleRoot16('leaves', noteLeaves(slots), tier);
}

const CATEGORIES_PER_WORD = 80;
const BITS_PER_CATEGORY = 3;

/** The categories of a period in index order, three bits each, 80 to a word of 240 bits. */
function categoryWords(slots: readonly TokenSlot[], tier: Tier): readonly bigint[] {
  const words = new Array<bigint>(Math.ceil(tier / CATEGORIES_PER_WORD)).fill(0n);
  slots.forEach(({ category }, i) => {
    if (!Number.isInteger(category) || category < 0 || category > 7) {
      throw new RangeError(`category out of range: ${category}`);
    }
    const at = Math.floor(i / CATEGORIES_PER_WORD);
    const shift = BigInt(BITS_PER_CATEGORY * (i % CATEGORIES_PER_WORD));
    words[at] = (words[at] ?? 0n) | (BigInt(category) << shift);
  });
  return words;
}

/**
 * The root over every authorization that a period issued, in index order, whatever became of it:
 * public signal 1. Poseidon('tokens'; 16-ary tree over the tokens, words of the categories).
 * @throws RangeError for more slots than the tier holds, or a category outside 0 … 7.
 */
export function tokensRoot(slots: readonly TokenSlot[], tier: Tier): bigint {
  const tokens = slots.map((slot) => tokenOf(slot.authorization));
  return poseidon('tokens', [merkleRoot16('tokens', tokens, tier), ...categoryWords(slots, tier)]);
}
