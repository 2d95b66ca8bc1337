import { sha256 } from '@noble/hashes/sha2.js';

/**
 * The name under which a chain knows a blob: the byte 1 and the last 31 bytes of the SHA-256 of its
 * commitment.
 * Source: EIP-4844, "kzg_to_versioned_hash".
 */
export function versionedHash(commitment: Uint8Array): Uint8Array {
  const hash = sha256(commitment);
  hash[0] = 1;
  return hash;
}
