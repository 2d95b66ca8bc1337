import { tokenOf } from '@atomicity/kernel/note/commitment';
import { nonceToInteger } from '@atomicity/kernel/units/id';
import { isSpendTier, type SpendTier } from '../artifacts/circuits.ts';
import type { CircuitInput } from '../prove/groth16-prover.ts';
import { type CountedSlot, checkPayment, checkPlace, checkSlots } from './check-period.ts';
import { openingSignals, pad, partsSignals, policySignals } from './period-signals.ts';
import type { PeriodWitness, WitnessSlot } from './period-witness.ts';
import { WitnessError } from './witness-error.ts';

/** The private inputs of a spend circuit. */
export type SpendInput = CircuitInput & { readonly circuit: `spend-${SpendTier}` };

function slotSignals(slots: readonly WitnessSlot[], tier: SpendTier): SpendInput['signals'] {
  const column = (value: (slot: WitnessSlot) => bigint): readonly bigint[] =>
    pad(slots.map(value), tier);
  const ifCounted = (value: (slot: CountedSlot) => bigint): readonly bigint[] =>
    column((slot) => (slot.status === 'counted' ? value(slot) : 0n));
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

/**
 * The circuit input of a period, checked: what it refuses, the circuit refuses too, but with a name
 * instead of a failed constraint.
 * @throws WitnessError with the first code that applies, in the order of `WitnessErrorCode`.
 * @throws RangeError for values outside their encodings.
 */
export function buildSpendInput(witness: PeriodWitness): SpendInput {
  const { parts } = witness;
  if (!isSpendTier(parts.tier)) throw new WitnessError('tier_not_supported', { tier: parts.tier });
  checkPlace(witness, 'spend');
  checkSlots(witness, (slot, place) => {
    if (slot.items !== undefined) {
      throw new WitnessError('note_kind_mismatch', { index: place.index });
    }
    checkPayment(slot.spend, 63n, place);
  });
  return uncheckedSpendInput(witness, parts.tier);
}
