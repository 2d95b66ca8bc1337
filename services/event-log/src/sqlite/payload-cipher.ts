/**
 * Payload encryption: AES-256-GCM under a key that exists only as long as the event's salt does.
 *
 * key = HKDF-SHA256(ikm = salt, no HKDF salt, info = "atomicity/payload-key/v1" ‖ 0x00 ‖ commitment), where
 * commitment is the event's 32-byte payload commitment. The nonce is 12 zero bytes. That is sound because
 * no key ever meets two plaintexts: the salt is 32 random bytes per event, and even a salt that a caller
 * passes in twice gives another key for another payload, since the commitment enters the derivation.
 *
 * HKDF is spelled out over the one-shot hash: `crypto.hkdfSync` costs three times as much, on a path that
 * every event takes. `payload-cipher.test.ts` holds the two equal.
 */
import { createCipheriv, createDecipheriv, createSecretKey, hash } from 'node:crypto';

const BLOCK_BYTES = 64;
const HASH_BYTES = 32;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';
const NONCE = Buffer.alloc(12);
const INFO = Buffer.from('atomicity/payload-key/v1\0');

const inner = Buffer.alloc(BLOCK_BYTES + INFO.length + HASH_BYTES + 1);
const outer = Buffer.alloc(BLOCK_BYTES + HASH_BYTES);
const NO_SALT = Buffer.alloc(HASH_BYTES);

/** HMAC-SHA256 with a 32-byte key over what the caller put behind the first block of `inner`. */
function hmac(key: Uint8Array, messageBytes: number): Buffer {
  for (let at = 0; at < BLOCK_BYTES; at += 1) {
    const byte = at < HASH_BYTES ? (key[at] ?? 0) : 0;
    inner[at] = byte ^ 0x36;
    outer[at] = byte ^ 0x5c;
  }
  hash('sha256', inner.subarray(0, BLOCK_BYTES + messageBytes), 'buffer').copy(outer, BLOCK_BYTES);
  return hash('sha256', outer, 'buffer');
}

/** The payload key of an event. Source: RFC 5869 §2, one output block. */
export function payloadKey(salt: Uint8Array, commitment: Uint8Array): Buffer {
  inner.set(salt, BLOCK_BYTES);
  const pseudoRandomKey = hmac(NO_SALT, HASH_BYTES);
  inner.set(INFO, BLOCK_BYTES);
  inner.set(commitment, BLOCK_BYTES + INFO.length);
  inner[BLOCK_BYTES + INFO.length + HASH_BYTES] = 1;
  return hmac(pseudoRandomKey, INFO.length + HASH_BYTES + 1);
}

/** Ciphertext ‖ 16-byte tag. */
export function encryptPayload(key: Uint8Array, payload: string): Buffer {
  // A key object and not the bytes: Node spends 10 µs on finding out what kind of key bytes are.
  const cipher = createCipheriv(CIPHER, createSecretKey(key), NONCE);
  const body = cipher.update(payload, 'utf8');
  cipher.final();
  return Buffer.concat([body, cipher.getAuthTag()], body.length + TAG_BYTES);
}

/** The payload's text. @throws Error when key or ciphertext are not the ones it was made with. */
export function decryptPayload(key: Uint8Array, sealed: Uint8Array): string {
  const secret = createSecretKey(key);
  const decipher = createDecipheriv(CIPHER, secret, NONCE, { authTagLength: TAG_BYTES });
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  const body = decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES));
  decipher.final();
  return body.toString('utf8');
}
