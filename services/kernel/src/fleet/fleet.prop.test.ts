// Goal: the laws of a cycle, for any fleet. Method: random policies, outcomes and standings.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { poseidon } from '../codec/poseidon.ts';
import { fleetCycleOf, fleetPolicyOf, HEALTHY, openingOf } from '../testing/fleet-samples.ts';
import { AMOUNT_MAX, amount } from '../units/amount.ts';
import { unixMs } from '../units/time.ts';
import { FAILURE_CODES, type FailureCode } from './failure-codes.ts';
import {
  type FleetPolicy,
  fleetPolicyRoot,
  slotLeaf,
  slotPath,
  slotsTree,
} from './fleet-policy.ts';
import {
  type FleetCycle,
  fleetStatement,
  summariesTree,
  summaryLeaves,
} from './fleet-statement.ts';
import { fleetTree, rootOfPath4 } from './fleet-tree.ts';
import { releaseLate } from './late-release.ts';
import { planCycle, type SlotStanding } from './plan-cycle.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_121);
const CODES = Object.keys(FAILURE_CODES) as FailureCode[];
const OPTIONS = { seed: SEED, numRuns: 25 };

const code = fc.constantFrom(...CODES);
/** A sub-cap, and what became of its slot: a share of it spent, in percent, or a code. */
const shape = fc.record({
  subCap: fc.oneof(fc.bigInt(0n, 1_000n), fc.bigInt(0n, AMOUNT_MAX / 16n)),
  outcome: fc.oneof(fc.bigInt(0n, 100n), code),
});
const fleet = fc
  .record({ shapes: fc.array(shape, { minLength: 1, maxLength: 8 }), spare: fc.bigInt(0n, 99n) })
  .map(({ shapes, spare }) => {
    const subCaps = shapes.map(({ subCap }) => subCap);
    const granted = subCaps.reduce((sum, subCap) => sum + subCap, 0n);
    const policy = fleetPolicyOf(subCaps, granted + spare);
    const outcomes = shapes.map(({ subCap, outcome }) =>
      typeof outcome === 'bigint' ? (subCap * outcome) / 100n : outcome,
    );
    return { policy, cycle: fleetCycleOf(policy, outcomes) };
  });

function statementOf(policy: FleetPolicy, cycle: FleetCycle, context = 1n) {
  const stated = fleetStatement(policy, cycle, context);
  if (stated.kind === 'refused') throw new Error(stated.refusal.reason);
  return stated.statement;
}

test(`consumed + reserved + remaining = cap, late releases included (seed ${SEED})`, () => {
  fc.assert(
    fc.property(fleet, fc.bigInt(0n, 100n), ({ policy, cycle }, percent) => {
      let { consumed, reserved, remaining } = statementOf(policy, cycle);
      expect(consumed + reserved + remaining).toBe(policy.cap);
      for (const [i, outcome] of cycle.entries()) {
        const subCap = policy.slots[i]?.subCap ?? amount(0n);
        if (outcome.kind === 'included') continue;
        const before = remaining;
        const bound = amount((subCap * percent) / 100n);
        const released = releaseLate({ consumed, reserved, remaining }, subCap, bound);
        if (released.kind === 'refused') throw new Error(released.refusal.reason);
        ({ consumed, reserved, remaining } = released.totals);
        expect(consumed + reserved + remaining).toBe(policy.cap);
        expect(remaining >= before).toBe(true);
      }
      expect(reserved).toBe(0n);
    }),
    OPTIONS,
  );
});

test(`excluding a slot never raises what remains (seed ${SEED})`, () => {
  fc.assert(
    fc.property(fleet, code, ({ policy, cycle }, reason) => {
      const { remaining } = statementOf(policy, cycle);
      for (const i of cycle.keys()) {
        const without = cycle.with(i, { kind: 'excluded', code: reason });
        expect(statementOf(policy, without).remaining <= remaining).toBe(true);
      }
    }),
    { ...OPTIONS, numRuns: 8 },
  );
});

test(`the order of slots, their count, the cap and the fleet are in the policy root (seed ${SEED})`, () => {
  fc.assert(
    fc.property(fleet, ({ policy }) => {
      const [first, ...rest] = policy.slots;
      if (first === undefined) throw new Error('no slot');
      const roots = [
        policy,
        { ...policy, slots: [...rest, first] },
        { ...policy, slots: [...policy.slots, { ...first, subCap: amount(0n) }] },
        { ...policy, cap: amount(policy.cap === 0n ? 1n : policy.cap - 1n) },
        { ...policy, size: 256 as const },
      ].map(fleetPolicyRoot);
      expect(new Set(roots).size).toBe(rest.length === 0 ? 4 : 5);
    }),
    { ...OPTIONS, numRuns: 8 },
  );
});

test(`every slot and summary has a path to its root, and no other (seed ${SEED})`, () => {
  fc.assert(
    fc.property(fleet, ({ policy, cycle }) => {
      const { size, slots } = policy;
      const leaves = summaryLeaves(cycle);
      const tree = summariesTree(cycle, size);
      for (const [i, slot] of slots.entries()) {
        const path = slotPath(policy, i);
        const { root } = slotsTree(policy);
        expect(rootOfPath4('fleet-slots', slotLeaf(slot, i), path, size)).toBe(root);
        expect(rootOfPath4('fleet-slots', 0n, path, size)).not.toBe(root);
        const leaf = leaves[i] ?? 0n;
        expect(rootOfPath4('fleet-summaries', leaf, tree.pathOf(i), size)).toBe(tree.root);
        // An unused slot: shown to be so by the same path.
        expect(rootOfPath4('fleet-summaries', 0n, tree.pathOf(63), size)).toBe(tree.root);
      }
    }),
    { ...OPTIONS, numRuns: 5 },
  );
});

test('padding changes nothing, wrong shapes are refused', () => {
  const leaves = [5n, 6n];
  const padded = [...leaves, ...new Array<bigint>(62).fill(0n)];
  expect(fleetTree('fleet-slots', leaves, 64).root).toBe(fleetTree('fleet-slots', padded, 64).root);
  const tree = fleetTree('fleet-slots', leaves, 64);
  expect(tree.root).not.toBe(fleetTree('fleet-summaries', leaves, 64).root);
  expect(tree.root).not.toBe(fleetTree('fleet-slots', leaves, 256).root);
  expect(() => fleetTree('fleet-slots', new Array<bigint>(65).fill(1n), 64)).toThrow(RangeError);
  expect(() => tree.pathOf(64)).toThrow(RangeError);
  expect(() => tree.pathOf(0.5)).toThrow(RangeError);
  const path = tree.pathOf(1);
  expect(() => rootOfPath4('fleet-slots', 6n, path, 256)).toThrow(RangeError);
  expect(() => rootOfPath4('fleet-slots', 6n, { ...path, index: -1 }, 64)).toThrow(RangeError);
  expect(path.siblings.slice(0, 3)).toEqual([5n, 0n, 0n]);
  expect(path.siblings[3]).toBe(poseidon('fleet-slots', [0n, 0n, 0n, 0n]));
});

const standing = (policy: FleetPolicy, i: number): fc.Arbitrary<SlotStanding | undefined> => {
  const slot = policy.slots[i];
  if (slot === undefined) return fc.constant(undefined);
  return fc.option(
    fc
      .record({
        percent: fc.option(fc.bigInt(0n, 120n)),
        disputed: fc.boolean(),
        unconfirmedHops: fc.nat(1),
        lastPaymentAt: fc.option(fc.nat(9)),
        hasLaterPeriod: fc.boolean(),
      })
      .map(({ percent, disputed, lastPaymentAt, ...rest }) => ({
        ...HEALTHY,
        ...rest,
        openDisputes: disputed ? [policy.fleet] : [],
        credentialExpiresAt: unixMs(5),
        lastPaymentAt: lastPaymentAt === null ? null : unixMs(lastPaymentAt),
        attested: percent === null ? null : openingOf(slot, (slot.subCap * percent) / 100n),
      })),
    { nil: undefined },
  );
};

test(`every plan can be stated, whatever the slots did (seed ${SEED})`, () => {
  fc.assert(
    fc.property(
      fleet.chain(({ policy }) =>
        fc.record({
          policy: fc.constant(policy),
          standings: fc.tuple(...policy.slots.map((_, i) => standing(policy, i))),
        }),
      ),
      ({ policy, standings }) => {
        const { cycle, resolutions } = planCycle(policy, standings);
        const statement = statementOf(policy, cycle);
        expect(statement.excluded).toEqual(
          resolutions.map(({ slot, code: why }) => ({ slot, code: why })),
        );
        expect(statement.includedCount + resolutions.length).toBe(policy.slots.length);
      },
    ),
    OPTIONS,
  );
});
