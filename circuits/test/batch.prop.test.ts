// Goal: the batch circuit, TypeScript and circomlibjs state the same six values for any period of batch
// notes that keeps its policy, and every constraint holds on its witness.
// Method: random periods, in chains of two, the first of batches, the second of batches or of single
// notes; three independent accounts compared.
import { readFileSync } from 'node:fs';
import { ensureArtifacts } from '@atomicity/prover/artifacts/ensure-artifacts';
import { readR1cs } from '@atomicity/prover/ceremony/r1cs-file';
import {
  batchItems,
  batchPeriodOf,
  batchSlot,
  sampleBatchPeriod,
} from '@atomicity/prover/testing/sample-batch-period';
import {
  countedSlot,
  SAMPLE_WINDOW,
  samplePeriod,
  voidSlot,
} from '@atomicity/prover/testing/sample-period';
import { buildBatchInput } from '@atomicity/prover/witness/build-batch-input';
import { buildSpendInput } from '@atomicity/prover/witness/build-spend-input';
import { computeStatement } from '@atomicity/prover/witness/compute-statement';
import type { PeriodWitness } from '@atomicity/prover/witness/period-witness';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { constraintChecker } from './constraint-checker.ts';
import { buildOracle } from './oracle.ts';
import { witnessGenerator } from './witness-generators.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_121);
const RUNS = 12;

const artifacts = await ensureArtifacts('batch-16');
const checker = constraintChecker(readR1cs(readFileSync(artifacts.r1cs)));
const generate = witnessGenerator(artifacts.wasm);
const oracle = await buildOracle();

type SlotShape = {
  readonly isVoid: boolean;
  readonly category: number;
  readonly items: readonly (readonly [bigint, number])[];
  readonly waitMs: number;
};

const slotShape: fc.Arbitrary<SlotShape> = fc.record({
  isVoid: fc.boolean(),
  category: fc.integer({ min: 0, max: 2 }),
  // At most 32 notes of 16 payments: the caps of 400 and more are never reached.
  items: fc.array(
    fc.tuple(
      fc.constantFrom(0n, 1n),
      fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 100_000 })),
    ),
    { minLength: 1, maxLength: 16 },
  ),
  // 32 waits and the 16 steps of the last batch stay inside the window of a day.
  waitMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2_500_000 })),
});

/** Slots after a time, in ms since the window opened. Batches may overlap in time. */
function slotsOf(seed: string, shapes: readonly SlotShape[], startMs: number) {
  let afterMs = startMs;
  return shapes.map(({ isVoid, category, items, waitMs }, i) => {
    if (isVoid) return voidSlot(`${seed}/${i}`, category);
    afterMs += waitMs;
    return batchSlot(`${seed}/${i}`, { items: batchItems(items), afterMs, category });
  });
}

async function checkAgreement(witness: PeriodWitness): Promise<void> {
  const input = buildBatchInput(witness);
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
        const opening = batchPeriodOf(slotsOf('first', first, 0), { seed: 'chain' });
        await checkAgreement(opening);
        const previous = computeStatement(opening).summary;
        const startMs = previous.lastAt - SAMPLE_WINDOW.start;
        const options = { seed: 'chain', periodIndex: 1, previous };
        await checkAgreement(batchPeriodOf(slotsOf('second', second, startMs), options));
      },
    ),
    { seed: SEED, numRuns: RUNS },
  );
});

test('a period of batches goes on after one of single notes, and the other way round', async () => {
  const singles = samplePeriod({ seed: 'mixed' });
  const afterSingles = computeStatement(singles).summary;
  const batches = sampleBatchPeriod({ seed: 'mixed', periodIndex: 1, previous: afterSingles });
  await checkAgreement(batches);
  const { summary } = computeStatement(batches);
  const again = samplePeriod({ seed: 'mixed', periodIndex: 2, previous: summary });
  expect(computeStatement(again).publicSignals.map((hex) => BigInt(`0x${hex}`))).toEqual(
    oracle(buildSpendInput(again)),
  );
});

test('a note of one payment has another commitment as a batch than as a single note', () => {
  const single = countedSlot('one', { spend: 5n, afterMs: 7 });
  const batch = batchSlot('one', { items: batchItems([[5n, 0]]), afterMs: 7 });
  const leaf = (period: PeriodWitness) => computeStatement(period).publicSignals[0];
  const singles = { ...samplePeriod({ slotCount: 0 }), slots: [single] };
  expect(leaf(batchPeriodOf([batch]))).not.toBe(leaf(singles));
});

test('no signal of a witness can change alone', async () => {
  const first = sampleBatchPeriod();
  const previous = computeStatement(first).summary;
  const values = await generate(buildBatchInput(sampleBatchPeriod({ periodIndex: 1, previous })));
  expect(checker.violations(values)).toEqual([]);
  expect(checker.freeSignals(values)).toEqual([]);
});
