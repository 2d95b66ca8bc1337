// Goal: fifty agents, three of them excluded, are proved by one proof that says what TypeScript computes,
// and that holds nowhere else. Once: it takes some seconds.
import { readFileSync } from 'node:fs';
import { fieldFromHex, fieldToHex } from '@atomicity/kernel/codec/field';
import type { FieldHex } from '@atomicity/kernel/units/id';
import { groth16 } from 'snarkjs';
import { expect, test } from 'vitest';
import { circuitRow } from '../artifacts/circuits.ts';
import { ensureArtifacts } from '../artifacts/ensure-artifacts.ts';
import { sampleFleet } from '../testing/sample-fleet.ts';
import { parseVerificationKeyText } from '../verify/verification-key.ts';
import { checkSpendProof } from '../verify/verify-spend-proof.ts';
import { buildFleetInput } from '../witness/build-fleet-input.ts';
import { snarkjsProver } from './snarkjs-prover.ts';

const artifacts = await ensureArtifacts('fleet-64');

test('47 of 50 agents in one proof', async () => {
  const { input, statement } = buildFleetInput({
    ...sampleFleet({
      excluded: { 4: 'pending_dispute', 17: 'stale_state', 49: 'credential_expired' },
    }),
    context: 2n ** 247n + 1n,
  });
  const prover = snarkjsProver(async () => artifacts);
  const { proof, publicSignals } = await prover.prove(input);
  prover.close();
  expect(publicSignals).toEqual(statement.publicSignals);
  expect(statement.includedCount).toBe(47);

  const text = readFileSync(artifacts.verificationKey, 'utf8');
  const key = parseVerificationKeyText(text, circuitRow('fleet-64').publicSignals);
  if (key.kind === 'refused') throw new Error(key.reason);
  const verdict = (signals: readonly FieldHex[]) => checkSpendProof(key.key, signals, proof);
  expect(verdict(publicSignals)).toEqual({ kind: 'holds' });
  const theirs = await groth16.verify(
    JSON.parse(text),
    publicSignals.map((signal) => `${fieldFromHex(signal)}`),
    {
      pi_a: [...proof.a, '1'],
      pi_b: [[...proof.b[0]], [...proof.b[1]], ['1', '0']],
      pi_c: [...proof.c, '1'],
      protocol: 'groth16',
      curve: 'bn128',
    },
  );
  expect(theirs).toBe(true);
  // Every signal is bound, the context that the circuit only squares too.
  for (const i of publicSignals.keys()) {
    const signal = fieldFromHex(publicSignals[i] ?? fieldToHex(0n));
    const other = publicSignals.with(i, fieldToHex(signal === 0n ? 1n : signal - 1n));
    expect(verdict(other)).toEqual({ kind: 'fails', reason: 'pairing_fails' });
  }
});
