import { hexToBytes } from '../codec/bytes.ts';
import { type TextHash, taggedTextHash } from '../codec/tagged-hash.ts';
import { coreHash, type NoteCore, tailHash, tailOf, voidHash } from '../note/note.ts';
import { type Hash, keyOfPartyId, type PartyId, type Signature } from '../units/id.ts';
import { strictSignatureShape, verifyEd25519 } from './ed25519-strict.ts';
import { nestedSignatures } from './nested-signatures.ts';
import type { ParsedObject, WireBody } from './objects.ts';
import { type WireRefusal, wireRefusal } from './refusals.ts';
import { signingBytes } from './signing-bytes.ts';

/** One Ed25519 verification, as plain data for a pool of verifiers. */
export type SignatureCheck = {
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
  /** JSON pointer to the signature inside the object. */
  readonly field: string;
};

/** Finds a core that an earlier voucher carried. */
export type FindCore = (core: Hash) => NoteCore | undefined;

const noCores: FindCore = () => undefined;

/** A small-order key: `strictSignatureShape` refuses whatever it is said to have signed. */
const NOBODY = new Uint8Array(32);

function check(signer: PartyId, id: Hash, sig: Signature, field: string): SignatureCheck {
  return {
    publicKey: keyOfPartyId(signer),
    message: signingBytes(id),
    signature: hexToBytes(sig),
    field,
  };
}

/** A check that always fails, for a signature under a core that nobody has seen. */
function failing(sig: Signature, id: Hash, field: string): SignatureCheck {
  return { publicKey: NOBODY, message: signingBytes(id), signature: hexToBytes(sig), field };
}

function noteChecks(body: WireBody, findCore: FindCore, hash: TextHash): readonly SignatureCheck[] {
  switch (body.type) {
    case 'CapacityVoucher': {
      if (body.grant === null) return [];
      const { core, coreSig } = body.grant;
      return [check(core.payer, coreHash(core, hash), coreSig, '/body/grant/coreSig')];
    }
    case 'FinalizeReceipt':
      return body.notes.map((note, i) => {
        const field = `/body/notes/${i}/sig`;
        const core = findCore(note.core);
        if (core === undefined) return failing(note.sig, note.core, field);
        const tail = tailOf(core, note.seq, note.prev, hash);
        return check(core.payee, tailHash(tail, hash), note.sig, field);
      });
    case 'VoidReceipt': {
      if (body.noteVoid === null) return [];
      const { core: id, sig } = body.noteVoid;
      const core = findCore(id);
      const field = '/body/noteVoid/sig';
      if (core === undefined) return [failing(sig, id, field)];
      return [check(core.payee, voidHash({ v: 1, core: id }, hash), sig, field)];
    }
    default:
      return nestedSignatures(body, hash).map(({ signer, id, sig, field }) =>
        check(signer, id, sig, field),
      );
  }
}

/** The cores that a body names without carrying them: what `findCore` must know. */
export function namedCores(body: WireBody): readonly Hash[] {
  if (body.type === 'FinalizeReceipt') return body.notes.map((note) => note.core);
  if (body.type === 'VoidReceipt' && body.noteVoid !== null) return [body.noteVoid.core];
  return [];
}

/**
 * Every Ed25519 check that an object needs, envelope first, then notes or what is nested; all must pass before it is
 * `verified`. A receipt names its note's core by hash, so the payee's key comes from `findCore`;
 * a core that it does not know gives a check that always fails: look `namedCores` up first to
 * refuse `unknown_note_core` by name.
 */
export function requiredChecks(
  object: Pick<ParsedObject, 'id' | 'body' | 'signatures'>,
  findCore: FindCore = noCores,
  hash: TextHash = taggedTextHash,
): readonly SignatureCheck[] {
  const envelope = object.signatures.map(({ key, sig }, i) =>
    check(key, object.id, sig, `/signatures/${i}/sig`),
  );
  return [...envelope, ...noteChecks(object.body, findCore, hash)];
}

/**
 * Refuses one check by the shape rules of strict Ed25519, at its field. Verifiers must call it
 * before node:crypto, which alone is laxer. Refusals: those of `strictSignatureShape`.
 */
export function refuseShape(one: SignatureCheck): WireRefusal | undefined {
  const refusal = strictSignatureShape(one.publicKey, one.signature);
  return refusal === undefined ? undefined : { ...refusal, field: one.field };
}

/**
 * Runs checks in order and refuses the first that fails. `verify` may be any implementation that
 * follows RFC 8032 without cofactor; the default is the kernel's own, slow one.
 */
export function refuseChecks(
  checks: readonly SignatureCheck[],
  verify: typeof verifyEd25519 = verifyEd25519,
): WireRefusal | undefined {
  for (const one of checks) {
    const shape = refuseShape(one);
    if (shape !== undefined) return shape;
    if (!verify(one.publicKey, one.message, one.signature)) {
      return wireRefusal('signature_invalid', one.field);
    }
  }
  return undefined;
}
