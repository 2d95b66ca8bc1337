// Goal: the circuits that CI does not build prove inputs of their full size. Method: the native prover if it is
// built, else snarkjs; two verifiers; prints constraints and times (memory and processor
// time: `npm run bench -- prover`).
// Run: npm run test:proofs (the first run compiles: spend-256 in about 2 minutes, spend-1024 in 8, on 2 cores).
import { readFileSync } from 'node:fs';
import type { FieldHex } from '@atomicity/kernel/units/id';
import { circuitPin } from '@atomicity/prover/artifacts/artifact-lock';
import { CIRCUITS, type CircuitName, circuitRow } from '@atomicity/prover/artifacts/circuits';
import { ensureArtifacts } from '@atomicity/prover/artifacts/ensure-artifacts';
import { chooseProver } from '@atomicity/prover/prove/choose-prover';
import type { CircuitInput } from '@atomicity/prover/prove/groth16-prover';
import { sampleBatchPeriod } from '@atomicity/prover/testing/sample-batch-period';
import { samplePeriod } from '@atomicity/prover/testing/sample-period';
import { snarkjsHolds } from '@atomicity/prover/testing/snarkjs-verdict';
import { parseVerificationKeyText } from '@atomicity/prover/verify/verification-key';
import { checkSpendProof } from '@atomicity/prover/verify/verify-spend-proof';
import { buildBatchInput } from '@atomicity/prover/witness/build-batch-input';
import {
  buildClaimInput,
  NOTES_CLAIMS,
  type NotesClaim,
} from '@atomicity/prover/witness/build-claim-input';
import { buildSpendInput } from '@atomicity/prover/witness/build-spend-input';
import { computeStatement } from '@atomicity/prover/witness/compute-statement';
import { afterAll, expect, test } from 'vitest';

type Case = {
  readonly circuit: CircuitName;
  readonly input: CircuitInput;
  /** What TypeScript computes, for the signals that it does. */
  readonly expected: readonly (FieldHex | undefined)[];
};

/** A full period of a tier, the second of its budget. */
function spendCase(tier: 256 | 1024): Case {
  const previous = computeStatement(samplePeriod({ tier, slotCount: tier - 1 })).summary;
  const period = samplePeriod({ tier, slotCount: tier, periodIndex: 1, previous });
  const input = buildSpendInput(period);
  return { circuit: input.circuit, input, expected: computeStatement(period).publicSignals };
}

function batchCase(): Case {
  const period = sampleBatchPeriod({ tier: 64, slotCount: 64 });
  const input = buildBatchInput(period);
  return { circuit: input.circuit, input, expected: computeStatement(period).publicSignals };
}

function claimCase(claim: NotesClaim): Case {
  const whole = samplePeriod({ tier: 64, slotCount: 64 });
  const { policy, parts, slots } = whole;
  const [leavesRoot, , , policyDigest] = computeStatement(whole).publicSignals;
  const input = buildClaimInput(claim, { policy, period: parts.period, tier: 64, slots });
  return { circuit: input.circuit, input, expected: [leavesRoot, policyDigest, undefined] };
}

const cases: readonly (readonly [CircuitName, () => Case])[] = [
  ['batch-64', batchCase],
  ...NOTES_CLAIMS.map((claim) => [`claim-${claim}-64`, () => claimCase(claim)] as const),
  ['spend-256', () => spendCase(256)],
  ['spend-1024', () => spendCase(1024)],
];

const report: string[] = [];
afterAll(() => console.log(report.join('\n')));

test('every large circuit has a proof here or in a file of its own', () => {
  const ownFile: readonly CircuitName[] = ['fleet-256'];
  const proved = [...cases.map(([circuit]) => circuit), ...ownFile].sort();
  expect(proved).toEqual(CIRCUITS.flatMap(({ name, large }) => (large ? [name] : [])).sort());
});

test.each(cases)(
  '%s',
  async (circuit, make) => {
    const { input, expected } = make();
    expect(input.circuit).toBe(circuit);
    const artifacts = await ensureArtifacts(circuit);
    const chosen = chooseProver(async () => artifacts);
    const startedMs = performance.now();
    let witnessMs = 0;
    const made = await chosen.prover.prove(input, {
      onProgress: ({ phase }) => {
        if (phase !== 'witness' && witnessMs === 0) witnessMs = performance.now() - startedMs;
      },
    });
    const totalMs = performance.now() - startedMs;
    chosen.prover.close();
    report.push(
      `${circuit}: ${circuitPin(circuit).constraints} constraints, ${chosen.kind} (${chosen.reason}): ` +
        `${(totalMs / 1000).toFixed(1)} s, of it the witness ${(witnessMs / 1000).toFixed(1)} s`,
    );
    const signals = made.publicSignals.map((signal, i) => expected[i] && signal);
    expect(signals).toEqual(expected);
    const text = readFileSync(artifacts.verificationKey, 'utf8');
    const key = parseVerificationKeyText(text, circuitRow(circuit).publicSignals);
    if (key.kind === 'refused') throw new Error(key.reason);
    expect(checkSpendProof(key.key, made.publicSignals, made.proof)).toEqual({ kind: 'holds' });
    expect(await snarkjsHolds(text, made.publicSignals, made.proof)).toBe(true);
    // The same signals, turned by one place: no statement that anyone proved.
    const turned = [...made.publicSignals.slice(1), ...made.publicSignals.slice(0, 1)];
    expect(await snarkjsHolds(text, turned, made.proof)).toBe(false);
  },
  3_600_000,
);
