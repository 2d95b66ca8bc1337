/** Deterministic keys and signatures for tests. Anybody can recompute them: never use them. */
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8 } from '../codec/bytes.ts';
import {
  type Hash,
  hashFromBytes,
  type Nonce,
  nonceFromBytes,
  type PartyId,
  partyIdFromKey,
  type Signature,
  signatureFromBytes,
} from '../units/id.ts';
import { signingBytes } from '../wire/signing-bytes.ts';

export type TestKey = { readonly secret: Uint8Array; readonly id: PartyId };

const digest = (label: string): Uint8Array => sha256(utf8(`atomicity test ${label}`));
const keys = new Map<string, TestKey>();

/** The key of a label; the same label always gives the same key. */
export function testKey(label: string): TestKey {
  const known = keys.get(label);
  if (known !== undefined) return known;
  const secret = digest(`key ${label}`);
  const key = { secret, id: partyIdFromKey(ed25519.getPublicKey(secret)) };
  keys.set(label, key);
  return key;
}

export const testHash = (label: string): Hash => hashFromBytes(digest(`hash ${label}`));

export const testNonce = (label: string): Nonce =>
  nonceFromBytes(digest(`nonce ${label}`).subarray(0, 16));

/** A strict Ed25519 signature of an id, under the signing prefix. */
export function signId(key: TestKey, id: Hash): Signature {
  return signatureFromBytes(ed25519.sign(signingBytes(id), key.secret));
}
