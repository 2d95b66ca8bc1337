// Goal: a proof over other authorizations than the principal issued is none, or is of another tokensRoot
// than the one that the principal computes from its own list. Method: one period; each way to omit, invent or
// repeat an authorization, forged into the circuit's inputs.
import { readFileSync } from 'node:fs';
import { fieldToHex } from '@atomicity/kernel/codec/field';
import { tokenOf } from '@atomicity/kernel/note/commitment';
import { tokensRoot } from '@atomicity/kernel/note/roots';
import { checkCompleteness } from '@atomicity/kernel/period-close/completeness';
import { ensureArtifacts } from '@atomicity/prover/artifacts/ensure-artifacts';
import { readR1cs } from '@atomicity/prover/ceremony/r1cs-file';
import { countedSlot, samplePeriod, voidSlot } from '@atomicity/prover/testing/sample-period';
import { buildSpendInput } from '@atomicity/prover/witness/build-spend-input';
import type { PeriodWitness, WitnessSlot } from '@atomicity/prover/witness/period-witness';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { constraintChecker } from './constraint-checker.ts';
import { forgeInput } from './forge-input.ts';
import { uncheckedGenerator } from './witness-generators.ts';

// Circom's runtime prints every failed assertion.
beforeAll(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
});

const artifacts = await ensureArtifacts('spend-16');
const checker = constraintChecker(readR1cs(readFileSync(artifacts.r1cs)));
const unchecked = uncheckedGenerator(artifacts.wasm);

const note = (name: string, category: number, afterMs: number): WitnessSlot =>
  countedSlot(name, { spend: 5n, afterMs, category });
const issued = [note('a', 0, 0), note('b', 1, 10), voidSlot('c', 2), note('d', 0, 20)];
const invented = note('x', 0, 20);
const base = samplePeriod({ seed: 'completeness', slotCount: 0 });
const periodOf = (slots: readonly WitnessSlot[]): PeriodWitness => ({ ...base, slots });
const ROOT = tokensRoot(issued, 16);
const TOKENS_ROOT = 2;

describe('a list that is not the principal’s has another root, and the difference has a name', () => {
  test.each<[string, string, readonly WitnessSlot[]]>([
    ['authorization_omitted', 'a note in the middle', issued.toSpliced(1, 1)],
    ['authorization_omitted', 'a void one', issued.toSpliced(2, 1)],
    ['authorization_omitted', 'the last', issued.slice(0, 3)],
    ['authorization_invented', 'a note at the end', [...issued, invented]],
    ['authorization_invented', 'a void one', issued.toSpliced(1, 0, voidSlot('y'))],
    ['authorization_counted_twice', 'a note again', [...issued, note('d', 0, 20)]],
    ['authorization_counted_twice', 'a note again as void', [...issued, voidSlot('a', 0)]],
    ['category_changed', 'a laxer category', issued.with(3, note('d', 1, 20))],
    ['order_changed', 'two void ones', [...issued.slice(0, 2).toReversed(), ...issued.slice(2)]],
  ])('%s: %s', async (reason, _, slots) => {
    expect(checkCompleteness(issued, slots)[0]?.reason).toBe(reason);
    // Times may go back in a list in another order: then there is no proof at all.
    const input = forgeInput(buildSpendInput(periodOf(issued)), columns(slots));
    const witness = await unchecked(input);
    const isSatisfied = checker.violations(witness).length === 0;
    expect(witness[TOKENS_ROOT] === ROOT && isSatisfied).toBe(false);
    expect(fieldToHex(witness[TOKENS_ROOT] ?? 0n)).toBe(fieldToHex(tokensRoot(slots, 16)));
    // With the root that the principal closed, the constraints are broken.
    expect(checker.violations(witness.with(TOKENS_ROOT, ROOT))).not.toEqual([]);
  });
});

describe('a list with the principal’s root, of which not all is counted as issued', () => {
  const input = buildSpendInput(periodOf(issued));
  const tokens = issued.map(({ authorization }) => tokenOf(authorization));

  test('the true period is satisfied and has the root', async () => {
    const witness = await unchecked(input);
    expect(checker.violations(witness)).toEqual([]);
    expect(witness[TOKENS_ROOT]).toBe(ROOT);
  });

  test.each<[string, Parameters<typeof forgeInput>[1]]>([
    ['a token outside the active slots', { active: { 3: 0n }, counted: { 3: 0n } }],
    ['a note that is counted in a slot without a token', { counted: { 4: 1n }, spend: { 4: 5n } }],
    ['a gap where a note was', { active: { 1: 0n } }],
    [
      'a second note under one token, in padding',
      { counted: { 4: 1n }, active: { 4: 1n }, spend: { 4: 5n }, at: { 4: 1n } },
    ],
    ['a void slot with a spend', { spend: { 2: 5n } }],
  ])('%s: no witness', async (_, changes) => {
    const witness = await unchecked(forgeInput(input, changes));
    expect(tokens).toHaveLength(issued.length);
    expect(checker.violations(witness)).not.toEqual([]);
  });

  test('a note counted as void keeps tokensRoot and loses leavesRoot: the log shows its ending', async () => {
    const zero = { 1: 0n };
    const changes = { counted: zero, spend: zero, at: zero, regime: zero, salt: zero };
    const [honest, forged] = [await unchecked(input), await unchecked(forgeInput(input, changes))];
    expect(checker.violations(forged)).toEqual([]);
    expect(forged[TOKENS_ROOT]).toBe(ROOT);
    expect(forged[1]).not.toBe(honest[1]);
  });
});

/** The per-slot signals of a list, over whatever the input had. */
function columns(slots: readonly WitnessSlot[]): Record<string, Record<number, bigint>> {
  const { signals } = buildSpendInput(periodOf(sorted(slots)));
  const names = ['active', 'counted', 'spend', 'at', 'category', 'regime', 'token', 'salt'];
  const order = slots.map((slot) => sorted(slots).indexOf(slot));
  return Object.fromEntries(
    names.map((name) => {
      const column = signals[name];
      if (!Array.isArray(column)) throw new Error(`${name} is not a list`);
      return [
        name,
        Object.fromEntries(column.map((value, i) => [i, column[order[i] ?? i] ?? value])),
      ];
    }),
  );
}

const timeOf = (slot: WitnessSlot): number => (slot.status === 'counted' ? slot.at : 0);

/** In an order of which a witness can be built: the builder refuses times that go back. */
function sorted(slots: readonly WitnessSlot[]): readonly WitnessSlot[] {
  return [...slots].sort((left, right) => timeOf(left) - timeOf(right));
}
