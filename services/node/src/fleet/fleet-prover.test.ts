// Goal: the fleet desk never gets a proof that does not hold for what it asked. Method: a prover that gives
// a proof of something else, and a check that knows which one it gave.
import { fieldToHex } from '@atomicity/kernel/codec/field';
import { summaryCommitment } from '@atomicity/kernel/period/summary';
import { amount } from '@atomicity/kernel/units/amount';
import type { FieldHex } from '@atomicity/kernel/units/id';
import type { Groth16Proof } from '@atomicity/kernel/wire/objects';
import { sampleFleet } from '@atomicity/prover/testing/sample-fleet';
import { samplePeriod } from '@atomicity/prover/testing/sample-period';
import { computeStatement } from '@atomicity/prover/witness/compute-statement';
import { expect, test } from 'vitest';
import { fleetProver } from './fleet-prover.ts';

const PROOF: Groth16Proof = {
  a: ['1', '2'],
  b: [
    ['1', '2'],
    ['3', '4'],
  ],
  c: ['1', '2'],
};
const { signal } = new AbortController();

/** The desk's prover over one that proves `proved`, whatever it is asked. */
function proverOf(proved: readonly FieldHex[]) {
  return fleetProver(
    { prove: async () => ({ proof: PROOF, publicSignals: proved }) },
    async (_circuit, publicSignals, proof) =>
      proof === PROOF && publicSignals.join() === proved.join(),
  );
}

const { summary } = computeStatement(samplePeriod());
const bound = amount(summary.cumulativeTotal + 1n);
const asked = [fieldToHex(summaryCommitment(summary)), fieldToHex(bound)];

test('a proof of another bound is refused, although it holds for that one', async () => {
  expect(await proverOf(asked).proveBound(summary, bound, signal)).toBe(PROOF);
  const other = [...asked.slice(0, 1), fieldToHex(bound + 1n)];
  await expect(proverOf(other).proveBound(summary, bound, signal)).rejects.toMatchObject({
    code: 'prover_failed',
    shortMessage: 'the proof of spent-at-most does not hold',
  });
});

test('a cycle’s proof that does not hold is refused before it is kept', async () => {
  const { policy, cycle } = sampleFleet({ slotCount: 3 });
  const refusing = fleetProver(
    { prove: async () => ({ proof: PROOF, publicSignals: asked }) },
    async () => false,
  );
  await expect(refusing.proveCycle(policy, cycle, 1n, signal)).rejects.toMatchObject({
    code: 'prover_failed',
    shortMessage: 'the proof of fleet-64 does not hold',
  });
});
