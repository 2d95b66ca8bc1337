// Goal: 256 agents in one proof, with flags in two words, and the slots on both sides of the word's end.
import { readFileSync } from 'node:fs';
import { circuitRow } from '@atomicity/prover/artifacts/circuits';
import { ensureArtifacts } from '@atomicity/prover/artifacts/ensure-artifacts';
import { chooseProver } from '@atomicity/prover/prove/choose-prover';
import { sampleFleet } from '@atomicity/prover/testing/sample-fleet';
import { snarkjsHolds } from '@atomicity/prover/testing/snarkjs-verdict';
import { parseVerificationKeyText } from '@atomicity/prover/verify/verification-key';
import { checkSpendProof } from '@atomicity/prover/verify/verify-spend-proof';
import { buildFleetInput } from '@atomicity/prover/witness/build-fleet-input';
import { expect, test } from 'vitest';
import { buildFleetOracle } from '../fleet-oracle.ts';

test('253 of 256 agents in one proof', async () => {
  const { input, statement } = buildFleetInput({
    ...sampleFleet({
      size: 256,
      slotCount: 256,
      excluded: { 0: 'pending_dispute', 127: 'stale_state', 128: 'credential_expired' },
    }),
    context: 2n ** 248n - 1n,
  });
  expect(statement.included).toEqual([2n ** 127n - 2n, 2n ** 128n - 2n]);
  const oracle = await buildFleetOracle();
  const expected = oracle(input.signals);
  expect(statement.publicSignals.map((signal) => BigInt(`0x${signal}`))).toEqual(expected);

  const artifacts = await ensureArtifacts('fleet-256');
  const { prover } = chooseProver(async () => artifacts);
  const { proof, publicSignals } = await prover.prove(input);
  prover.close();
  expect(publicSignals).toEqual(statement.publicSignals);
  const text = readFileSync(artifacts.verificationKey, 'utf8');
  const key = parseVerificationKeyText(text, circuitRow('fleet-256').publicSignals);
  if (key.kind === 'refused') throw new Error(key.reason);
  expect(checkSpendProof(key.key, publicSignals, proof)).toEqual({ kind: 'holds' });
  expect(await snarkjsHolds(text, publicSignals, proof)).toBe(true);
});
