// Goal: no false period has a witness.
// Method: each row forges the circuit's inputs past every check of the witness builder. The shipped
// generator must refuse; the same generator without its assertions makes the whole witness anyway, and the
// r1cs itself, evaluated by the constraint checker, must be broken. Rows that keep the constraints
// must state something else than what is claimed, and break the r1cs once the claim is put in.
import { readFileSync } from 'node:fs';
import { FIELD_ORDER, fieldToHex } from '@atomicity/kernel/codec/field';
import { PUBLIC_SIGNAL_NAMES } from '@atomicity/prover/artifacts/circuits';
import { ensureArtifacts } from '@atomicity/prover/artifacts/ensure-artifacts';
import { inverse, reduce } from '@atomicity/prover/ceremony/field-arithmetic';
import { readR1cs } from '@atomicity/prover/ceremony/r1cs-file';
import {
  countedSlot,
  SAMPLE_WINDOW,
  samplePeriod,
  voidSlot,
} from '@atomicity/prover/testing/sample-period';
import { buildSpendInput, type SpendInput } from '@atomicity/prover/witness/build-spend-input';
import { computeStatement } from '@atomicity/prover/witness/compute-statement';
import type { PeriodWitness, WitnessSlot } from '@atomicity/prover/witness/period-witness';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { constraintChecker } from './constraint-checker.ts';
import { uncheckedGenerator, witnessGenerator } from './witness-generators.ts';

// Circom's runtime prints every failed assertion.
beforeAll(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
});

const artifacts = await ensureArtifacts('spend-16');
const checker = constraintChecker(readR1cs(readFileSync(artifacts.r1cs)));
const shipped = witnessGenerator(artifacts.wasm);
const unchecked = uncheckedGenerator(artifacts.wasm);

const WINDOW_MS = SAMPLE_WINDOW.end - SAMPLE_WINDOW.start;
const INFERENCE = 0;
const STORAGE = 1;
const SEARCH = 2;

function periodOf(slots: readonly WitnessSlot[], seed = 'forged'): PeriodWitness {
  return { ...samplePeriod({ seed, slotCount: 0 }), slots };
}

const note = (name: string, category: number, spend: bigint, afterMs = 0): WitnessSlot =>
  countedSlot(name, { spend, afterMs, category });

/** Every bound met exactly: ceilings, both category caps, total cap, both ends of the window. */
const atTheBounds = periodOf([
  note('a', INFERENCE, 1_000n),
  note('b', INFERENCE, 1_000n),
  note('c', INFERENCE, 600n),
  note('d', STORAGE, 5_000n, 5_000),
  note('e', STORAGE, 2_000n, 5_000),
  voidSlot('f', SEARCH),
  note('g', SEARCH, 200n, WINDOW_MS),
  note('h', SEARCH, 200n, WINDOW_MS),
]);
const secondPeriod = {
  ...samplePeriod({
    seed: 'forged',
    slotCount: 0,
    periodIndex: 1,
    previous: computeStatement(periodOf([note('x', STORAGE, 5_000n, 10)])).summary,
  }),
  slots: [note('y', STORAGE, 3_000n, 10), note('z', INFERENCE, 1_000n, 20), voidSlot('w')],
};

type Value = bigint | readonly bigint[];

/** The input with some entries of some signals replaced: `{ spend: { 2: 601n }, cap: 5n }`. */
function forge(
  input: SpendInput,
  changes: Readonly<Record<string, bigint | Readonly<Record<number, bigint>>>>,
): SpendInput {
  const signals: Record<string, Value> = { ...input.signals };
  for (const [name, change] of Object.entries(changes)) {
    const current = signals[name];
    if (current === undefined) throw new Error(`no signal ${name}`);
    signals[name] =
      typeof change === 'bigint' || typeof current === 'bigint'
        ? (change as bigint)
        : current.map((value, i) => change[i] ?? value);
  }
  return { ...input, signals };
}

function entry(input: SpendInput, name: string, index: number): bigint {
  const value = input.signals[name];
  if (!Array.isArray(value)) throw new Error(`${name} is not a list`);
  return value[index] ?? 0n;
}

const bounds = buildSpendInput(atTheBounds);
const second = buildSpendInput(secondPeriod);
const START = BigInt(SAMPLE_WINDOW.start);
const END = BigInt(SAMPLE_WINDOW.end);
/** A forged value breaks its own check, and at most the checks of the same slot that share it. */
const VIOLATIONS_MAX = 6;
const PADDING = 8;
const VOID = 5;

describe('true periods', () => {
  test.each([
    ['at every bound', atTheBounds],
    ['the second of a budget', secondPeriod],
    ['without any authorization', periodOf([])],
    ['of voids only', periodOf([voidSlot('p'), voidSlot('q', STORAGE)])],
    ['full', samplePeriod({ seed: 'full', slotCount: 16 })],
  ])('%s: satisfied by both generators', async (_, period) => {
    const input = buildSpendInput(period);
    const witness = await shipped(input);
    expect(checker.violations(witness)).toEqual([]);
    expect(await unchecked(input)).toEqual(witness);
    expect(witness.slice(1, 7).map(fieldToHex)).toEqual(computeStatement(period).publicSignals);
  });
});

describe('forged witnesses that break a constraint', () => {
  test.each<[string, SpendInput]>([
    ['cap + 1', forge(bounds, { spend: { 4: 2_001n } })],
    ['ceiling of a payment + 1', forge(bounds, { spend: { 0: 1_001n, 2: 500n } })],
    [
      'category cap + 1',
      forge(bounds, {
        counted: { [VOID]: 1n },
        spend: { [VOID]: 1n, 2: 500n },
        at: { [VOID]: START + 5_000n },
      }),
    ],
    ['one millisecond before the window', forge(bounds, { at: { 0: START - 1n } })],
    ['one millisecond after the window', forge(bounds, { at: { 7: END + 1n } })],
    ['time going back', forge(bounds, { at: { 3: START + 5_001n } })],
    ['spend p - 1', forge(bounds, { spend: { 0: FIELD_ORDER - 1n } })],
    [
      'a negative spend that makes room',
      forge(bounds, { spend: { 3: 5_000n, 4: 2_001n, 0: 999n, 2: reduce(-600n) } }),
    ],
    ['spend 2^63', forge(bounds, { spend: { 0: 2n ** 63n } })],
    [
      'spend 2^63 under a ceiling of 2^63',
      forge(bounds, { spend: { 0: 2n ** 63n }, ceilings: { 0: 2n ** 63n } }),
    ],
    ['a ceiling of p - 1', forge(bounds, { ceilings: { 0: FIELD_ORDER - 1n } })],
    ['a category cap of 2^63', forge(bounds, { caps: { 0: 2n ** 63n } })],
    ['a cap of 2^63', forge(bounds, { cap: 2n ** 63n })],
    ['windowEnd of 2^48', forge(bounds, { windowEnd: 2n ** 48n })],
    [
      'packed shifted: spend in the bits of the time',
      forge(bounds, { spend: { 0: 0n }, at: { 0: 1_000n } }),
    ],
    [
      'packed shifted: spend above the regime',
      forge(bounds, { spend: { 0: 0n }, regime: { 0: 3n + 1_000n * 32n } }),
    ],
    ['packed shifted: time above its 48 bits', forge(bounds, { at: { 7: END + 2n ** 48n } })],
    ['packed shifted: category above its 3 bits', forge(bounds, { category: { 0: 8n } })],
    ['regime p - 1', forge(bounds, { regime: { 0: FIELD_ORDER - 1n } })],
    ['spend in padding', forge(bounds, { spend: { [PADDING]: 1n } })],
    ['a time in padding', forge(bounds, { at: { [PADDING]: END } })],
    ['a category in padding', forge(bounds, { category: { [PADDING]: 1n } })],
    ['a regime in padding', forge(bounds, { regime: { [PADDING]: 1n } })],
    ['a token in padding', forge(bounds, { token: { [PADDING]: 1n } })],
    ['a salt in padding', forge(bounds, { salt: { [PADDING]: 1n } })],
    ['spend in a void slot', forge(bounds, { spend: { [VOID]: 1n } })],
    ['a time in a void slot', forge(bounds, { at: { [VOID]: START + 5_000n } })],
    ['a regime in a void slot', forge(bounds, { regime: { [VOID]: 1n } })],
    ['a salt in a void slot', forge(bounds, { salt: { [VOID]: 1n } })],
    [
      'counted without being active',
      forge(bounds, { counted: { [PADDING]: 1n }, at: { [PADDING]: END } }),
    ],
    ['a gap in the active slots', forge(bounds, { active: { [PADDING + 1]: 1n } })],
    ['an active slot of 2', forge(bounds, { active: { [VOID]: 2n } })],
    [
      'a counted slot of 2',
      forge(bounds, { counted: { [VOID]: 2n }, at: { [VOID]: START + 5_000n } }),
    ],
    ['an opening total in period 0', forge(bounds, { openingTotals: { 0: 1n } })],
    ['a negative opening total', forge(second, { openingTotals: { 1: FIELD_ORDER - 1n } })],
    [
      'a last time shifted into the count of the opening',
      forge(second, { openingLastAt: 0n, openingCountAndFirst: 2n ** 80n }),
    ],
    ['k periods with k caps: the rest of the cap, plus 1', forge(second, { spend: { 0: 3_001n } })],
    ['before the last note of the period before', forge(second, { at: { 0: START + 9n } })],
  ])('%s', async (_, forged) => {
    await expect(shipped(forged)).rejects.toThrow('Assert Failed');
    const violations = checker.violations(await unchecked(forged), VIOLATIONS_MAX + 1);
    expect(violations).not.toEqual([]);
    // Hashes, sums and every other check are consistent: only the intended one breaks.
    expect(violations.length).toBeLessThanOrEqual(VIOLATIONS_MAX);
  });
});

/** The leaf `token * 8 + category` would be the same: another category, and a token that makes up for it. */
function movedCategory(): SpendInput {
  const token = entry(bounds, 'token', 0);
  const moved = reduce(token - inverse(8n));
  expect(reduce(moved * 8n + 1n)).toBe(token * 8n);
  return forge(bounds, { token: { 0: moved }, category: { 0: 1n }, spend: { 0: 400n } });
}

type SignalName = (typeof PUBLIC_SIGNAL_NAMES)[number];

const SLOT_SIGNALS = ['active', 'counted', 'spend', 'at', 'category', 'regime', 'token', 'salt'];
const emptied = (index: number, names: readonly string[]): SpendInput =>
  forge(bounds, Object.fromEntries(names.map((name) => [name, { [index]: 0n }])));
const swapped = (names: readonly string[]): SpendInput =>
  forge(
    bounds,
    Object.fromEntries(
      names.map((name) => [name, { 0: entry(bounds, name, 1), 1: entry(bounds, name, 0) }]),
    ),
  );
const duplicated = forge(bounds, {
  token: { 1: entry(bounds, 'token', 0) },
  salt: { 1: entry(bounds, 'salt', 0) },
});
const NOTES: readonly SignalName[] = ['leavesRoot', 'summaryCommitment'];
const TOKENS: readonly SignalName[] = ['leavesRoot', 'tokensRoot'];
const SLOTS: readonly SignalName[] = ['leavesRoot', 'tokensRoot', 'summaryCommitment'];
const PERIOD: readonly SignalName[] = ['summaryCommitment', 'periodDigest'];
const POLICY: readonly SignalName[] = ['summaryCommitment', 'policyDigest'];

describe('forged witnesses that state something else', () => {
  test.each<[string, SpendInput, SpendInput, readonly SignalName[]]>([
    [
      'a note of another period',
      bounds,
      forge(bounds, { periodId: 5n }),
      [...NOTES, 'periodDigest'],
    ],
    [
      'a note of another budget',
      bounds,
      forge(bounds, { budgetId: 5n }),
      [...POLICY, 'periodDigest', 'nullifier'],
    ],
    ['a note of another denomination', bounds, forge(bounds, { denomId: 5n }), POLICY],
    ['another period index', second, forge(second, { periodIndex: 2n }), [...PERIOD, 'nullifier']],
    ['a swapped leaf', bounds, swapped(['token', 'salt']), TOKENS],
    ['tokens in the wrong order', bounds, swapped(['token']), TOKENS],
    ['a dropped note', bounds, emptied(0, ['counted', 'spend', 'at', 'regime', 'salt']), NOTES],
    ['a dropped last authorization', bounds, emptied(7, SLOT_SIGNALS), SLOTS],
    ['a duplicated note', bounds, duplicated, TOKENS],
    ['an amount understated by 1', bounds, forge(bounds, { spend: { 0: 999n } }), NOTES],
    ['a laxer ceiling', bounds, forge(bounds, { ceilings: { 0: 1_001n } }), POLICY],
    ['a laxer category cap', bounds, forge(bounds, { caps: { 0: 3_001n } }), POLICY],
    ['a laxer cap', bounds, forge(bounds, { cap: 10_001n }), POLICY],
    ['a wider window', bounds, forge(bounds, { windowEnd: END + 1n }), POLICY],
    ['another policy salt', bounds, forge(bounds, { policySalt: 1n }), POLICY],
    ['a category moved inside its token', bounds, movedCategory(), SLOTS],
    [
      'a previous summary with another total',
      second,
      forge(second, { openingTotals: { 1: 4_999n } }),
      PERIOD,
    ],
    [
      'a previous summary with another time',
      second,
      forge(second, { openingLastAt: START + 9n }),
      PERIOD,
    ],
    ['a previous summary with another salt', second, forge(second, { openingSalt: 1n }), PERIOD],
    [
      'k caps: the first period forgotten',
      second,
      forge(second, { openingTotals: { 1: 0n }, spend: { 0: 5_000n } }),
      [...NOTES, 'periodDigest'],
    ],
    ['another log root', bounds, forge(bounds, { lastRoot: 1n }), PERIOD],
  ])('%s', async (_, honest, forged, different) => {
    const claimed = (await shipped(honest)).slice(1, 7);
    const witness = await unchecked(forged);
    // The forgery is consistent with itself: what catches it is the statement that it makes.
    expect(checker.violations(witness)).toEqual([]);
    const differs = PUBLIC_SIGNAL_NAMES.filter((_name, i) => witness[1 + i] !== claimed[i]);
    expect(new Set(differs)).toEqual(new Set(different));
    const withClaim = [witness[0] ?? 1n, ...claimed, ...witness.slice(7)];
    expect(checker.violations(withClaim)).not.toEqual([]);
  });
});
