import { fieldFromHex } from '../codec/field.ts';
import { merkleRoot16, type Tier } from '../codec/merkle-16.ts';
import type { FieldHex, Hash } from '../units/id.ts';
import { tokenLeaf, tokenOf } from './commitment.ts';

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

/**
 * The root over every authorization that a period issued, in index order, whatever became of it:
 * public signal 1.
 * @throws RangeError for more slots than the tier holds.
 */
export function tokensRoot(slots: readonly TokenSlot[], tier: Tier): bigint {
  const leaves = slots.map((slot) => tokenLeaf(tokenOf(slot.authorization), slot.category));
  return merkleRoot16('tokens', leaves, tier);
}
