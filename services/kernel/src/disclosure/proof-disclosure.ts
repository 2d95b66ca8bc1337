import type { JsonObject } from '../codec/canonical-json.ts';
import { isJsonObject } from '../codec/canonical-json.ts';
import { fieldFromHex, fieldToHex } from '../codec/field.ts';
import { hashField } from '../codec/field-encodings.ts';
import { AMOUNT_MAX } from '../units/amount.ts';
import type { FieldHex, Hash } from '../units/id.ts';
import { groth16ProofValue } from '../wire/budget-codecs.ts';
import { type Codec, Failure, list, object, oneOf } from '../wire/codec.ts';
import type { Groth16Proof } from '../wire/objects.ts';
import {
  counterValue,
  fieldValue,
  hashValue,
  originValue,
  proseValue,
} from '../wire/value-codecs.ts';
import type { AttestedPeriod, DisclosurePlace } from './attested-period.ts';
import { type DisclosureRefusal, disclosureRefusal } from './refusals.ts';

/** Circuits whose proofs state something about a period that is attested already. */
export const DISCLOSURE_CIRCUITS = [
  'spent-at-most',
  'remaining-at-least',
  'claim-aggregate-16',
  'claim-aggregate-64',
  'claim-ceilings-16',
  'claim-ceilings-64',
  'claim-window-16',
  'claim-window-64',
] as const;

export type DisclosureCircuit = (typeof DISCLOSURE_CIRCUITS)[number];

/** A proof about an attested period, with the key to check it under and the claim in words. */
export type ProofDisclosure = DisclosurePlace & {
  readonly v: 1;
  readonly kind: 'proof';
  readonly circuit: DisclosureCircuit;
  /** Outputs first. */
  readonly publicSignals: readonly FieldHex[];
  readonly proof: Groth16Proof;
  readonly verificationKeyHash: Hash;
  /** As snarkjs exports it. Whoever believes it lists its hash. */
  readonly verificationKey: JsonObject;
  /** What the proof states: exactly `claimText` of the rest. */
  readonly claim: string;
};

/** A key is checked by its own reader; here it is any object. */
const keyCodec: Codec<JsonObject> = {
  read: (value) => (isJsonObject(value) ? value : new Failure('wrong_type', 'an object')),
  write: (value) => value,
};

export const proofDisclosureCodec: Codec<ProofDisclosure> = object<ProofDisclosure>({
  v: oneOf<1>([1], 'unknown_version'),
  kind: oneOf<'proof'>(['proof']),
  origin: originValue,
  budget: hashValue,
  period: hashValue,
  periodIndex: counterValue,
  circuit: oneOf<DisclosureCircuit>(DISCLOSURE_CIRCUITS),
  publicSignals: list(fieldValue, 2, 3),
  proof: groth16ProofValue,
  verificationKeyHash: hashValue,
  verificationKey: keyCodec,
  claim: proseValue(1, 512),
});

/** `bound` where the prover chose the value; else the attestation fixes it. */
type ExpectedSignal = FieldHex | 'bound';

function expectedSignals(
  circuit: DisclosureCircuit,
  { publicSignals, period }: AttestedPeriod,
): readonly ExpectedSignal[] {
  const [leavesRoot, , summaryCommitment, policyDigest] = publicSignals;
  if (circuit === 'spent-at-most') return [summaryCommitment, 'bound'];
  if (circuit === 'remaining-at-least') return [summaryCommitment, policyDigest, 'bound'];
  return [leavesRoot, policyDigest, fieldToHex(hashField(period))];
}

/** Number of public signals of a circuit's proofs. */
export function signalCountOf(circuit: DisclosureCircuit): 2 | 3 {
  return circuit === 'spent-at-most' ? 2 : 3;
}

const CLAIM_WORDS = {
  aggregate: 'the notes of the period sum to at most the cap of the budget; earlier periods apart',
  ceilings: 'every note of the period is at most the ceiling of its category',
  window: 'every note of the period lies in the window of the budget',
} as const;

/** What a proof states, in words. Amounts are ledger units: the proof hides the denomination. */
export function claimText(
  disclosure: Pick<ProofDisclosure, 'circuit' | 'publicSignals' | 'periodIndex'>,
): string {
  const { circuit, publicSignals, periodIndex } = disclosure;
  const bound = fieldFromHex(publicSignals.at(-1) ?? ('' as FieldHex));
  const upTo = `up to the end of period ${periodIndex}`;
  if (circuit === 'spent-at-most') return `the budget spent at most ${bound} units ${upTo}`;
  if (circuit === 'remaining-at-least') {
    return `the budget had at least ${bound} units left at the end of period ${periodIndex}`;
  }
  if (circuit.startsWith('claim-aggregate')) return CLAIM_WORDS.aggregate;
  if (circuit.startsWith('claim-ceilings')) return CLAIM_WORDS.ceilings;
  return CLAIM_WORDS.window;
}

/** The claims about single notes exist for one tier each. */
function isOfPeriod(circuit: DisclosureCircuit, attested: AttestedPeriod): boolean {
  if (!circuit.startsWith('claim-')) return true;
  return attested.circuit === 'spend' && circuit.endsWith(`-${attested.tier}`);
}

/**
 * Judges what a proof is about by the attestation of its period; the pairing check is the caller's.
 * Undefined: if the proof verifies, `claim` is true of the attested period. Refusals, in order:
 * `circuit_mismatch`, `signals_mismatch`, `bound_out_of_range`, `claim_text_mismatch`.
 */
export function refuseProof(
  disclosure: ProofDisclosure,
  attested: AttestedPeriod,
): DisclosureRefusal | undefined {
  const { circuit, publicSignals, claim } = disclosure;
  if (!isOfPeriod(circuit, attested)) return disclosureRefusal('circuit_mismatch', '/circuit');
  const expected = expectedSignals(circuit, attested);
  if (publicSignals.length !== expected.length) {
    return disclosureRefusal('signals_mismatch', '/publicSignals');
  }
  for (const [i, signal] of publicSignals.entries()) {
    const fixed = expected[i];
    if (fixed === 'bound') {
      if (fieldFromHex(signal) <= AMOUNT_MAX) continue;
      return disclosureRefusal('bound_out_of_range', `/publicSignals/${i}`);
    }
    if (signal !== fixed) return disclosureRefusal('signals_mismatch', `/publicSignals/${i}`);
  }
  return claim === claimText(disclosure)
    ? undefined
    : disclosureRefusal('claim_text_mismatch', '/claim');
}
