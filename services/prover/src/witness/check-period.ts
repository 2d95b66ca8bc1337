import { fieldFromHex } from '@atomicity/kernel/codec/field';
import type { PeriodCircuit } from '@atomicity/kernel/period/period-digest';
import { periodHash } from '@atomicity/kernel/period/period-hash';
import { summaryCommitment } from '@atomicity/kernel/period/summary';
import { type Policy, policyDigest } from '@atomicity/kernel/policy/policy-digest';
import type { PeriodWitness, WitnessSlot } from './period-witness.ts';
import { WitnessError } from './witness-error.ts';

export type CountedSlot = Extract<WitnessSlot, { status: 'counted' }>;

/** What the rules of one note are told besides it. */
export type NotePlace = {
  readonly index: number;
  readonly category: Policy['categories'][number];
  readonly windowEnd: number;
};

/** @throws WitnessError for a spend outside `bits` bits or above the ceiling of its category. */
export function checkPayment(
  spend: bigint,
  bits: bigint,
  { index, category }: NotePlace,
  facts: Readonly<Record<string, number>> = {},
): void {
  if (spend < 0n || spend >> bits !== 0n) {
    throw new WitnessError('value_out_of_range', { index, ...facts });
  }
  if (spend > category.ceiling) {
    throw new WitnessError('ceiling_exceeded', { index, ...facts, category: category.name });
  }
}

/** Whether the period is what its parts say, and goes on where the one before ended. */
export function checkPlace(witness: PeriodWitness, circuit: PeriodCircuit): void {
  const { policy, parts, slots } = witness;
  if (parts.circuit !== circuit) throw new WitnessError('circuit_mismatch', { expected: circuit });
  if (slots.length > parts.tier) {
    throw new WitnessError('too_many_slots', { slots: slots.length, tier: parts.tier });
  }
  if (parts.budget !== policy.budget) throw new WitnessError('budget_mismatch');
  if (parts.period !== periodHash(parts.budget, parts.periodIndex)) {
    throw new WitnessError('period_mismatch');
  }
  checkPrevious(witness);
}

function checkPrevious({ policy, parts, previous }: PeriodWitness): void {
  if (previous === null) {
    if (parts.periodIndex > 0) throw new WitnessError('previous_summary_missing');
    if (fieldFromHex(parts.previousSummary) !== 0n) {
      throw new WitnessError('previous_summary_unexpected');
    }
    return;
  }
  if (parts.periodIndex === 0) throw new WitnessError('previous_summary_unexpected');
  const opens =
    summaryCommitment(previous) === fieldFromHex(parts.previousSummary) &&
    fieldFromHex(previous.policyDigest) === policyDigest(policy);
  if (!opens) throw new WitnessError('previous_summary_mismatch');
}

/**
 * The rules of slots, in index order: category, then `checkNote`, then times; and the caps over all.
 * @throws WitnessError.
 */
export function checkSlots(
  { policy, previous, slots }: PeriodWitness,
  checkNote: (slot: CountedSlot, place: NotePlace) => void,
): void {
  const totals: bigint[] = policy.categories.map(
    (_, category) => previous?.cumulativeCategoryTotals[category] ?? 0n,
  );
  const { windowStart, windowEnd } = policy;
  let at = previous?.lastAt ?? windowStart;
  slots.forEach((slot, index) => {
    const category = policy.categories[slot.category];
    if (category === undefined) throw new WitnessError('category_unknown', { index });
    if (slot.status === 'void') return;
    if (slot.regime < 0 || slot.regime > 31)
      throw new WitnessError('value_out_of_range', { index });
    checkNote(slot, { index, category, windowEnd });
    if (slot.at < windowStart) throw new WitnessError('outside_window', { index });
    if (slot.at < at) throw new WitnessError('time_goes_back', { index });
    if (slot.at > windowEnd) throw new WitnessError('outside_window', { index });
    at = slot.at;
    totals[slot.category] = (totals[slot.category] ?? 0n) + slot.spend;
  });
  policy.categories.forEach((category, i) => {
    if ((totals[i] ?? 0n) > category.cap) {
      throw new WitnessError('category_cap_exceeded', { category: category.name });
    }
  });
  if (totals.reduce((sum, total) => sum + total, 0n) > policy.cap) {
    throw new WitnessError('cap_exceeded');
  }
}
