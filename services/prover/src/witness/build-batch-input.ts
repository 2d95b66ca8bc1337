import {
  BATCH_ITEMS_MAX,
  type BatchItem,
  batchSpend,
  ITEM_STEP_MS_MAX,
  lastItemAt,
} from '@atomicity/kernel/note/batch-commitment';
import { tokenOf } from '@atomicity/kernel/note/commitment';
import { nonceToInteger } from '@atomicity/kernel/units/id';
import { type BatchTier, isBatchTier } from '../artifacts/circuits.ts';
import type { CircuitInput } from '../prove/groth16-prover.ts';
import {
  type CountedSlot,
  checkPayment,
  checkPlace,
  checkSlots,
  type NotePlace,
} from './check-period.ts';
import { openingSignals, pad, partsSignals, policySignals } from './period-signals.ts';
import type { PeriodWitness, WitnessSlot } from './period-witness.ts';
import { WitnessError } from './witness-error.ts';

/** The private inputs of a batch circuit; two-dimensional ones row after row. */
export type BatchInput = CircuitInput & { readonly circuit: `batch-${BatchTier}` };

const itemsOf = (slot: WitnessSlot): readonly BatchItem[] =>
  slot.status === 'counted' ? (slot.items ?? []) : [];

/** The bound that the circuit compares with the ceiling: any value between the two would do. */
function largest(items: readonly BatchItem[]): bigint {
  let most = 0n;
  for (const { spend } of items) if (spend > most) most = spend;
  return most;
}

function slotSignals(slots: readonly WitnessSlot[], tier: BatchTier): BatchInput['signals'] {
  const column = (value: (slot: WitnessSlot) => bigint): readonly bigint[] =>
    pad(slots.map(value), tier);
  const ifCounted = (value: (slot: CountedSlot) => bigint): readonly bigint[] =>
    column((slot) => (slot.status === 'counted' ? value(slot) : 0n));
  const grid = (value: (item: BatchItem) => bigint): readonly bigint[] =>
    pad(
      slots.flatMap((slot) => pad(itemsOf(slot).map(value), BATCH_ITEMS_MAX)),
      tier * BATCH_ITEMS_MAX,
    );
  return {
    active: column(() => 1n),
    counted: ifCounted(() => 1n),
    used: grid(() => 1n),
    spend: grid((item) => item.spend),
    step: grid((item) => BigInt(item.stepMs)),
    itemMax: column((slot) => largest(itemsOf(slot))),
    at: ifCounted((slot) => BigInt(slot.at)),
    category: column((slot) => BigInt(slot.category)),
    regime: ifCounted((slot) => BigInt(slot.regime)),
    token: column((slot) => tokenOf(slot.authorization)),
    salt: ifCounted((slot) => nonceToInteger(slot.salt)),
  };
}

/**
 * The circuit input of a period of batch notes WITHOUT any check: for the tests that feed the circuit
 * with false periods. Everything else calls `buildBatchInput`.
 */
export function uncheckedBatchInput(witness: PeriodWitness, tier: BatchTier): BatchInput {
  return {
    circuit: `batch-${tier}`,
    signals: {
      ...policySignals(witness.policy),
      ...partsSignals(witness.parts),
      ...openingSignals(witness.previous),
      ...slotSignals(witness.slots, tier),
      summarySalt: nonceToInteger(witness.summarySalt),
    },
  };
}

function checkBatch(slot: CountedSlot, place: NotePlace): void {
  const { index } = place;
  const { items } = slot;
  if (items === undefined) throw new WitnessError('note_kind_mismatch', { index });
  if (items.length < 1 || items.length > BATCH_ITEMS_MAX) {
    throw new WitnessError('batch_size_out_of_range', { index, items: items.length });
  }
  if (batchSpend(items) !== slot.spend) throw new WitnessError('items_sum_mismatch', { index });
  items.forEach(({ spend, stepMs }, item) => {
    if (!Number.isInteger(stepMs) || stepMs < 0 || stepMs > ITEM_STEP_MS_MAX) {
      throw new WitnessError('value_out_of_range', { index, item });
    }
    checkPayment(spend, 48n, place, { item });
  });
  if (lastItemAt(slot.at, items) > place.windowEnd) {
    throw new WitnessError('outside_window', { index });
  }
}

/**
 * The circuit input of a period of batch notes, checked: what it refuses, the circuit refuses too, but
 * with a name instead of a failed constraint.
 * @throws WitnessError with the first code that applies, in the order of `WitnessErrorCode`.
 * @throws RangeError for values outside their encodings.
 */
export function buildBatchInput(witness: PeriodWitness): BatchInput {
  const { parts } = witness;
  if (!isBatchTier(parts.tier)) throw new WitnessError('tier_not_supported', { tier: parts.tier });
  checkPlace(witness, 'batch');
  checkSlots(witness, checkBatch);
  return uncheckedBatchInput(witness, parts.tier);
}
