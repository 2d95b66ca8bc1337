// Goal: the circuit, TypeScript and circomlibjs state the same six values for any period that keeps its
// policy, and every constraint holds on its witness.
// Method: random periods, in chains of two; three independent accounts compared.
import { readFileSync } from 'node:fs';
import { ensureArtifacts } from '@atomicity/prover/artifacts/ensure-artifacts';
import { readR1cs } from '@atomicity/prover/ceremony/r1cs-file';
import {
  countedSlot,
  SAMPLE_WINDOW,
  samplePeriod,
  voidSlot,
} from '@atomicity/prover/testing/sample-period';
import { buildSpendInput } from '@atomicity/prover/witness/build-spend-input';
import { computeStatement } from '@atomicity/prover/witness/compute-statement';
import type { PeriodWitness } from '@atomicity/prover/witness/period-witness';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { constraintChecker } from './constraint-checker.ts';
import { buildOracle } from './oracle.ts';
import { witnessGenerator } from './witness-generators.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_121);
const RUNS = 15;

const artifacts = await ensureArtifacts('spend-16');
const checker = constraintChecker(readR1cs(readFileSync(artifacts.r1cs)));
const generate = witnessGenerator(artifacts.wasm);
const oracle = await buildOracle();

type SlotShape = {
  readonly isVoid: boolean;
  readonly category: number;
  readonly spend: number;
  readonly stepMs: number;
};

const slotShape: fc.Arbitrary<SlotShape> = fc.record({
  isVoid: fc.boolean(),
  category: fc.integer({ min: 0, max: 2 }),
  // At most 32 notes: caps of 400 and more are never reached.
  spend: fc.integer({ min: 0, max: 12 }),
  // 32 steps stay inside the window of a day.
  stepMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2_600_000 })),
});

function period(seed: string, shapes: readonly SlotShape[], before: PeriodWitness | null) {
  const previous = before === null ? undefined : computeStatement(before).summary;
  const base = samplePeriod({
    seed: 'chain',
    slotCount: 0,
    periodIndex: before === null ? 0 : 1,
    ...(previous === undefined ? {} : { previous }),
  });
  let afterMs = previous === undefined ? 0 : previous.lastAt - SAMPLE_WINDOW.start;
  const slots = shapes.map(({ isVoid, category, spend, stepMs }, i) => {
    if (isVoid) return voidSlot(`${seed}/${i}`, category);
    afterMs += stepMs;
    return countedSlot(`${seed}/${i}`, { spend: BigInt(spend), afterMs, category });
  });
  return { ...base, slots };
}

async function checkAgreement(witness: PeriodWitness): Promise<void> {
  const input = buildSpendInput(witness);
  const values = await generate(input);
  const outputs = values.slice(1, 7);
  const stated = computeStatement(witness).publicSignals.map((hex) => BigInt(`0x${hex}`));
  expect(outputs).toEqual(stated);
  expect(outputs).toEqual(oracle(input));
  expect(checker.violations(values)).toEqual([]);
}

test(`three accounts agree (seed ${SEED}, ${RUNS} chains of two periods)`, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(slotShape, { maxLength: 16 }),
      fc.array(slotShape, { maxLength: 16 }),
      async (first, second) => {
        const opening = period('first', first, null);
        await checkAgreement(opening);
        await checkAgreement(period('second', second, opening));
      },
    ),
    { seed: SEED, numRuns: RUNS },
  );
});

test('no signal of a witness can change alone', async () => {
  const first = samplePeriod();
  const second = samplePeriod({ periodIndex: 1, previous: computeStatement(first).summary });
  const values = await generate(buildSpendInput(second));
  expect(checker.violations(values)).toEqual([]);
  expect(checker.freeSignals(values)).toEqual([]);
});
