import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import type { NoteSigner } from './signed-note.ts';

// DER headers of RFC 8410: the raw 32 bytes follow.
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** A signer that holds its 32-byte Ed25519 seed in this process. */
export function nodeNoteSigner(name: string, seed: Uint8Array): NoteSigner {
  const der = Buffer.concat([PKCS8_PREFIX, seed]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  const publicKey = Uint8Array.from(spki.subarray(SPKI_PREFIX.length));
  return { name, publicKey, sign: async (message) => sign(null, message, key) };
}

/** Ed25519 by OpenSSL. For log keys, which come from a trust file and not from strangers. */
export function nodeVerifyEd25519(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const der = Buffer.concat([SPKI_PREFIX, publicKey]);
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
  return verify(null, message, key, signature);
}
