import { canonicalJson } from '../codec/canonical-json.ts';
import { hashField } from '../codec/field-encodings.ts';
import { type PoseidonHash, poseidon } from '../codec/poseidon.ts';
import { type TextHash, taggedTextHash } from '../codec/tagged-hash.ts';
import { type Hash, type Nonce, nonceToInteger, type PartyId } from '../units/id.ts';
import { type PackedNote, pack } from './packed.ts';

/** What a budget authorized, as the principal's book fixed it. */
export type Authorization = {
  readonly budget: Hash;
  readonly category: number;
  readonly index: number;
  readonly intent: Hash;
  readonly nonce: Nonce;
  readonly payee: PartyId;
  readonly period: Hash;
};

/** The id of an authorization: taggedHash('Authorization', canonical of the seven members). */
export function authorizationId(
  authorization: Authorization,
  hash: TextHash = taggedTextHash,
): Hash {
  const { budget, category, index, intent, nonce, payee, period } = authorization;
  return hash(
    'Authorization',
    canonicalJson({ budget, category, index, intent, nonce, payee, period }),
  );
}

/** An authorization id as a field element below 2^248. */
export function tokenOf(authorization: Hash): bigint {
  return hashField(authorization);
}

/** What a note's commitment hides, and its payee is given. */
export type NoteOpening = {
  readonly packed: PackedNote;
  readonly period: Hash;
  readonly token: bigint;
  /** 128 random bits, one draw for each note. */
  readonly salt: Nonce;
};

/** The four inputs of a commitment, in the order of the circuit. */
export function commitmentInputs(opening: NoteOpening): readonly bigint[] {
  return [
    pack(opening.packed),
    hashField(opening.period),
    opening.token,
    nonceToInteger(opening.salt),
  ];
}

/** Poseidon('commitment'; packed, period, token, salt). */
export function commitment(opening: NoteOpening, hash: PoseidonHash = poseidon): bigint {
  return hash('commitment', commitmentInputs(opening));
}
