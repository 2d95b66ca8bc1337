import { fieldFromHex, fieldToHex } from '../codec/field.ts';
import { hashField } from '../codec/field-encodings.ts';
import { poseidon } from '../codec/poseidon.ts';
import { nullifier } from '../period/period-digest.ts';
import { type Policy, policyDigest } from '../policy/policy-digest.ts';
import { AMOUNT_MAX, type Amount } from '../units/amount.ts';
import type { FieldHex, Hash } from '../units/id.ts';
import { type FleetPath, type FleetSize, type FleetTree, fleetTree } from './fleet-tree.ts';
import { type FleetRefusal, fleetRefusal } from './refusals.ts';

/** One agent's place in a cycle, fixed before the window. */
export type FleetSlot = {
  /** Of the agent's budget: a fresh one for each cycle. */
  readonly policyDigest: FieldHex;
  /** Of the period that closes that budget: Poseidon('nullifier'; budget, period index). */
  readonly nullifier: FieldHex;
  /** The most that the agent may spend in the cycle, in ledger units. */
  readonly subCap: Amount;
};

/** What a principal registers for one cycle of a fleet. */
export type FleetPolicy = {
  readonly fleet: Hash;
  readonly cap: Amount;
  /** In slot order; the slots after them, up to `size`, are unused and stay so for the cycle. */
  readonly slots: readonly FleetSlot[];
  readonly size: FleetSize;
};

/** True for what `Amount` promises, of a value that may come from elsewhere. */
function isAmount(value: bigint): boolean {
  return value >= 0n && value <= AMOUNT_MAX;
}

function refuseTwice(slots: readonly FleetSlot[]): FleetRefusal | undefined {
  const digests = new Map<FieldHex, number>();
  const nullifiers = new Map<FieldHex, number>();
  for (const [slot, { policyDigest, nullifier }] of slots.entries()) {
    const first = digests.get(policyDigest) ?? nullifiers.get(nullifier);
    if (first !== undefined) return fleetRefusal('policy_listed_twice', { slot, first });
    digests.set(policyDigest, slot);
    nullifiers.set(nullifier, slot);
  }
  return undefined;
}

/**
 * Why a policy is none, or `undefined`. The circuit and the contract do not look for slots that are
 * listed twice: this is where that is refused, and anyone can repeat it on the published digests.
 * Refusals, in this order: `no_slots`, `too_many_slots`, `cap_out_of_range`, `sub_cap_out_of_range`,
 * `policy_listed_twice`, `sub_caps_exceed_cap`.
 */
export function refuseFleetPolicy({ cap, slots, size }: FleetPolicy): FleetRefusal | undefined {
  if (slots.length === 0) return fleetRefusal('no_slots');
  if (slots.length > size) {
    return fleetRefusal('too_many_slots', { slots: slots.length, size });
  }
  if (!isAmount(cap)) return fleetRefusal('cap_out_of_range');
  const outside = slots.findIndex((slot) => !isAmount(slot.subCap));
  if (outside >= 0) return fleetRefusal('sub_cap_out_of_range', { slot: outside });
  const twice = refuseTwice(slots);
  if (twice !== undefined) return twice;
  const granted = slots.reduce((sum, slot) => sum + slot.subCap, 0n);
  return granted > cap ? fleetRefusal('sub_caps_exceed_cap') : undefined;
}

/** The four inputs of a slot's leaf, in the order of the circuit. */
export function slotLeafInputs(slot: FleetSlot, index: number): readonly bigint[] {
  return [
    fieldFromHex(slot.policyDigest),
    fieldFromHex(slot.nullifier),
    slot.subCap,
    BigInt(index),
  ];
}

/** Poseidon('fleet-slot'; policyDigest, nullifier, subCap, index). An unused slot has the leaf 0. */
export function slotLeaf(slot: FleetSlot, index: number): bigint {
  return poseidon('fleet-slot', slotLeafInputs(slot, index));
}

/** The tree over the slots of a policy. @throws RangeError as `fleetTree`. */
export function slotsTree(policy: FleetPolicy): FleetTree {
  return fleetTree('fleet-slots', policy.slots.map(slotLeaf), policy.size);
}

/** The three inputs of a policy root, in the order of the circuit. @throws RangeError as `fleetTree`. */
export function fleetPolicyInputs(policy: FleetPolicy): readonly bigint[] {
  return [
    slotsTree(policy).root,
    policy.cap | (BigInt(policy.slots.length) << 64n),
    hashField(policy.fleet),
  ];
}

/**
 * Poseidon('fleet-policy'; slots root, cap | slot count · 2^64, fleet): public signal 0, registered
 * before the window. It states and does not judge: `refuseFleetPolicy` judges.
 * @throws RangeError for more slots than the size, or a value outside the field.
 */
export function fleetPolicyRoot(policy: FleetPolicy): bigint {
  return poseidon('fleet-policy', fleetPolicyInputs(policy));
}

/**
 * The path from a slot's leaf to the slots root; for several, `slotsTree` once.
 * @throws RangeError for an index outside the tree.
 */
export function slotPath(policy: FleetPolicy, index: number): FleetPath {
  return slotsTree(policy).pathOf(index);
}

/**
 * The slot of a budget that its period `periodIndex` closes, with the budget's own cap as sub-cap.
 * Only then does a reserved sub-cap bound what an excluded agent spent: with a smaller one the agent
 * may have spent up to the cap of its budget, and the fleet's sums would not know.
 */
export function slotOfBudget(policy: Policy, periodIndex: number): FleetSlot {
  return {
    policyDigest: fieldToHex(policyDigest(policy)),
    nullifier: fieldToHex(nullifier(policy.budget, periodIndex)),
    subCap: policy.cap,
  };
}
