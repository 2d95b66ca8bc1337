import { createPublicKey, type KeyObject } from 'node:crypto';
import { keyOfPartyId, type PartyId } from '@atomicity/kernel/units/id';

/** SubjectPublicKeyInfo of an Ed25519 key up to its 32 bytes. Source: RFC 8410 §4. */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const KEYS_MAX = 65_536;

const keys = new Map<PartyId, KeyObject>();

/**
 * The key as node:crypto takes it. Importing a key costs a quarter of a verification, so each
 * thread keeps up to 65,536 of them, the oldest dropped first.
 */
export function publicKeyObject(party: PartyId): KeyObject {
  const known = keys.get(party);
  if (known !== undefined) return known;
  const der = Buffer.concat([SPKI_PREFIX, keyOfPartyId(party)]);
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
  if (keys.size >= KEYS_MAX) {
    const oldest = keys.keys().next();
    if (!oldest.done) keys.delete(oldest.value);
  }
  keys.set(party, key);
  return key;
}
