// Goal: each claim about the notes of a period has a witness exactly when that claim is true, and says
// nothing else. Method: forged inputs against the constraints themselves, as in forged.test.ts; random
// periods on which the builder in TypeScript and the circuit must agree, true ones and false ones.
import { readFileSync } from 'node:fs';
import { FIELD_ORDER, fieldFromHex } from '@atomicity/kernel/codec/field';
import { hashField } from '@atomicity/kernel/codec/field-encodings';
import { ensureArtifacts } from '@atomicity/prover/artifacts/ensure-artifacts';
import { inverse, reduce } from '@atomicity/prover/ceremony/field-arithmetic';
import { readR1cs } from '@atomicity/prover/ceremony/r1cs-file';
import type { CircuitInput } from '@atomicity/prover/prove/groth16-prover';
import {
  countedSlot,
  SAMPLE_WINDOW,
  samplePeriod,
  voidSlot,
} from '@atomicity/prover/testing/sample-period';
import {
  buildClaimInput,
  type ClaimWitness,
  NOTES_CLAIMS,
  type NotesClaim,
  uncheckedClaimInput,
} from '@atomicity/prover/witness/build-claim-input';
import { computeStatement } from '@atomicity/prover/witness/compute-statement';
import type { PeriodWitness, WitnessSlot } from '@atomicity/prover/witness/period-witness';
import { WitnessError } from '@atomicity/prover/witness/witness-error';
import fc from 'fast-check';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { constraintChecker } from './constraint-checker.ts';
import { forgeInput } from './forge-input.ts';
import { uncheckedGenerator, witnessGenerator } from './witness-generators.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_121);
const RUNS = 12;

// Circom's runtime prints every failed assertion.
beforeAll(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
});

async function circuitOf(claim: NotesClaim) {
  const { r1cs, wasm } = await ensureArtifacts(`claim-${claim}-16`);
  return {
    checker: constraintChecker(readR1cs(readFileSync(r1cs))),
    shipped: witnessGenerator(wasm),
    unchecked: uncheckedGenerator(wasm),
  };
}
type Circuit = Awaited<ReturnType<typeof circuitOf>>;
const circuits: Readonly<Record<NotesClaim, Circuit>> = {
  aggregate: await circuitOf('aggregate'),
  ceilings: await circuitOf('ceilings'),
  window: await circuitOf('window'),
};

const base = samplePeriod({ seed: 'claims', slotCount: 0 });
const WINDOW_MS = SAMPLE_WINDOW.end - SAMPLE_WINDOW.start;
const VOID = 2;
const LAST = 4;
const PADDING = 9;

const periodOf = (slots: readonly WitnessSlot[]): PeriodWitness => ({ ...base, slots });
const witnessOf = ({ policy, parts, slots }: PeriodWitness): ClaimWitness => ({
  policy,
  period: parts.period,
  tier: 16,
  slots,
});
const note = (name: string, category: number, spend: bigint, afterMs: number) =>
  countedSlot(name, { category, spend, afterMs });

/** The sum is the cap, three notes are at their ceilings, the ends of the window are met. */
const bounds = periodOf([
  note('a', 0, 1_000n, 0),
  note('b', 1, 5_000n, 7_000),
  voidSlot('c', 2),
  note('d', 2, 200n, 7_000),
  note('e', 1, 3_800n, WINDOW_MS),
]);
const input = (claim: NotesClaim): CircuitInput => buildClaimInput(claim, witnessOf(bounds));

/** leavesRoot, policyDigest, periodId as TypeScript states them. */
function stated(period: PeriodWitness): readonly bigint[] {
  const [leaves, , , policy] = computeStatement(period).publicSignals;
  return [fieldFromHex(leaves), fieldFromHex(policy), hashField(period.parts.period)];
}

describe.each(NOTES_CLAIMS)('%s', (claim) => {
  const { checker, shipped, unchecked } = circuits[claim];

  test.each([
    ['at every bound', bounds],
    ['without a note', periodOf([])],
    ['of voids only', periodOf([voidSlot('v'), voidSlot('w')])],
    ['full', samplePeriod({ seed: 'claims', slotCount: 16 })],
  ])(
    'a true period %s: satisfied, and its signals are those of the attestation',
    async (_, period) => {
      const built = buildClaimInput(claim, witnessOf(period));
      const witness = await shipped(built);
      expect(checker.violations(witness)).toEqual([]);
      expect(await unchecked(built)).toEqual(witness);
      expect(witness.slice(1, 4)).toEqual(stated(period));
    },
  );

  test('no signal of a full witness can change alone', async () => {
    const full = samplePeriod({ seed: 'claims', slotCount: 16 });
    const slots = full.slots.filter((slot) => slot.status === 'counted');
    const witness = await shipped(buildClaimInput(claim, witnessOf({ ...full, slots })));
    expect(checker.freeSignals(witness).filter((signal) => signal < 4)).toEqual([]);
  });

  test.each([
    ['another period', { periodId: 5n }, [0]],
    ['another budget', { budgetId: 5n }, [1]],
    ['another policy salt', { policySalt: 5n }, [1]],
    ['a note left out', { counted: { 3: 0n } }, [0]],
    ['another token', { token: { 0: 5n } }, [0]],
    ['another salt', { salt: { 0: 5n } }, [0]],
  ] as const)('%s: states something else', async (_, changes, different) => {
    const forged = forgeInput(
      input(claim),
      'counted' in changes ? { ...changes, ...emptied(claim) } : changes,
    );
    const claimed = stated(bounds);
    const witness = await unchecked(forged);
    expect(checker.violations(witness)).toEqual([]);
    const differs = claimed.flatMap((signal, i) =>
      witness[1 + i] === signal || i === 2 ? [] : [i],
    );
    expect(differs).toEqual(different);
    expect(checker.violations([witness[0] ?? 1n, ...claimed, ...witness.slice(4)])).not.toEqual([]);
  });

  test(`the builder and the circuit agree on true and false periods (seed ${SEED})`, async () => {
    const met = { true: 0, false: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(shape, { maxLength: 16 }), async (shapes) => {
        const period = randomPeriod(shapes);
        const isTrue = builds(claim, period);
        met[`${isTrue}`] += 1;
        const raw = uncheckedClaimInput(claim, witnessOf(period), 16);
        const witness = await unchecked(raw);
        expect(checker.violations(witness).length === 0).toBe(isTrue);
        expect(witness.slice(1, 4)).toEqual(stated(period));
      }),
      { seed: SEED, numRuns: RUNS },
    );
    expect(Math.min(met.true, met.false)).toBeGreaterThan(0);
  });
});

/** What else must be zero for slot 3 to be uncounted; the note after it takes its step along. */
function emptied(claim: NotesClaim): Readonly<Record<string, Readonly<Record<number, bigint>>>> {
  const zero = { 3: 0n };
  if (claim === 'aggregate') return { spend: zero, fields: zero };
  if (claim === 'ceilings') return { spend: zero, at: zero, category: zero, regime: zero };
  return { step: zero, low: zero, high: zero };
}

type Shape = { readonly isVoid: boolean; readonly category: number } & {
  readonly spend: bigint;
  readonly stepMs: number;
};
const shape: fc.Arbitrary<Shape> = fc.record({
  isVoid: fc.boolean(),
  category: fc.integer({ min: 0, max: 2 }),
  spend: fc.oneof(
    { weight: 9, arbitrary: fc.bigInt({ min: 0n, max: 200n }) },
    { weight: 1, arbitrary: fc.bigInt({ min: 200n, max: 20_000n }) },
  ),
  stepMs: fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 0, max: 1_000 }) },
    { weight: 1, arbitrary: fc.integer({ min: -1_000, max: -1 }) },
  ),
});

function randomPeriod(shapes: readonly Shape[]): PeriodWitness {
  let afterMs = 0;
  return periodOf(
    shapes.map(({ isVoid, category, spend, stepMs }, i) => {
      if (isVoid) return voidSlot(`r${i}`, category);
      afterMs += stepMs;
      return note(`r${i}`, category, spend, afterMs);
    }),
  );
}

function builds(claim: NotesClaim, period: PeriodWitness): boolean {
  try {
    buildClaimInput(claim, witnessOf(period));
    return true;
  } catch (error) {
    if (error instanceof WitnessError) return false;
    throw error;
  }
}

/** The spend of slot 0 and what its bits hide above it: 2^64 of spend is one ms of time. */
const SHIFT = 2n ** 64n;
const fieldsOf = (claim: NotesClaim, name: string, index: number): bigint => {
  const value = input(claim).signals[name];
  if (!Array.isArray(value)) throw new Error(`${name} is not a list`);
  return value[index] ?? 0n;
};

describe('forged witnesses that break a constraint', () => {
  test.each<[NotesClaim, string, Parameters<typeof forgeInput>[1]]>([
    ['aggregate', 'a sum of cap + 1', { spend: { 0: 1_001n } }],
    ['aggregate', 'a negative spend that makes room', { spend: { 0: reduce(-1n), 1: 6_002n } }],
    [
      'aggregate',
      'a spend of 2^63 under a cap of 2^63',
      { spend: { 0: 2n ** 63n }, cap: 2n ** 63n },
    ],
    ['aggregate', 'a cap of p - 1', { cap: FIELD_ORDER - 1n }],
    [
      'aggregate',
      'a cap that takes bits of the window',
      { cap: 10_000n + SHIFT, windowStart: BigInt(SAMPLE_WINDOW.start) - 1n },
    ],
    [
      'aggregate',
      'spend moved into the bits of the time',
      {
        spend: { 0: 0n },
        fields: { 0: reduce(fieldsOf('aggregate', 'fields', 0) + 1_000n * inverse(SHIFT)) },
      },
    ],
    ['aggregate', 'spend in a void slot', { spend: { [VOID]: 1n } }],
    ['aggregate', 'spend in padding', { spend: { [PADDING]: 1n } }],
    ['aggregate', 'opaque fields in padding', { fields: { [PADDING]: 1n } }],
    ['aggregate', 'opaque fields of 57 bits', { fields: { 0: 2n ** 56n } }],
    ['aggregate', 'counted twice over', { counted: { 0: 2n } }],

    ['ceilings', 'one above the ceiling', { spend: { 0: 1_001n } }],
    ['ceilings', 'one above the ceiling of the last category', { spend: { 3: 201n } }],
    ['ceilings', 'a negative spend', { spend: { 0: FIELD_ORDER - 1n } }],
    ['ceilings', 'a ceiling of 2^63', { ceilings: { 0: 2n ** 63n }, spend: { 0: 2n ** 63n } }],
    ['ceilings', 'a ceiling of p - 1', { ceilings: { 0: FIELD_ORDER - 1n } }],
    ['ceilings', 'a category in which nothing may be spent', { category: { 0: 7n } }],
    ['ceilings', 'a category above its bits', { category: { 0: 8n } }],
    ['ceilings', 'a time above its bits', { at: { 0: 2n ** 48n } }],
    ['ceilings', 'a regime above its bits', { regime: { 0: 32n } }],
    [
      'ceilings',
      'spend moved above the regime',
      { spend: { 0: 0n }, regime: { 0: 3n + 1_000n * 32n } },
    ],
    ['ceilings', 'spend in a void slot', { spend: { [VOID]: 1n } }],
    ['ceilings', 'a category in padding', { category: { [PADDING]: 1n } }],
    ['ceilings', 'a time in padding', { at: { [PADDING]: 1n } }],
    ['ceilings', 'a regime in a void slot', { regime: { [VOID]: 1n } }],
    ['ceilings', 'counted twice over', { counted: { 0: 2n } }],

    ['window', 'one millisecond before the window', { step: { 0: reduce(-1n), 1: 7_001n } }],
    ['window', 'one millisecond after it', { step: { [LAST]: BigInt(WINDOW_MS - 7_000 + 1) } }],
    ['window', 'a time that goes back', { step: { 1: 7_001n, 3: reduce(-1n) } }],
    ['window', 'a step that wraps', { step: { 0: FIELD_ORDER - 1n, 1: 7_001n } }],
    ['window', 'a window end of 2^48', { windowEnd: 2n ** 48n }],
    ['window', 'a negative window start', { windowStart: FIELD_ORDER - 1n }],
    [
      'window',
      'time moved into the bits of the spend',
      { low: { [LAST]: 3_800n + SHIFT }, step: { [LAST]: BigInt(WINDOW_MS - 7_000 - 1) } },
    ],
    [
      'window',
      'time moved into the bits of the category',
      {
        high: { [LAST]: fieldsOf('window', 'high', LAST) - 1n },
        step: { [LAST]: BigInt(WINDOW_MS - 7_000) + 2n ** 48n },
      },
    ],
    ['window', 'a step in a void slot', { step: { [VOID]: 1n } }],
    ['window', 'a spend in padding', { low: { [PADDING]: 1n } }],
    ['window', 'a category in padding', { high: { [PADDING]: 1n } }],
    ['window', 'counted twice over', { counted: { 0: 2n } }],
  ])('%s: %s', async (claim, _, changes) => {
    const { checker, shipped, unchecked } = circuits[claim];
    const forged = forgeInput(input(claim), changes);
    await expect(shipped(forged)).rejects.toThrow('Assert Failed');
    expect(checker.violations(await unchecked(forged))).not.toEqual([]);
  });
});
