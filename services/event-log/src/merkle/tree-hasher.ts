/** Hashing of RFC 6962 trees, with SHA-256 from a caller's choice of implementation. */
import { sha256 } from '@noble/hashes/sha2.js';

/** Source: RFC 6962 §2.1. */
export type TreeHasher = {
  /** SHA-256(0x00 ‖ entry). */
  readonly leaf: (entry: Uint8Array) => Uint8Array;
  /** SHA-256(0x01 ‖ left ‖ right) of two 32-byte hashes. */
  readonly node: (left: Uint8Array, right: Uint8Array) => Uint8Array;
  /** SHA-256 of nothing: the root of the tree of size 0. */
  readonly empty: () => Uint8Array;
};

export const HASH_BYTES = 32;

/** Runs anywhere, browsers included. `node-tree-hasher.ts` computes the same with OpenSSL, faster. */
export const portableTreeHasher: TreeHasher = {
  leaf: (entry) => sha256.create().update(Uint8Array.of(0)).update(entry).digest(),
  node: (left, right) =>
    sha256.create().update(Uint8Array.of(1)).update(left).update(right).digest(),
  empty: () => sha256(new Uint8Array(0)),
};

export function equalHashes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
