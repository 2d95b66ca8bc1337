import { taggedTextHash } from '@atomicity/kernel/codec/tagged-hash';
import {
  type Hash,
  type Nonce,
  nonceFromBytes,
  type PartyId,
  partyIdFromKey,
  type Signature,
  signatureFromBytes,
} from '@atomicity/kernel/units/id';
import type { WireBody, WireSignature } from '@atomicity/kernel/wire/objects';
import { encodeObject, objectId } from '@atomicity/kernel/wire/parse-object';
import { signingBytes } from '@atomicity/kernel/wire/signing-bytes';
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';

// One small world, the same on every run: keys and nonces are hashes of their names.

export type Signed = { readonly body: WireBody; readonly text: string };

export type Key = { readonly id: PartyId; readonly secret: Uint8Array };

export function key(name: string): Key {
  const secret = sha256(utf8ToBytes(`atomicity test key ${name}`));
  return { id: partyIdFromKey(ed25519.getPublicKey(secret)), secret };
}

export function nonce(name: string): Nonce {
  return nonceFromBytes(sha256(utf8ToBytes(`atomicity test nonce ${name}`)).subarray(0, 16));
}

export function hash(name: string): Hash {
  return taggedTextHash('Test', name);
}

export function sign(id: Hash, by: Key): Signature {
  return signatureFromBytes(ed25519.sign(signingBytes(id), by.secret));
}

/** A body with the signatures of [party, signing key] pairs, and its text. */
export function signed(body: WireBody, signers: readonly (readonly [Key, Key])[]): Signed {
  const signatures = signers.map(
    ([party, by]): WireSignature => ({ by: party.id, key: by.id, sig: sign(objectId(body), by) }),
  );
  return { body, text: encodeObject(body, signatures) };
}
