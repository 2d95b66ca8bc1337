/** Disclosures of an attested period, checked by the kernel before they leave. */
import { readFile } from 'node:fs/promises';
import { witnessSlot } from '@atomicity/attestor/plan-statement';
import { isJsonObject, parseAnyJson } from '@atomicity/kernel/codec/canonical-json';
import type { DisclosurePlace } from '@atomicity/kernel/disclosure/attested-period';
import { type Disclosure, refuseDisclosure } from '@atomicity/kernel/disclosure/disclosure-file';
import { discloseNote } from '@atomicity/kernel/disclosure/note-opening';
import {
  claimText,
  DISCLOSURE_CIRCUITS,
  type ProofDisclosure,
} from '@atomicity/kernel/disclosure/proof-disclosure';
import type { Amount } from '@atomicity/kernel/units/amount';
import type { CircuitName } from '@atomicity/prover/artifacts/circuits';
import type { Artifacts } from '@atomicity/prover/artifacts/ensure-artifacts';
import type { CircuitInput, Groth16Prover } from '@atomicity/prover/prove/groth16-prover';
import { parseVerificationKey } from '@atomicity/prover/verify/verification-key';
import { verifySpendProof } from '@atomicity/prover/verify/verify-spend-proof';
import { buildRemainingInput, buildSpentInput } from '@atomicity/prover/witness/build-bound-input';
import { buildClaimInput, type NotesClaim } from '@atomicity/prover/witness/build-claim-input';
import { WitnessError } from '@atomicity/prover/witness/witness-error';
import { type KnownPeriod, NothingToDisclose } from './attested-period.ts';

/** What to disclose of a period. */
export type Wish =
  | { readonly kind: 'note'; readonly index: number }
  | { readonly kind: 'summary' }
  | { readonly kind: 'spent'; readonly bound: Amount }
  | { readonly kind: 'remaining'; readonly floor: Amount }
  | { readonly kind: 'claim'; readonly claim: NotesClaim };

/** What proofs are made with: the keys that the prover takes, and the prover. */
export type ProvingTools = Pick<Groth16Prover, 'prove'> & {
  readonly artifactsOf: (circuit: CircuitName) => Promise<Artifacts>;
};

function placeOf({ attested }: KnownPeriod): DisclosurePlace {
  const { origin, budget, period, periodIndex } = attested;
  return { origin, budget, period, periodIndex };
}

function noteOf(known: KnownPeriod, index: number): Disclosure {
  const slot = known.slots[index];
  if (slot === undefined) {
    throw new NothingToDisclose('index_unknown', `the period has ${known.slots.length} notes`);
  }
  const { tier } = known.attested;
  const made = discloseNote({ ...placeOf(known), tier }, known.slots, index, slot);
  if (made.kind === 'disclosed') return made.disclosure;
  throw new NothingToDisclose('note_not_counted', `note ${index} is ${slot.status}`);
}

function inputOf(known: KnownPeriod, wish: Exclude<Wish, { kind: 'note' | 'summary' }>) {
  const { closed, summary } = known;
  switch (wish.kind) {
    case 'spent':
      return buildSpentInput({ summary, bound: wish.bound });
    case 'remaining':
      return buildRemainingInput({ policy: closed.policy, summary, floor: wish.floor });
    case 'claim': {
      if (closed.circuit !== 'spend') {
        throw new NothingToDisclose('claim_not_supported', 'the period is one of batch notes');
      }
      const { policy, period, tier } = closed;
      const slots = closed.slots.map(witnessSlot);
      return buildClaimInput(wish.claim, { policy, period, tier, slots });
    }
  }
}

function checkedInput(...given: Parameters<typeof inputOf>): CircuitInput {
  try {
    return inputOf(...given);
  } catch (error) {
    if (!(error instanceof WitnessError)) throw error;
    const isTier = error.code === 'tier_not_supported';
    throw new NothingToDisclose(isTier ? 'claim_not_supported' : 'claim_not_true', error.code);
  }
}

async function proofOf(
  known: KnownPeriod,
  input: CircuitInput,
  tools: ProvingTools,
): Promise<ProofDisclosure> {
  const circuit = DISCLOSURE_CIRCUITS.find((name) => name === input.circuit);
  if (circuit === undefined) throw new Error(`no disclosure is made by ${input.circuit}`);
  const { verificationKey: file } = await tools.artifactsOf(circuit);
  const { proof, publicSignals } = await tools.prove(input);
  const key = parseAnyJson(await readFile(file, 'utf8'))?.value;
  const parsed = parseVerificationKey(key, publicSignals.length);
  if (parsed.kind === 'refused' || !isJsonObject(key)) throw new Error('an unusable key');
  if (!(await verifySpendProof(parsed.key, publicSignals, proof))) {
    throw new NothingToDisclose('disclosure_refused', 'the proof does not verify');
  }
  const { periodIndex } = known.attested;
  return {
    v: 1,
    kind: 'proof',
    ...placeOf(known),
    circuit,
    publicSignals,
    proof,
    verificationKeyHash: parsed.key.hash,
    verificationKey: key,
    claim: claimText({ circuit, publicSignals, periodIndex }),
  };
}

/**
 * Makes a disclosure and judges it as its reader will. A proof takes some seconds, and the first one of a
 * circuit builds its keys before.
 * @throws NothingToDisclose `index_unknown`, `note_not_counted`, `claim_not_supported` (tier 256 or 1024, or
 * batch notes), `claim_not_true`, `disclosure_refused`; ProverError; ArtifactError.
 */
export async function disclosePeriod(
  known: KnownPeriod,
  wish: Wish,
  tools: ProvingTools,
): Promise<Disclosure> {
  const made = await make(known, wish, tools);
  const logged = made.kind === 'note' ? known.logged(made.index) : undefined;
  const refusal = refuseDisclosure(made, known.attested.origin, known.attested, logged);
  if (refusal === undefined) return made;
  throw new NothingToDisclose('disclosure_refused', refusal.reason);
}

async function make(known: KnownPeriod, wish: Wish, tools: ProvingTools): Promise<Disclosure> {
  switch (wish.kind) {
    case 'note':
      return noteOf(known, wish.index);
    case 'summary':
      return { v: 1, kind: 'summary', ...placeOf(known), summary: known.summary };
    case 'spent':
    case 'remaining':
    case 'claim':
      return proofOf(known, checkedInput(known, wish), tools);
  }
}
