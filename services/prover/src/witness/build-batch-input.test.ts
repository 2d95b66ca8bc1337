// Goal: a period of batch notes that cannot be proved is refused by name, in the order of the checks.
import type { Tier } from '@atomicity/kernel/codec/merkle-16';
import type { BatchItem } from '@atomicity/kernel/note/batch-commitment';
import { amount } from '@atomicity/kernel/units/amount';
import type { Hash } from '@atomicity/kernel/units/id';
import { describe, expect, test } from 'vitest';
import {
  batchItems,
  batchPeriodOf,
  batchSlot,
  sampleBatchPeriod,
} from '../testing/sample-batch-period.ts';
import { countedSlot, SAMPLE_WINDOW, samplePeriod, voidSlot } from '../testing/sample-period.ts';
import { buildBatchInput } from './build-batch-input.ts';
import { buildPeriodInput } from './build-period-input.ts';
import type { PeriodWitness, WitnessSlot } from './period-witness.ts';
import { WitnessError, type WitnessErrorCode } from './witness-error.ts';

const WINDOW_MS = SAMPLE_WINDOW.end - SAMPLE_WINDOW.start;
const period = sampleBatchPeriod();

const withParts = (parts: Partial<PeriodWitness['parts']>): PeriodWitness => ({
  ...period,
  parts: { ...period.parts, ...parts },
});

type Pair = readonly [bigint, number];
const note = (category: number, pairs: readonly Pair[], afterMs = 0): WitnessSlot =>
  batchSlot(`${category}/${pairs.join()}/${afterMs}`, {
    items: batchItems(pairs),
    afterMs,
    category,
  });
const of = (...slots: readonly WitnessSlot[]): PeriodWitness => batchPeriodOf(slots);
/** A note whose items were changed after its spend was counted. */
const forced = (items: readonly BatchItem[], spend: bigint): WitnessSlot => ({
  ...countedSlot('forced', { spend, afterMs: 0 }),
  items,
});

describe('a period of batch notes that cannot be proved', () => {
  test.each<[WitnessErrorCode, string, PeriodWitness]>([
    ['tier_not_supported', 'tier 256', withParts({ tier: 256 })],
    ['tier_not_supported', 'a tier that is none', withParts({ tier: 32 as Tier })],
    ['circuit_mismatch', 'a period of single notes', withParts({ circuit: 'spend' })],
    ['too_many_slots', '17 notes', sampleBatchPeriod({ slotCount: 17 })],
    ['budget_mismatch', 'another budget', withParts({ budget: 'ab'.repeat(32) as Hash })],
    [
      'previous_summary_missing',
      'period 1 without an opening',
      withParts({
        periodIndex: 1,
        period: sampleBatchPeriod({ periodIndex: 1 }).parts.period,
      }),
    ],
    ['category_unknown', 'a fourth category', of(note(3, [[1n, 0]]))],
    ['note_kind_mismatch', 'a single note', of(countedSlot('single', { spend: 1n, afterMs: 0 }))],
    ['batch_size_out_of_range', 'no payment', of(forced([], 0n))],
    ['batch_size_out_of_range', '17 payments', of(note(0, new Array<Pair>(17).fill([1n, 0])))],
    ['items_sum_mismatch', 'payments of less than the note', of(forced(batchItems([[1n, 0]]), 2n))],
    ['value_out_of_range', 'a step of 2^32', of(note(0, [[1n, 2 ** 32]]))],
    ['value_out_of_range', 'a step back', of(note(0, [[1n, -1]]))],
    ['value_out_of_range', 'half a step', of(note(0, [[1n, 0.5]]))],
    [
      'value_out_of_range',
      'a payment of 2^48 under any ceiling',
      of(forced([{ spend: amount(2n ** 48n), stepMs: 0 }], 2n ** 48n)),
    ],
    [
      'ceiling_exceeded',
      'the last payment above its ceiling',
      of(
        note(2, [
          [1n, 0],
          [201n, 0],
        ]),
      ),
    ],
    ['time_goes_back', 'a note before the last', of(note(0, [[1n, 0]], 5), note(0, [[1n, 0]], 4))],
    [
      'outside_window',
      'a payment after the window',
      of(
        note(0, [
          [1n, WINDOW_MS],
          [1n, 1],
        ]),
      ),
    ],
    [
      'outside_window',
      'an early note with a payment after the window',
      of(note(0, [[1n, WINDOW_MS + 1]]), note(0, [[1n, 0]], 10)),
    ],
    [
      'category_cap_exceeded',
      'three searches, none above the ceiling',
      of(
        note(2, [
          [200n, 0],
          [200n, 0],
        ]),
        note(2, [[1n, 0]]),
      ),
    ],
    [
      'cap_exceeded',
      'everything',
      of(
        note(0, [
          [1_000n, 0],
          [1_000n, 0],
          [1_000n, 0],
        ]),
        note(1, [
          [5_000n, 0],
          [2_001n, 0],
        ]),
      ),
    ],
  ])('%s: %s', (code, _, witness) => {
    expect(() => buildBatchInput(witness)).toThrow(expect.objectContaining({ code }));
    expect(() => buildBatchInput(witness)).toThrow(WitnessError);
  });
});

test('a period at its bounds builds, and the same input twice', () => {
  const witness = of(
    note(0, [
      [1_000n, 0],
      [1_000n, 0],
      [1_000n, 0],
    ]),
    note(1, [
      [5_000n, 0],
      [2_000n, WINDOW_MS],
    ]),
    voidSlot('v', 2),
  );
  expect(buildBatchInput(witness)).toEqual(buildBatchInput(witness));
});

test('payments stand in their note’s row, zeros beyond', () => {
  const { signals } = buildBatchInput(
    of(
      note(0, [[7n, 1]]),
      voidSlot('v'),
      note(0, [
        [5n, 0],
        [9n, 3],
      ]),
    ),
  );
  const row = (name: string, slot: number) => {
    const column = signals[name];
    return Array.isArray(column) ? column.slice(16 * slot, 16 * slot + 3) : [];
  };
  expect([row('spend', 0), row('spend', 1), row('spend', 2)]).toEqual([
    [7n, 0n, 0n],
    [0n, 0n, 0n],
    [5n, 9n, 0n],
  ]);
  expect([row('used', 0), row('used', 1), row('used', 2)]).toEqual([
    [1n, 0n, 0n],
    [0n, 0n, 0n],
    [1n, 1n, 0n],
  ]);
  expect(row('step', 2)).toEqual([0n, 3n, 0n]);
  expect(signals['itemMax']).toEqual([7n, 0n, 9n, ...new Array<bigint>(13).fill(0n)]);
  expect(signals['spend']).toHaveLength(256);
});

test('the parts of a period choose its circuit', () => {
  expect(buildPeriodInput(period).circuit).toBe('batch-16');
  expect(buildPeriodInput(samplePeriod()).circuit).toBe('spend-16');
});
