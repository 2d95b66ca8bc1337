// Goal: the proofs that the contracts' tests use are of the pinned circuits and say what the kernel says.
// After a change of a circuit: node --conditions=source test/vectors/generate-fleet-proofs.ts
import { readFileSync } from 'node:fs';
import { fieldToHex } from '@atomicity/kernel/codec/field';
import { type CircuitName, circuitRow } from '@atomicity/prover/artifacts/circuits';
import { ensureArtifacts } from '@atomicity/prover/artifacts/ensure-artifacts';
import { parseVerificationKeyText } from '@atomicity/prover/verify/verification-key';
import { checkSpendProof } from '@atomicity/prover/verify/verify-spend-proof';
import { describe, expect, test } from 'vitest';
import { fleetProofsCycle, fleetProofsStatement, TEST_PLACE } from './build-fleet-proofs.ts';

const fixture = JSON.parse(readFileSync(new URL('fleet-proofs.json', import.meta.url), 'utf8'));

test('the statement is what the kernel computes, at the place of the contracts\u2019 tests', () => {
  expect(fixture).toMatchObject(JSON.parse(JSON.stringify(fleetProofsStatement(TEST_PLACE))));
  expect(fixture.cycle.codes).toEqual([1, 2, 3]);
});

test('the context is the one that contracts/README.md and the contract compute', () => {
  const page = readFileSync(new URL('../../contracts/README.md', import.meta.url), 'utf8');
  for (const context of fleetProofsCycle(TEST_PLACE).contexts) {
    expect(page).toContain(`0x${context.toString(16).padStart(64, '0')}`);
  }
  expect(page).toContain(TEST_PLACE.registry);
});

type Stored = {
  readonly proof: { pi_a: string[]; pi_b: string[][]; pi_c: string[] };
  readonly signals: readonly string[];
};

describe('each proof holds under the pinned key of its circuit', () => {
  const { late } = fixture;
  test.each<[CircuitName, string, Stored]>([
    ['fleet-64', 'the cycle', fixture.fleetProof],
    ['fleet-64', 'the cycle after a rollback', fixture.fleetProofRevision1],
    ['spend-16', 'an included slot', fixture.included],
    ['spend-16', 'a later period', fixture.later],
    ['spend-16', 'an excluded slot, late', late],
    ['spent-at-most', 'its bound', { proof: late.boundProof, signals: late.boundSignals }],
  ])('%s: %s', async (circuit, _, { proof, signals }) => {
    const { verificationKey } = await ensureArtifacts(circuit);
    const { publicSignals } = circuitRow(circuit);
    const key = parseVerificationKeyText(readFileSync(verificationKey, 'utf8'), publicSignals);
    if (key.kind === 'refused') throw new Error(key.reason);
    const { pi_a, pi_b, pi_c } = proof;
    const pair = (values: readonly string[] = []): [string, string] => [
      values[0] ?? '',
      values[1] ?? '',
    ];
    const verdict = checkSpendProof(
      key.key,
      signals.map((signal) => fieldToHex(BigInt(signal))),
      { a: pair(pi_a), b: [pair(pi_b[0]), pair(pi_b[1])], c: pair(pi_c) },
    );
    expect(verdict).toEqual({ kind: 'holds' });
  });
});

test('the proofs belong together as the challenges need it', () => {
  const { included, later, late, policy } = fixture;
  const slotOf = (i: number) => policy.slots[i];
  // leavesRoot, tokensRoot, summaryCommitment, policyDigest, periodDigest, nullifier.
  expect(included.signals[3]).toBe(slotOf(included.slot).policyDigest);
  expect(included.signals[5]).toBe(slotOf(included.slot).nullifier);
  expect(later.signals[3]).toBe(slotOf(later.slot).policyDigest);
  expect(later.signals[5]).not.toBe(slotOf(later.slot).nullifier);
  expect(late.signals[5]).toBe(slotOf(late.slot).nullifier);
  expect(late.boundSignals).toEqual([late.signals[2], late.bound]);
});
