// Goal: a policy or cycle that breaks a rule is refused by name, the first that applies; a standing gives
// one code; and what a cycle states is what the reference says.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { bytesToHex } from '../codec/bytes.ts';
import { poseidon } from '../codec/poseidon.ts';
import { summaryCommitment } from '../period/summary.ts';
import {
  fleetCycleOf,
  fleetPolicyOf,
  HEALTHY,
  openingOf,
  slotOf,
} from '../testing/fleet-samples.ts';
import { AMOUNT_MAX, type Amount, amount } from '../units/amount.ts';
import type { FieldHex } from '../units/id.ts';
import { unixMs } from '../units/time.ts';
import { FAILURE_CODES, failureCodeOf } from './failure-codes.ts';
import { type FleetPolicy, fleetPolicyRoot, refuseFleetPolicy, slotLeaf } from './fleet-policy.ts';
import { excludedCodes, type FleetCycle, fleetStatement } from './fleet-statement.ts';
import { releaseLate } from './late-release.ts';
import { planCycle, type SlotStanding } from './plan-cycle.ts';
import { FLEET_REFUSALS, type FleetRefusalReason } from './refusals.ts';

const page = () =>
  readFileSync(new URL('../../../../docs/reference/fleet-proof.md', import.meta.url), 'utf8');

describe('a policy that is none', () => {
  const good = fleetPolicyOf([100n, 200n, 300n]);
  const [first = slotOf(0, 1n), second = slotOf(1, 1n), third = slotOf(2, 1n)] = good.slots;
  test.each<[FleetRefusalReason, Partial<FleetPolicy>]>([
    ['no_slots', { slots: [] }],
    ['too_many_slots', { slots: Array.from({ length: 65 }, (_, i) => slotOf(i, 1n)) }],
    ['cap_out_of_range', { cap: (2n ** 63n) as Amount }],
    ['cap_out_of_range', { cap: -1n as Amount }],
    ['sub_cap_out_of_range', { slots: [first, { ...second, subCap: (2n ** 63n) as Amount }] }],
    ['sub_cap_out_of_range', { slots: [first, { ...second, subCap: -1n as Amount }] }],
    ['policy_listed_twice', { slots: [first, { ...second, policyDigest: first.policyDigest }] }],
    ['policy_listed_twice', { slots: [first, { ...second, nullifier: first.nullifier }] }],
    ['sub_caps_exceed_cap', { cap: amount(599n) }],
    // Of two that apply, the earlier: listed twice, and beyond the cap.
    ['policy_listed_twice', { cap: amount(0n), slots: [first, second, third, first] }],
  ])('%s', (reason, change) => {
    const policy = { ...good, ...change };
    expect(refuseFleetPolicy(policy)?.reason).toBe(reason);
    expect(fleetStatement(policy, fleetCycleOf(policy, []), 1n)).toMatchObject({
      kind: 'refused',
      refusal: { reason },
    });
  });

  test('a cap met exactly, sub-caps of 0 and the largest amount are kept', () => {
    expect(refuseFleetPolicy(good)).toBeUndefined();
    expect(refuseFleetPolicy(fleetPolicyOf([0n, AMOUNT_MAX], AMOUNT_MAX))).toBeUndefined();
  });
});

describe('a cycle that is none', () => {
  const policy = fleetPolicyOf([100n, 200n]);
  const cycle = fleetCycleOf(policy, [100n, 50n]);
  const [first, second] = cycle;
  if (first?.kind !== 'included' || second?.kind !== 'included') throw new Error('no cycle');
  const withSecond = (change: Partial<typeof second.summary>): FleetCycle => [
    first,
    { kind: 'included', summary: { ...second.summary, ...change } },
  ];
  test.each<[FleetRefusalReason, FleetCycle, bigint]>([
    ['slot_count_mismatch', [first], 1n],
    ['slot_count_mismatch', [...cycle, { kind: 'excluded', code: 'stale_state' }], 1n],
    // The summary of slot 0 in slot 1 too: of another policy, so it never counts twice.
    ['summary_of_another_policy', [first, first], 1n],
    ['summary_of_another_policy', [second, first], 1n],
    ['summary_of_another_period', withSecond({ nullifier: '5'.padStart(64, '0') as FieldHex }), 1n],
    ['sub_cap_exceeded', withSecond({ cumulativeTotal: amount(201n) }), 1n],
    ['context_out_of_range', cycle, 2n ** 248n],
    ['context_out_of_range', cycle, -1n],
  ])('%s', (reason, changed, context) => {
    const stated = fleetStatement(policy, changed, context);
    expect(stated).toMatchObject({ kind: 'refused', refusal: { reason } });
  });

  test('names the slot, and no amount', () => {
    const stated = fleetStatement(policy, withSecond({ cumulativeTotal: amount(201n) }), 1n);
    expect(stated).toEqual({
      kind: 'refused',
      refusal: {
        reason: 'sub_cap_exceeded',
        rule: 'the cumulative total of an included slot is at most its sub-cap',
        facts: { slot: 1 },
      },
    });
  });
});

test('a cycle states its signals in the order of the circuit', () => {
  const policy = fleetPolicyOf([100n, 200n, 300n], 1_000n);
  const cycle = fleetCycleOf(policy, [100n, 'stale_state', 30n]);
  const stated = fleetStatement(policy, cycle, 9n);
  if (stated.kind === 'refused') throw new Error(stated.refusal.reason);
  const { statement } = stated;
  expect(statement).toMatchObject({
    consumed: 130n,
    reserved: 200n,
    remaining: 670n,
    included: [0b101n],
    includedCount: 2,
    excluded: [{ slot: 1, code: 'stale_state' }],
    amounts: 1_000n + 130n * 2n ** 64n + 200n * 2n ** 128n + 3n * 2n ** 192n,
    policyRoot: fleetPolicyRoot(policy),
  });
  expect(statement.publicSignals.map((signal) => BigInt(`0x${signal}`))).toEqual([
    statement.policyRoot,
    statement.summariesRoot,
    statement.amounts,
    0b101n,
    9n,
  ]);
  expect(bytesToHex(excludedCodes(cycle))).toBe('02');
});

test('a policy root is hashed by hand', () => {
  const policy = fleetPolicyOf([7n], 7n);
  const [slot = slotOf(0, 7n)] = policy.slots;
  const zeros = [0n, 0n, 0n];
  const level = (node: bigint, beside: bigint): bigint =>
    poseidon('fleet-slots', [node, beside, beside, beside]);
  const empty1 = poseidon('fleet-slots', [0n, ...zeros]);
  const empty2 = poseidon('fleet-slots', [empty1, empty1, empty1, empty1]);
  const root = level(level(level(slotLeaf(slot, 0), 0n), empty1), empty2);
  const expected = poseidon('fleet-policy', [
    root,
    7n + 2n ** 64n,
    BigInt(`0x${policy.fleet.slice(0, 62)}`),
  ]);
  expect(fleetPolicyRoot(policy)).toBe(expected);
});

describe('planning a cycle', () => {
  const policy = fleetPolicyOf([100n, 100n]);
  const [slot = slotOf(0, 1n), other = slotOf(1, 1n)] = policy.slots;
  const attested = openingOf(slot, 100n);
  const healthy: SlotStanding = { ...HEALTHY, attested };
  const broken: SlotStanding = {
    openDisputes: [policy.fleet],
    unconfirmedHops: 1,
    missingCloses: 1,
    credentialExpiresAt: unixMs(10),
    lastPaymentAt: unixMs(10),
    attested: null,
    hasLaterPeriod: true,
  };
  test.each<[string, SlotStanding | undefined]>([
    ['pending_dispute', broken],
    ['stale_state', { ...broken, openDisputes: [] }],
    ['stale_state', { ...healthy, unconfirmedHops: 1 }],
    ['stale_state', { ...healthy, missingCloses: 1 }],
    ['credential_expired', { ...broken, openDisputes: [], unconfirmedHops: 0, missingCloses: 0 }],
    [
      'credential_expired',
      { ...healthy, credentialExpiresAt: unixMs(5), lastPaymentAt: unixMs(5) },
    ],
    ['proof_missing', undefined],
    ['proof_missing', { ...healthy, attested: null, hasLaterPeriod: true }],
    ['proof_missing', { ...healthy, attested: openingOf(other, 1n) }],
    ['proof_missing', { ...healthy, attested: { ...attested, nullifier: other.nullifier } }],
    ['period_overflow', { ...healthy, hasLaterPeriod: true, attested: openingOf(slot, 101n) }],
    ['over_sub_cap', { ...healthy, attested: openingOf(slot, 101n) }],
  ])('%s: and the other slot is included', (code, standing) => {
    const otherStanding = { ...HEALTHY, attested: openingOf(other, 1n) };
    const { cycle, resolutions } = planCycle(policy, [standing, otherStanding]);
    expect(cycle.map((outcome) => outcome.kind)).toEqual(['excluded', 'included']);
    expect(resolutions).toEqual([
      { slot: 0, policyDigest: slot.policyDigest, code, subCap: slot.subCap },
    ]);
  });

  test.each<[string, Partial<SlotStanding>]>([
    ['its sub-cap met exactly', {}],
    [
      'a last payment just before the end of its credential',
      {
        credentialExpiresAt: unixMs(5),
        lastPaymentAt: unixMs(4),
      },
    ],
    [
      'an ended credential and no payment',
      {
        credentialExpiresAt: unixMs(5),
        lastPaymentAt: null,
      },
    ],
  ])('includes a slot with %s', (_, change) => {
    const plan = planCycle(policy, [{ ...healthy, ...change }]);
    expect(plan.cycle[0]).toEqual({ kind: 'included', summary: attested });
    expect(summaryCommitment(attested)).toBeGreaterThan(0n);
  });
});

test('codes and numbers are one to one, and in order of precedence', () => {
  expect(Object.values(FAILURE_CODES)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(failureCodeOf(3)).toBe('credential_expired');
  expect(failureCodeOf(0)).toBeUndefined();
  expect(failureCodeOf(7)).toBeUndefined();
});

describe('a late release', () => {
  const totals = { consumed: amount(10n), reserved: amount(50n), remaining: amount(40n) };
  test('frees the sub-cap and counts the bound', () => {
    expect(releaseLate(totals, amount(30n), amount(12n))).toEqual({
      kind: 'released',
      totals: { consumed: 22n, reserved: 20n, remaining: 58n },
    });
  });
  test.each<[FleetRefusalReason, bigint, bigint]>([
    ['bound_exceeds_sub_cap', 30n, 31n],
    ['not_reserved', 51n, 1n],
  ])('%s', (reason, subCap, bound) => {
    const released = releaseLate(totals, amount(subCap), amount(bound));
    expect(released).toMatchObject({ kind: 'refused', refusal: { reason } });
  });
});

describe('the reference', () => {
  test('lists every refusal, in order of precedence', () => {
    const rows = FLEET_REFUSALS.map(({ reason, rule }) => `| \`${reason}\` | ${rule} |`);
    expect(page()).toContain(rows.join('\n'));
  });
  test('lists every failure code with its number, in order', () => {
    const section = page().split('## Excluded slots\n')[1]?.split('\n## ')[0] ?? '';
    const rows = [...section.matchAll(/^\| (\d) \| `([a-z_]+)` \|/gm)];
    expect(rows.map(([, number, code]) => [code, Number(number)])).toEqual(
      Object.entries(FAILURE_CODES),
    );
  });
});
