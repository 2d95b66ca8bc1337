// Goal: a cycle that cannot be proved is refused by name; one that can gives the circuit's input, and no
// opening where there is none.
import type { FleetRefusalReason } from '@atomicity/kernel/fleet/refusals';
import { summaryInputs } from '@atomicity/kernel/period/summary';
import { amount } from '@atomicity/kernel/units/amount';
import { describe, expect, test } from 'vitest';
import { sampleFleet, sampleOpening, sampleSlot } from '../testing/sample-fleet.ts';
import { buildFleetInput } from './build-fleet-input.ts';
import { type FleetWitness, FleetWitnessError } from './fleet-witness.ts';

const fleet = sampleFleet({ slotCount: 3, excluded: { 1: 'stale_state' } });
const witness: FleetWitness = { ...fleet, context: 5n };
const [first, , third] = fleet.cycle;
if (first?.kind !== 'included' || third?.kind !== 'included') throw new Error('no cycle');
const slot = sampleSlot('fleet', 0, 1_000n);

describe('a cycle that cannot be proved', () => {
  test.each<[FleetRefusalReason, FleetWitness]>([
    ['no_slots', { ...witness, policy: { ...fleet.policy, slots: [] } }],
    ['policy_listed_twice', { ...witness, policy: { ...fleet.policy, slots: [slot, slot, slot] } }],
    ['sub_caps_exceed_cap', { ...witness, policy: { ...fleet.policy, cap: amount(3_002n) } }],
    ['slot_count_mismatch', { ...witness, cycle: [first] }],
    ['summary_of_another_policy', { ...witness, cycle: [first, first, third] }],
    [
      'summary_of_another_period',
      {
        ...witness,
        cycle: [
          { kind: 'included', summary: { ...first.summary, nullifier: third.summary.nullifier } },
          ...fleet.cycle.slice(1),
        ],
      },
    ],
    [
      'sub_cap_exceeded',
      {
        ...witness,
        cycle: [
          { kind: 'included', summary: sampleOpening(slot, amount(1_001n), 'over') },
          ...fleet.cycle.slice(1),
        ],
      },
    ],
    ['context_out_of_range', { ...witness, context: 2n ** 248n }],
  ])('%s', (code, refused) => {
    expect(() => buildFleetInput(refused)).toThrow(expect.objectContaining({ code }));
    expect(() => buildFleetInput(refused)).toThrow(FleetWitnessError);
  });
});

test('the input of a cycle: 64 slots, the openings of the included ones, zeros elsewhere', () => {
  const { input, statement } = buildFleetInput(witness);
  expect(buildFleetInput(witness).input).toEqual(input);
  expect(input.circuit).toBe('fleet-64');
  expect(statement).toMatchObject({ consumed: 600n + 602n, reserved: 1_001n, includedCount: 2 });
  const { signals } = input;
  const opening = summaryInputs(first.summary);
  expect([signals['context'], signals['cap']]).toEqual([5n, fleet.policy.cap]);
  expect(
    Object.values(signals).map((value) => (typeof value === 'bigint' ? 1 : value.length)),
  ).toEqual([1, 1, 1, 64, 64, 64, 64, 64, 64, 64, 64, 64, 192, 192, 64]);
  const list = (name: string): readonly bigint[] => {
    const value = signals[name];
    return typeof value === 'bigint' || value === undefined ? [] : value;
  };
  expect(list('used').slice(0, 5)).toEqual([1n, 1n, 1n, 0n, 0n]);
  expect(list('included').slice(0, 5)).toEqual([1n, 0n, 1n, 0n, 0n]);
  expect(list('salt').slice(0, 2)).toEqual([opening[12], 0n]);
  expect(list('cumulativeWords').slice(0, 6)).toEqual([...opening.slice(9, 12), 0n, 0n, 0n]);
});
