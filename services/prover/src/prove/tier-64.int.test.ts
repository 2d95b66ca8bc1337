// Goal: tier 64 proves a full period and states what TypeScript computes. Once: it takes some seconds.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PUBLIC_SIGNAL_COUNT } from '../artifacts/circuits.ts';
import { ensureArtifacts } from '../artifacts/ensure-artifacts.ts';
import { samplePeriod } from '../testing/sample-period.ts';
import { parseVerificationKeyText } from '../verify/verification-key.ts';
import { checkSpendProof } from '../verify/verify-spend-proof.ts';
import { buildSpendInput } from '../witness/build-spend-input.ts';
import { computeStatement } from '../witness/compute-statement.ts';
import { snarkjsProver } from './snarkjs-prover.ts';

test('a full period of 64 authorizations, the second of its budget', async () => {
  const first = samplePeriod({ tier: 64, slotCount: 40 });
  const period = samplePeriod({
    tier: 64,
    slotCount: 64,
    periodIndex: 1,
    previous: computeStatement(first).summary,
  });
  const artifacts = await ensureArtifacts('spend-64');
  const prover = snarkjsProver(async () => artifacts);
  const made = await prover.prove(buildSpendInput(period));
  prover.close();
  expect(made.publicSignals).toEqual(computeStatement(period).publicSignals);
  const key = parseVerificationKeyText(
    readFileSync(artifacts.verificationKey, 'utf8'),
    PUBLIC_SIGNAL_COUNT,
  );
  if (key.kind === 'refused') throw new Error(key.reason);
  expect(checkSpendProof(key.key, made.publicSignals, made.proof)).toEqual({ kind: 'holds' });
});
