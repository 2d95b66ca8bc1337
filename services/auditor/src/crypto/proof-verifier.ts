/** The Groth16 verifier behind the claims on proofs: the prover package's, without wasm or files. */
import type { JsonObject } from '@atomicity/kernel/codec/canonical-json';
import { type FieldHex, parseFieldHex } from '@atomicity/kernel/units/id';
import {
  parseVerificationKey,
  type VerificationKey,
} from '@atomicity/prover/verify/verification-key';
import { verifySpendProof } from '@atomicity/prover/verify/verify-spend-proof';
import type { ProofVerifier } from '../claims/context.ts';

/** Public signals of an attestation's proof. */
const SIGNALS = 6;

function fieldsOf(signals: readonly string[]): readonly FieldHex[] | undefined {
  const fields = signals.flatMap((signal) => parseFieldHex(signal) ?? []);
  return fields.length === signals.length ? fields : undefined;
}

/** For proofs with `signals` public signals. Checks each key once, however many proofs name it. */
export function groth16Verifier(signals = SIGNALS): ProofVerifier {
  const keys = new Map<JsonObject, VerificationKey | undefined>();
  const keyOf = (json: JsonObject): VerificationKey | undefined => {
    if (keys.has(json)) return keys.get(json);
    const parsed = parseVerificationKey(json, signals);
    const key = parsed.kind === 'parsed' ? parsed.key : undefined;
    keys.set(json, key);
    return key;
  };
  return {
    keyHash: (json) => keyOf(json)?.hash,
    async verify(json, publicSignals, proof) {
      const key = keyOf(json);
      const fields = fieldsOf(publicSignals);
      if (key === undefined || fields === undefined) return false;
      return await verifySpendProof(key, fields, proof);
    },
  };
}
