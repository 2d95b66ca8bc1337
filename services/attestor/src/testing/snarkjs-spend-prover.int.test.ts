// Goal: the real prover keeps the contract that the fake keeps. Method: tier 16, development keys.
import { readFileSync } from 'node:fs';
import { PUBLIC_SIGNAL_COUNT } from '@atomicity/prover/artifacts/circuits';
import { ensureArtifacts } from '@atomicity/prover/artifacts/ensure-artifacts';
import { snarkjsProver } from '@atomicity/prover/prove/snarkjs-prover';
import { parseVerificationKeyText } from '@atomicity/prover/verify/verification-key';
import { verifySpendProof } from '@atomicity/prover/verify/verify-spend-proof';
import { describeSpendProver } from './spend-prover-contract.ts';

describeSpendProver('snarkjs', async () => {
  const artifacts = await ensureArtifacts('spend-16');
  const text = readFileSync(artifacts.verificationKey, 'utf8');
  const parsed = parseVerificationKeyText(text, PUBLIC_SIGNAL_COUNT);
  if (parsed.kind === 'refused') throw new Error(parsed.reason);
  return {
    prover: snarkjsProver(async () => artifacts),
    holds: async (signals, proof) => await verifySpendProof(parsed.key, signals, proof),
  };
});
