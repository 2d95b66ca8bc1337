/** SHA-256 of bytes as a hash of the kernel. */
import { createHash } from 'node:crypto';
import { type Hash, hashFromBytes } from '@atomicity/kernel/units/id';

export function bytesHash(bytes: Uint8Array): Hash {
  return hashFromBytes(createHash('sha256').update(bytes).digest());
}
