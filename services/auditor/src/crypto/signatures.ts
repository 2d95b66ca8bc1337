/** Ed25519 on node:crypto behind the kernel's strict shape rules: the verdict that every node gives. */
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { hexToBytes } from '@atomicity/kernel/codec/bytes';
import { type Hash, keyOfPartyId, type PartyId, type Signature } from '@atomicity/kernel/units/id';
import { strictSignatureShape } from '@atomicity/kernel/wire/ed25519-strict';
import { signingBytes } from '@atomicity/kernel/wire/signing-bytes';

/** SubjectPublicKeyInfo of an Ed25519 key, before its 32 bytes. Source: RFC 8410 §4. */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const KEYS_CACHED_MAX = 65_536;

const loadedKeys = new Map<string, KeyObject>();

/** The key as OpenSSL holds it; undefined if its y belongs to no point of the curve. */
export function publicKeyObject(raw: Uint8Array): KeyObject | undefined {
  const name = Buffer.from(raw).toString('latin1');
  const known = loadedKeys.get(name);
  if (known !== undefined) return known;
  try {
    const der = Buffer.concat([SPKI_PREFIX, raw]);
    const loaded = createPublicKey({ key: der, format: 'der', type: 'spki' });
    if (loadedKeys.size >= KEYS_CACHED_MAX) loadedKeys.clear();
    loadedKeys.set(name, loaded);
    return loaded;
  } catch {
    return undefined;
  }
}

/** True if `signature` (64 bytes) is a strict Ed25519 signature of `message` by the raw key. */
export function verifyRaw(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  if (strictSignatureShape(publicKey, signature) !== undefined) return false;
  const key = publicKeyObject(publicKey);
  if (key === undefined) return false;
  try {
    return verify(null, message, key, signature);
  } catch {
    // OpenSSL may load a key that it later refuses to use.
    return false;
  }
}

/** True if `signature` is a strict signature by `key` over the signing bytes of an object's id. */
export function verifyIdSignature(key: PartyId, id: Hash, signature: Signature): boolean {
  return verifyRaw(keyOfPartyId(key), signingBytes(id), hexToBytes(signature));
}
