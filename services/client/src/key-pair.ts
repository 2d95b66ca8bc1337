import {
  createPrivateKey,
  createPublicKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import {
  type Hash,
  type Nonce,
  type PartyId,
  partyIdFromKey,
  type Signature,
  signatureFromBytes,
} from '@atomicity/kernel/units/id';
import { signingBytes } from '@atomicity/kernel/wire/signing-bytes';

/** An Ed25519 key that signs; the private half stays inside. */
export type KeyPair = {
  readonly id: PartyId;
  /** Signs raw bytes: for HTTP requests and checkpoints. */
  signBytes(message: Uint8Array): Uint8Array;
  /** Signs an object or a note by its id. */
  signId(id: Hash): Signature;
};

/** DER prefix of an Ed25519 private key in PKCS #8. Source: RFC 8410 §7. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The key pair of a 32-byte seed: the same seed gives the same key. @throws RangeError otherwise. */
export function keyPairFromSeed(seed: Uint8Array): KeyPair {
  if (seed.length !== 32) throw new RangeError(`a seed has 32 bytes, not ${seed.length}`);
  const key = createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, seed]),
    format: 'der',
    type: 'pkcs8',
  });
  const id = partyIdFromKey(rawPublicKey(key));
  return {
    id,
    signBytes: (message) => new Uint8Array(sign(null, message, key)),
    signId: (hash) => signatureFromBytes(new Uint8Array(sign(null, signingBytes(hash), key))),
  };
}

/** A fresh random key pair. */
export function randomKeyPair(): KeyPair {
  return keyPairFromSeed(new Uint8Array(randomBytes(32)));
}

/**
 * The note key of a party towards one counterparty in one period, derived from a secret of the party:
 * nothing has to be stored, and keys of different pairs or periods can't be linked without the secret.
 * Source: RFC 5869 (HKDF-SHA256).
 */
export function noteKeyPair(secret: Uint8Array, counterparty: PartyId, period: Hash): KeyPair {
  const info = `atomicity/note-key/v1\0${counterparty}\0${period}`;
  return keyPairFromSeed(new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(0), info, 32)));
}

/**
 * The key that finalizes one intent, derived from a secret of the receiver's wallet and the intent's
 * nonce: hops check a receipt with it and learn no identity.
 * Source: RFC 5869 (HKDF-SHA256).
 */
export function finalizeKeyPair(secret: Uint8Array, nonce: Nonce): KeyPair {
  const info = `atomicity/finalize-key/v1\0${nonce}`;
  return keyPairFromSeed(new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(0), info, 32)));
}

function rawPublicKey(key: KeyObject): Uint8Array {
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return new Uint8Array(spki.subarray(spki.length - 32));
}
