// Goal: the tiers that CI does not build prove full periods. Method: 256 and 1,024 authorizations, each the
// second period of its budget, with the native prover if it is built, else snarkjs; two verifiers. Prints what
// each took. Run: npm run test:proofs (the first run compiles: about 2 and 8 minutes on 2 cores).
import { readFileSync } from 'node:fs';
import { circuitPin } from '@atomicity/prover/artifacts/artifact-lock';
import { CIRCUITS, circuitRow, SPEND_TIERS } from '@atomicity/prover/artifacts/circuits';
import { ensureArtifacts } from '@atomicity/prover/artifacts/ensure-artifacts';
import { chooseProver } from '@atomicity/prover/prove/choose-prover';
import { samplePeriod } from '@atomicity/prover/testing/sample-period';
import { snarkjsHolds } from '@atomicity/prover/testing/snarkjs-verdict';
import { parseVerificationKeyText } from '@atomicity/prover/verify/verification-key';
import { checkSpendProof } from '@atomicity/prover/verify/verify-spend-proof';
import { buildSpendInput } from '@atomicity/prover/witness/build-spend-input';
import { computeStatement } from '@atomicity/prover/witness/compute-statement';
import { afterAll, expect, test } from 'vitest';

const report: string[] = [];
afterAll(() => console.log(report.join('\n')));

const large = SPEND_TIERS.filter((tier) => circuitRow(`spend-${tier}`).large);
test('the large tiers are 256 and 1,024', () => {
  expect(large).toEqual([256, 1024]);
  expect(CIRCUITS.filter(({ large }) => large).length).toBeGreaterThan(large.length);
});

test.each(large)(
  'a full period of %i authorizations, the second of its budget',
  async (tier) => {
    const circuit = `spend-${tier}` as const;
    const first = samplePeriod({ tier, slotCount: tier - 1 });
    const previous = computeStatement(first).summary;
    const period = samplePeriod({ tier, slotCount: tier, periodIndex: 1, previous });
    const artifacts = await ensureArtifacts(circuit);
    const chosen = chooseProver(async () => artifacts);
    const startedMs = performance.now();
    let witnessMs = 0;
    const made = await chosen.prover.prove(buildSpendInput(period), {
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
    expect(made.publicSignals).toEqual(computeStatement(period).publicSignals);
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
