// Goal: a period that cannot be proved is refused by name, in the order of the checks.
import type { Tier } from '@atomicity/kernel/codec/merkle-16';
import { amount } from '@atomicity/kernel/units/amount';
import type { FieldHex, Hash } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import { describe, expect, test } from 'vitest';
import { batchItems, batchSlot } from '../testing/sample-batch-period.ts';
import { countedSlot, SAMPLE_WINDOW, samplePeriod } from '../testing/sample-period.ts';
import { buildSpendInput } from './build-spend-input.ts';
import { computeStatement } from './compute-statement.ts';
import type { PeriodWitness, WitnessSlot } from './period-witness.ts';
import { WitnessError, type WitnessErrorCode } from './witness-error.ts';

const period = samplePeriod();
const previous = computeStatement(period).summary;
const second = samplePeriod({ periodIndex: 1, previous });
const windowMs = SAMPLE_WINDOW.end - SAMPLE_WINDOW.start;

const withParts = (parts: Partial<PeriodWitness['parts']>, base = period): PeriodWitness => ({
  ...base,
  parts: { ...base.parts, ...parts },
});
const withSlots = (...slots: readonly WitnessSlot[]): PeriodWitness => ({ ...period, slots });
const note = (category: number, spend: bigint, afterMs = 0): WitnessSlot =>
  countedSlot(`${category}/${spend}/${afterMs}`, { category, spend, afterMs });

describe('a period that cannot be proved', () => {
  test.each<[WitnessErrorCode, string, PeriodWitness]>([
    ['tier_not_supported', 'a tier that is none', withParts({ tier: 32 as Tier })],
    ['circuit_mismatch', 'a period of batch notes', withParts({ circuit: 'batch' })],
    ['too_many_slots', '17 slots', samplePeriod({ slotCount: 17 })],
    ['budget_mismatch', 'another budget', withParts({ budget: 'ab'.repeat(32) as Hash })],
    ['period_mismatch', 'another period', withParts({ period: 'ab'.repeat(32) as Hash })],
    ['previous_summary_missing', 'period 1 without an opening', { ...second, previous: null }],
    ['previous_summary_unexpected', 'period 0 with an opening', { ...period, previous }],
    [
      'previous_summary_unexpected',
      'period 0 after a summary',
      withParts({ previousSummary: second.parts.previousSummary }),
    ],
    [
      'previous_summary_mismatch',
      'another summary',
      withParts({ previousSummary: '01'.repeat(32) as FieldHex }, second),
    ],
    [
      'previous_summary_mismatch',
      'another total',
      { ...second, previous: { ...previous, cumulativeTotal: amount(0n) } },
    ],
    ['category_unknown', 'a fourth category', withSlots(note(3, 1n))],
    [
      'note_kind_mismatch',
      'a batch note',
      withSlots(batchSlot('b', { items: batchItems([[1n, 0]]), afterMs: 0 })),
    ],
    [
      'value_out_of_range',
      'regime 32',
      withSlots({ ...countedSlot('r', { spend: 1n, afterMs: 0 }), regime: 32 }),
    ],
    ['ceiling_exceeded', 'a payment above its ceiling', withSlots(note(2, 201n))],
    ['time_goes_back', 'a note before the last', withSlots(note(0, 1n, 5), note(0, 1n, 4))],
    [
      'outside_window',
      'a note before the window',
      withSlots({
        ...countedSlot('s', { spend: 1n, afterMs: 0 }),
        at: unixMs(SAMPLE_WINDOW.start - 1),
      }),
    ],
    ['outside_window', 'a note after the window', withSlots(note(0, 1n, windowMs + 1))],
    [
      'category_cap_exceeded',
      'three searches',
      withSlots(note(2, 200n), note(2, 200n), note(2, 1n)),
    ],
    [
      'cap_exceeded',
      'everything',
      withSlots(
        note(0, 1_000n),
        note(0, 1_000n),
        note(0, 1_000n),
        note(1, 5_000n),
        note(1, 2_001n),
      ),
    ],
  ])('%s: %s', (code, _, witness) => {
    expect(() => buildSpendInput(witness)).toThrow(expect.objectContaining({ code }));
    expect(() => buildSpendInput(witness)).toThrow(WitnessError);
  });
});

test('a period at its bounds builds, and the same input twice', () => {
  const witness = withSlots(
    note(0, 1_000n),
    note(0, 1_000n),
    note(0, 1_000n),
    note(1, 5_000n),
    note(1, 2_000n, windowMs),
  );
  expect(buildSpendInput(witness)).toEqual(buildSpendInput(witness));
});

test('the second period opens the first and starts at its last time', () => {
  const { signals } = buildSpendInput(second);
  expect(signals['openingTotals']).toEqual([...previous.cumulativeCategoryTotals]);
  expect(signals['openingLastAt']).toBe(BigInt(previous.lastAt));
  expect(computeStatement(second).summary.cumulativeTotal).toBe(
    previous.cumulativeTotal + computeStatement(second).summary.periodTotal,
  );
});
