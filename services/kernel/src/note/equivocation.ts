import { hexToBytes } from '../codec/bytes.ts';
import { type Hash, keyOfPartyId, type PartyId, type Signature } from '../units/id.ts';
import { strictSignatureShape, verifyEd25519 } from '../wire/ed25519-strict.ts';
import type { EquivocationProof } from '../wire/objects.ts';
import { type WireRefusal, wireRefusal } from '../wire/refusals.ts';
import { signingBytes } from '../wire/signing-bytes.ts';
import { coreHash, type NoteCore, type NoteTail, tailHash } from './note.ts';

function checkCores(first: NoteCore, second: NoteCore): 'core' | WireRefusal {
  const samePlace =
    first.payer === second.payer && first.period === second.period && first.index === second.index;
  if (samePlace && coreHash(first) !== coreHash(second)) return 'core';
  return wireRefusal(
    'not_equivocation',
    '/body/second',
    'two different cores have one payer, period and index',
  );
}

function checkTails(first: NoteTail, second: NoteTail): 'tail' | WireRefusal {
  const samePlace =
    first.payer === second.payer &&
    first.payee === second.payee &&
    first.period === second.period &&
    first.seq === second.seq;
  if (samePlace && tailHash(first) !== tailHash(second)) return 'tail';
  return wireRefusal(
    'not_equivocation',
    '/body/second',
    'two different tails have one payer, payee, period and seq',
  );
}

/** Who signed evidence, over which id. */
export type EvidenceSignature = {
  readonly signer: PartyId;
  readonly id: Hash;
  readonly sig: Signature;
  readonly field: string;
};

/** The two signatures that make the evidence: the payer's over cores, the payee's over tails. */
export function evidenceSignatures(proof: EquivocationProof): readonly EvidenceSignature[] {
  if (proof.kind === 'core') {
    return [proof.first, proof.second].map(({ object, sig }, i) => ({
      signer: object.payer,
      id: coreHash(object),
      sig,
      field: `/body/${i === 0 ? 'first' : 'second'}/sig`,
    }));
  }
  return [proof.first, proof.second].map(({ object, sig }, i) => ({
    signer: object.payee,
    id: tailHash(object),
    sig,
    field: `/body/${i === 0 ? 'first' : 'second'}/sig`,
  }));
}

/**
 * Tells whether the two objects exclude each other, without their signatures: `core` for two cores
 * of one (payer, period, index), `tail` for two tails of one (payer, payee, period, seq).
 * Refusal: not_equivocation.
 */
export function checkEquivocation(proof: EquivocationProof): 'core' | 'tail' | WireRefusal {
  return proof.kind === 'core'
    ? checkCores(proof.first.object, proof.second.object)
    : checkTails(proof.first.object, proof.second.object);
}

/**
 * `checkEquivocation` and both signatures: what a third party needs to hold the signer to it.
 * Refusals, in order: not_equivocation, the shape rules of a signature, signature_invalid.
 */
export function verifyEquivocation(proof: EquivocationProof): 'core' | 'tail' | WireRefusal {
  const verdict = checkEquivocation(proof);
  if (typeof verdict !== 'string') return verdict;
  for (const { signer, id, sig, field } of evidenceSignatures(proof)) {
    const [publicKey, signature] = [keyOfPartyId(signer), hexToBytes(sig)];
    const shape = strictSignatureShape(publicKey, signature);
    if (shape !== undefined) return { ...shape, field };
    if (!verifyEd25519(publicKey, signingBytes(id), signature)) {
      return wireRefusal('signature_invalid', field);
    }
  }
  return verdict;
}
