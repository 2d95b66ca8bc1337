// Goal: the native prover keeps the contract that the fake and snarkjs keep. Method: tier 16, development keys;
// each proof must hold for two verifiers. Needs `npm run build:prover`; without it, a test says so by name.
import { readFileSync } from 'node:fs';
import { PUBLIC_SIGNAL_COUNT } from '@atomicity/prover/artifacts/circuits';
import { ensureArtifacts } from '@atomicity/prover/artifacts/ensure-artifacts';
import { findNativeBinary } from '@atomicity/prover/prove/native-binary';
import { nativeProver } from '@atomicity/prover/prove/native-prover';
import { snarkjsHolds } from '@atomicity/prover/testing/snarkjs-verdict';
import { parseVerificationKeyText } from '@atomicity/prover/verify/verification-key';
import { verifySpendProof } from '@atomicity/prover/verify/verify-spend-proof';
import { expect, it } from 'vitest';
import { describeSpendProver } from './spend-prover-contract.ts';

const binary = findNativeBinary();
if (binary.kind === 'ready') {
  describeSpendProver('native', async () => {
    const artifacts = await ensureArtifacts('spend-16');
    const text = readFileSync(artifacts.verificationKey, 'utf8');
    const parsed = parseVerificationKeyText(text, PUBLIC_SIGNAL_COUNT);
    if (parsed.kind === 'refused') throw new Error(parsed.reason);
    return {
      prover: nativeProver(async () => artifacts, { binary: binary.path }),
      holds: async (signals, proof) => {
        const ours = await verifySpendProof(parsed.key, signals, proof);
        expect(await snarkjsHolds(text, signals, proof)).toBe(ours);
        return ours;
      },
    };
  });
} else {
  it(`NOT SHOWN: no native prover on this machine (${binary.reason})`, () => {
    expect(binary.kind).toBe('absent');
  });
}
