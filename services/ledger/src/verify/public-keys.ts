import { createPublicKey, type KeyObject } from 'node:crypto';

/** SubjectPublicKeyInfo of an Ed25519 key up to its 32 bytes. Source: RFC 8410 §4. */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const KEYS_MAX = 65_536;

const keys = new Map<string, KeyObject>();

/**
 * The key as node:crypto takes it; undefined where it is no key. Importing costs a quarter of a
 * verification, so each thread keeps up to 65,536 keys, the oldest dropped first.
 */
export function importPublicKey(raw: Uint8Array): KeyObject | undefined {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  const name = bytes.toString('latin1');
  const known = keys.get(name);
  if (known !== undefined) return known;
  let key: KeyObject;
  try {
    key = createPublicKey({
      key: Buffer.concat([SPKI_PREFIX, bytes]),
      format: 'der',
      type: 'spki',
    });
  } catch {
    return undefined;
  }
  if (keys.size >= KEYS_MAX) {
    const oldest = keys.keys().next();
    if (!oldest.done) keys.delete(oldest.value);
  }
  keys.set(name, key);
  return key;
}
