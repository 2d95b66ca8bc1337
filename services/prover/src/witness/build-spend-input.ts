import { fieldFromHex } from '@atomicity/kernel/codec/field';
import { denominationField, hashField } from '@atomicity/kernel/codec/field-encodings';
import { words } from '@atomicity/kernel/codec/words';
import { tokenOf } from '@atomicity/kernel/note/commitment';
import { type PeriodParts, periodDigestInputs } from '@atomicity/kernel/period/period-digest';
import { periodHash } from '@atomicity/kernel/period/period-hash';
import { type SummaryOpening, summaryCommitment } from '@atomicity/kernel/period/summary';
import { type Policy, policyDigest } from '@atomicity/kernel/policy/policy-digest';
import { nonceToInteger } from '@atomicity/kernel/units/id';
import { isSpendTier, type SpendTier } from '../artifacts/circuits.ts';
import type { CircuitInput } from '../prove/groth16-prover.ts';
import type { PeriodWitness, WitnessSlot } from './period-witness.ts';
import { WitnessError } from './witness-error.ts';

/** The private inputs of a spend circuit. */
export type SpendInput = CircuitInput & { readonly circuit: `spend-${SpendTier}` };

const CATEGORIES = 8;

function pad(values: readonly bigint[], length: number): readonly bigint[] {
  return [...values, ...new Array<bigint>(length - values.length).fill(0n)];
}

/** The opening inputs; all zero for the first period. */
function openingSignals(previous: SummaryOpening | null): SpendInput['signals'] {
  if (previous === null) {
    return {
      openingPeriodDigest: 0n,
      openingPeriodTotal: 0n,
      openingCountAndFirst: 0n,
      openingLastAt: 0n,
      openingPeriodWords: pad([], 3),
      openingTotals: pad([], CATEGORIES),
      openingSalt: 0n,
    };
  }
  return {
    openingPeriodDigest: fieldFromHex(previous.periodDigest),
    openingPeriodTotal: previous.periodTotal,
    openingCountAndFirst: BigInt(previous.count) | (BigInt(previous.firstAt) << 32n),
    openingLastAt: BigInt(previous.lastAt),
    openingPeriodWords: words(previous.categoryTotals),
    openingTotals: previous.cumulativeCategoryTotals,
    openingSalt: nonceToInteger(previous.salt),
  };
}

function policySignals(policy: Policy): SpendInput['signals'] {
  return {
    budgetId: hashField(policy.budget),
    denomId: denominationField(policy.denomination),
    cap: policy.cap,
    windowStart: BigInt(policy.windowStart),
    windowEnd: BigInt(policy.windowEnd),
    ceilings: pad(
      policy.categories.map((category) => category.ceiling),
      CATEGORIES,
    ),
    caps: pad(
      policy.categories.map((category) => category.cap),
      CATEGORIES,
    ),
    policySalt: nonceToInteger(policy.policySalt),
  };
}

function partsSignals(parts: PeriodParts): SpendInput['signals'] {
  const names = [
    'periodId',
    'budgetId',
    'periodIndex',
    'principal',
    'agent',
    'origin',
    'treeSizes',
    'lastRoot',
    'previousSummary',
    'chainId',
    'registry',
    'circuitWord',
  ];
  const entries = periodDigestInputs(parts).map((value, i) => [names[i], value]);
  // The circuit computes or holds these three itself.
  const {
    budgetId: _,
    previousSummary: __,
    circuitWord: ___,
    ...signals
  } = Object.fromEntries(entries);
  return signals;
}

function slotSignals(slots: readonly WitnessSlot[], tier: SpendTier): SpendInput['signals'] {
  const column = (value: (slot: WitnessSlot) => bigint): readonly bigint[] =>
    pad(slots.map(value), tier);
  const ifCounted = (
    value: (slot: Extract<WitnessSlot, { status: 'counted' }>) => bigint,
  ): readonly bigint[] => column((slot) => (slot.status === 'counted' ? value(slot) : 0n));
  return {
    active: column(() => 1n),
    counted: ifCounted(() => 1n),
    spend: ifCounted((slot) => slot.spend),
    at: ifCounted((slot) => BigInt(slot.at)),
    category: column((slot) => BigInt(slot.category)),
    regime: ifCounted((slot) => BigInt(slot.regime)),
    token: column((slot) => tokenOf(slot.authorization)),
    salt: ifCounted((slot) => nonceToInteger(slot.salt)),
  };
}

/**
 * The circuit input of a period WITHOUT any check: for the tests that feed the circuit with false
 * periods. Everything else calls `buildSpendInput`.
 */
export function uncheckedSpendInput(witness: PeriodWitness, tier: SpendTier): SpendInput {
  return {
    circuit: `spend-${tier}`,
    signals: {
      ...policySignals(witness.policy),
      ...partsSignals(witness.parts),
      ...openingSignals(witness.previous),
      ...slotSignals(witness.slots, tier),
      summarySalt: nonceToInteger(witness.summarySalt),
    },
  };
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

function checkSlots({ policy, previous, slots }: PeriodWitness): void {
  const totals: bigint[] = policy.categories.map(
    (_, category) => previous?.cumulativeCategoryTotals[category] ?? 0n,
  );
  let at = previous?.lastAt ?? policy.windowStart;
  slots.forEach((slot, index) => {
    const category = policy.categories[slot.category];
    if (category === undefined) throw new WitnessError('category_unknown', { index });
    if (slot.status === 'void') return;
    if (slot.spend < 0n || slot.spend >> 63n !== 0n || slot.regime < 0 || slot.regime > 31) {
      throw new WitnessError('value_out_of_range', { index });
    }
    if (slot.spend > category.ceiling) {
      throw new WitnessError('ceiling_exceeded', { index, category: category.name });
    }
    if (slot.at < policy.windowStart) throw new WitnessError('outside_window', { index });
    if (slot.at < at) throw new WitnessError('time_goes_back', { index });
    if (slot.at > policy.windowEnd) throw new WitnessError('outside_window', { index });
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

/**
 * The circuit input of a period, checked: what it refuses, the circuit refuses too, but with a name
 * instead of a failed constraint.
 * @throws WitnessError with the first code that applies, in the order of `WitnessErrorCode`.
 * @throws RangeError for values outside their encodings.
 */
export function buildSpendInput(witness: PeriodWitness): SpendInput {
  const { policy, parts, slots } = witness;
  if (!isSpendTier(parts.tier)) throw new WitnessError('tier_not_supported', { tier: parts.tier });
  if (slots.length > parts.tier) {
    throw new WitnessError('too_many_slots', { slots: slots.length, tier: parts.tier });
  }
  if (parts.budget !== policy.budget) throw new WitnessError('budget_mismatch');
  if (parts.period !== periodHash(parts.budget, parts.periodIndex)) {
    throw new WitnessError('period_mismatch');
  }
  checkPrevious(witness);
  checkSlots(witness);
  return uncheckedSpendInput(witness, parts.tier);
}
