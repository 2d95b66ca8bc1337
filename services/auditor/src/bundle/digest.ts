/** Running digests of a bundle: over its bytes, and over the event ids of each book. */
import { createHash } from 'node:crypto';
import type { Hash } from '@atomicity/kernel/units/id';

export type BundleDigest = {
  /** Adds one line, with its line feed. */
  add(line: string | Uint8Array): void;
  /** The digest of all lines so far; the digest cannot be used afterwards. */
  finish(): Hash;
};

/** The end digest: SHA-256(utf8('atomicity/Bundle/v1') ‖ 0x00 ‖ every byte before the end line). */
export function bundleDigest(): BundleDigest {
  return taggedDigest('Bundle');
}

/** The digest of a book's event ids: SHA-256(utf8('atomicity/EventIds/v1') ‖ 0x00 ‖ 64 hex digits each). */
export function eventIdsDigest(): BundleDigest {
  return taggedDigest('EventIds');
}

function taggedDigest(tag: string): BundleDigest {
  const hash = createHash('sha256').update(`atomicity/${tag}/v1\0`);
  return {
    add(line) {
      hash.update(line);
    },
    finish: () => hash.digest('hex') as Hash,
  };
}
