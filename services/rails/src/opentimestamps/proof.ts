/**
 * The OpenTimestamps data model: a tree of operations on a message, whose leaves are attestations.
 *
 * Pure; may be imported by the auditor and the browser.
 * Source: python-opentimestamps 0.4.2, `opentimestamps.core` (op, notary, timestamp).
 */

/** `.ots` magic: NUL "OpenTimestamps" NUL NUL "Proof" NUL and eight bytes no text has. */
export const PROOF_MAGIC: Uint8Array = Uint8Array.from([
  0x00, 0x4f, 0x70, 0x65, 0x6e, 0x54, 0x69, 0x6d, 0x65, 0x73, 0x74, 0x61, 0x6d, 0x70, 0x73, 0x00,
  0x00, 0x50, 0x72, 0x6f, 0x6f, 0x66, 0x00, 0xbf, 0x89, 0xe2, 0xe8, 0x84, 0xe8, 0x92, 0x94,
]);
export const PROOF_MAJOR_VERSION = 1;

/** Limits of the reference library, which every reader of our files enforces too. */
export const MESSAGE_SIZE_BYTES_MAX = 4096;
export const URI_SIZE_BYTES_MAX = 1000;
export const PAYLOAD_SIZE_BYTES_MAX = 8192;
export const TREE_DEPTH_MAX = 256;
/** Our own limit: the reference library has none. A proof with ten calendars takes about 10 KiB. */
export const PROOF_SIZE_BYTES_MAX = 65_536;
/** What the reference client accepts of a calendar. */
export const CALENDAR_ANSWER_SIZE_BYTES_MAX = 10_000;

export type HashKind = 'sha1' | 'ripemd160' | 'sha256' | 'keccak256';

export type Operation =
  | { readonly kind: 'append' | 'prepend'; readonly argument: Uint8Array }
  | { readonly kind: 'reverse' | 'hexlify' | HashKind };

export type Attestation =
  /** A calendar promises to know more later; proves nothing yet. */
  | { readonly kind: 'pending'; readonly uri: string }
  /** The message is the Merkle root of the Bitcoin block at this height, in header byte order. */
  | { readonly kind: 'bitcoin'; readonly height: number }
  /** Any other attestation, carried unchanged. `tag` is 8 bytes, payload ≤ 8,192. */
  | { readonly kind: 'unknown'; readonly tag: Uint8Array; readonly payload: Uint8Array };

export type Branch = { readonly operation: Operation; readonly next: Timestamp };

/** A node of the tree. It holds at least one attestation or branch. */
export type Timestamp = {
  readonly attestations: readonly Attestation[];
  readonly branches: readonly Branch[];
};

/** A detached proof: the tree for the digest of some file. For log roots, `digest` is the root. */
export type DetachedProof = {
  readonly hashOperation: HashKind;
  readonly digest: Uint8Array;
  readonly timestamp: Timestamp;
};

export const HASH_SIZE_BYTES: Readonly<Record<HashKind, number>> = {
  sha1: 20,
  ripemd160: 20,
  sha256: 32,
  keccak256: 32,
};

export const OPERATION_TAGS: Readonly<Record<Operation['kind'], number>> = {
  sha1: 0x02,
  ripemd160: 0x03,
  sha256: 0x08,
  keccak256: 0x67,
  append: 0xf0,
  prepend: 0xf1,
  reverse: 0xf2,
  hexlify: 0xf3,
};

export const PENDING_TAG: Uint8Array = Uint8Array.of(
  0x83,
  0xdf,
  0xe3,
  0x0d,
  0x2e,
  0xf9,
  0x0c,
  0x8e,
);
export const BITCOIN_TAG: Uint8Array = Uint8Array.of(
  0x05,
  0x88,
  0x96,
  0x0d,
  0x73,
  0xd7,
  0x19,
  0x01,
);
export const ATTESTATION_TAG_SIZE_BYTES = 8;

/** No query, fragment, credentials or percent signs: a URI is a place to ask, nothing more. */
const URI_PATTERN = /^[A-Za-z0-9\-._/:]*$/;

/** True if the reference library would accept the URI in a pending attestation. */
export function isCalendarUri(uri: string): boolean {
  return uri.length <= URI_SIZE_BYTES_MAX && URI_PATTERN.test(uri);
}

/** Byte-wise order, a prefix first: negative, zero or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let index = 0; index < shared; index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
