import { canonicalJson } from '../codec/canonical-json.ts';
import { type TextHash, taggedTextHash } from '../codec/tagged-hash.ts';
import type { FieldHex, Hash, PartyId } from '../units/id.ts';

/** The public object that a payer's note key signs when a budget grants a hold. */
export type NoteCore = {
  readonly v: 1;
  /** `single`: one payment. `batch`: 1 … 16 payments of one pair, opened by the grant's `items`. */
  readonly kind: 'single' | 'batch';
  /** The log that the note belongs to: 1 … 128 characters, as in its checkpoints. */
  readonly origin: string;
  readonly period: Hash;
  /** Position of the authorization in its period, without gaps: 0 … tier−1. */
  readonly index: number;
  /** Note key of the payer for this payee and period. */
  readonly payer: PartyId;
  /** Note key of the payee for this payer and period. */
  readonly payee: PartyId;
  readonly intent: Hash;
  readonly commitment: FieldHex;
};

/** What the payee's note key signs when it accepts a note. */
export type NoteTail = {
  readonly v: 1;
  readonly core: Hash;
  readonly payer: PartyId;
  readonly payee: PartyId;
  readonly period: Hash;
  /** Position in the pair's sequence, without gaps: 1, 2, … */
  readonly seq: number;
  /** The previous tail hash of this pair, or zeros for `seq` 1. */
  readonly prev: Hash;
};

/** What the payee's note key signs to give a note up. */
export type NoteVoid = { readonly v: 1; readonly core: Hash };

// Cores travel from parsing through checks to the decision; their hash is computed once.
const coreHashes = new WeakMap<NoteCore, Hash>();

/** The id of a core: taggedHash('NoteCore', canonical). The payer signs `signingBytes` of it. */
export function coreHash(core: NoteCore, hash: TextHash = taggedTextHash): Hash {
  const known = coreHashes.get(core);
  if (known !== undefined) return known;
  const id = hash('NoteCore', canonicalJson(core));
  coreHashes.set(core, id);
  return id;
}

/** The id of a tail: taggedHash('NoteTail', canonical). The payee signs `signingBytes` of it. */
export function tailHash(tail: NoteTail, hash: TextHash = taggedTextHash): Hash {
  return hash('NoteTail', canonicalJson(tail));
}

/** The id of a void: taggedHash('NoteVoid', canonical). The payee signs `signingBytes` of it. */
export function voidHash(noteVoid: NoteVoid, hash: TextHash = taggedTextHash): Hash {
  return hash('NoteVoid', canonicalJson(noteVoid));
}

/** The tail of a core at a place in its pair's sequence; a receipt carries only `seq` and `prev`. */
export function tailOf(
  core: NoteCore,
  seq: number,
  prev: Hash,
  hash: TextHash = taggedTextHash,
): NoteTail {
  const { payer, payee, period } = core;
  return { v: 1, core: coreHash(core, hash), payer, payee, period, seq, prev };
}
