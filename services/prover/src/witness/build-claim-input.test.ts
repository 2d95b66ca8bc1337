// Goal: each claim alone refuses what it is about, by name, and lets pass what it is not about.
import { unixMs } from '@atomicity/kernel/units/time';
import { describe, expect, test } from 'vitest';
import { countedSlot, SAMPLE_WINDOW, samplePeriod, voidSlot } from '../testing/sample-period.ts';
import { buildClaimInput, type ClaimWitness, type NotesClaim } from './build-claim-input.ts';
import type { WitnessSlot } from './period-witness.ts';
import { WitnessError, type WitnessErrorCode } from './witness-error.ts';

const { policy, parts } = samplePeriod();
const windowMs = SAMPLE_WINDOW.end - SAMPLE_WINDOW.start;
const withSlots = (...slots: readonly WitnessSlot[]): ClaimWitness => ({
  policy,
  period: parts.period,
  tier: 16,
  slots,
});
const note = (category: number, spend: bigint, afterMs = 0) =>
  countedSlot(`${category}/${spend}/${afterMs}`, { category, spend, afterMs });
const early = { ...note(0, 1n), at: unixMs(SAMPLE_WINDOW.start - 1) };
const refused = (code: WitnessErrorCode) => expect.objectContaining({ code });

describe('refused by name', () => {
  test.each<[WitnessErrorCode, NotesClaim, string, ClaimWitness]>([
    ['tier_not_supported', 'aggregate', 'tier 256', { ...withSlots(), tier: 256 }],
    ['too_many_slots', 'window', '17 slots', withSlots(...new Array(17).fill(note(0, 1n)))],
    ['value_out_of_range', 'aggregate', 'regime 32', withSlots({ ...note(0, 1n), regime: 32 })],
    ['value_out_of_range', 'window', 'category 8', withSlots({ ...note(0, 1n), category: 8 })],
    ['cap_exceeded', 'aggregate', 'a sum of cap + 1', withSlots(note(0, 9_000n), note(1, 1_001n))],
    ['category_unknown', 'ceilings', 'a fourth category', withSlots(note(3, 0n))],
    ['ceiling_exceeded', 'ceilings', 'one above', withSlots(note(0, 1_000n), note(2, 201n))],
    ['outside_window', 'window', 'a note before', withSlots(early)],
    ['outside_window', 'window', 'a note after', withSlots(note(0, 1n, windowMs + 1))],
    ['time_goes_back', 'window', 'a note before the last', withSlots(note(0, 1n, 5), note(0, 1n))],
  ])('%s of %s: %s', (code, claim, _, witness) => {
    expect(() => buildClaimInput(claim, witness)).toThrow(refused(code));
    expect(() => buildClaimInput(claim, witness)).toThrow(WitnessError);
  });
});

test('a claim is about itself only', () => {
  const aboveCeiling = withSlots(note(2, 201n), voidSlot('v'));
  expect(() => buildClaimInput('aggregate', aboveCeiling)).not.toThrow();
  expect(() => buildClaimInput('window', aboveCeiling)).not.toThrow();
  const late = withSlots(note(0, 1n, windowMs + 1));
  expect(() => buildClaimInput('ceilings', late)).not.toThrow();
  expect(() => buildClaimInput('aggregate', late)).not.toThrow();
});
