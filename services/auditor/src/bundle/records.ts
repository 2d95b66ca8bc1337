/**
 * The records of an audit bundle, one a line. The page docs/reference/audit-bundle.md specifies them
 * byte for byte; this file is its TypeScript form.
 */
import type { JsonObject, JsonValue } from '@atomicity/kernel/codec/canonical-json';
import type { Hash, PartyId, StreamId } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';

/** Version 1 knew one rail only: its anchors did not name theirs. */
export const BUNDLE_VERSION = 2;

/** `full` carries payloads and salts; `sealed` shows nobody's amounts, receipts or counterparties. */
export type BundleKind = 'full' | 'sealed';

/** Longest line in bytes: an event holds two texts of at most 256 KiB; a state grows with its book. */
export const EVENT_LINE_BYTES_MAX = 1_048_576;
export const STATE_LINE_BYTES_MAX = 268_435_456;
/** A batch’s payload is at most what 16 blobs hold, in hex. */
export const PAYLOAD_LINE_BYTES_MAX = 4_194_304;
export const OTHER_LINE_BYTES_MAX = 262_144;

export type HeaderRecord = {
  readonly type: 'bundle';
  readonly v: typeof BUNDLE_VERSION;
  readonly kind: BundleKind;
  readonly origin: string;
  readonly logKey: PartyId;
  /** Number of events, which is the size of the last checkpoint. */
  readonly size: number;
};

/** What the log's tree commits to, parsed. */
export type BundleEnvelope = {
  readonly stream: StreamId;
  readonly revision: number;
  readonly type: string;
  readonly at: UnixMs;
  readonly payloadCommitment: Hash;
  readonly disclosure: Hash | null;
};

export type EventRecord = {
  readonly type: 'event';
  readonly index: number;
  readonly envelope: BundleEnvelope;
  /** The canonical text of the envelope: the tree's leaf. */
  readonly envelopeText: string;
  readonly disclosure: JsonValue;
  /** Canonical text, null where there is none in the bundle. */
  readonly disclosureText: string | null;
  /** Full bundles: null once erased. Sealed bundles: always null. */
  readonly payload: JsonObject | null;
  readonly payloadText: string | null;
  readonly salt: string | null;
  /** The store's id of the event, null in sealed bundles. Erasures and causes name it. */
  readonly eventId: Hash | null;
};

/** The operator's word on a book's state just after the event before this line. Full bundles only. */
export type SnapshotRecord = {
  readonly type: 'snapshot';
  readonly stream: StreamId;
  readonly revision: number;
  readonly state: JsonValue;
};

export type CheckpointRecord = { readonly type: 'checkpoint'; readonly note: string };

/** The members of snarkjs' JSON form that determine a verification key. */
export const VERIFICATION_KEY_MEMBERS: readonly string[] = [
  'IC',
  'curve',
  'nPublic',
  'protocol',
  'vk_alpha_1',
  'vk_beta_2',
  'vk_delta_2',
  'vk_gamma_2',
];

/** A Groth16 verification key in snarkjs' JSON form, without its derived members. */
export type VerificationKeyRecord = {
  readonly type: 'verification-key';
  readonly hash: Hash;
  readonly key: JsonObject;
};

/** Evidence of a rail for the root of the checkpoint of that size, in the rail's own format as hex. */
export type AnchorRecord = {
  readonly type: 'anchor';
  readonly rail: string;
  readonly size: number;
  readonly proof: string;
};

/** The encoded state diffs of a batch, under the hash that an anchor on Ethereum names. */
export type PayloadRecord = {
  readonly type: 'payload';
  /** SHA-256 of the bytes. */
  readonly hash: Hash;
  /** The bytes as hex. */
  readonly data: string;
};

export type ClaimedPosition = {
  readonly denomination: string;
  readonly party: PartyId;
  readonly position: string;
};

/** What the operator claims of one book at the end of the bundle. Full bundles only. */
export type BookRecord = {
  readonly type: 'book';
  readonly stream: StreamId;
  readonly revision: number;
  /** Digest of the ids of the book's events, in order: `eventIdsDigest`. */
  readonly eventIds: Hash;
  readonly stateHash: Hash;
  /** One entry for every party and denomination of an edge, by party, then denomination. */
  readonly positions: readonly ClaimedPosition[];
};

export type EndRecord = { readonly type: 'end'; readonly records: number; readonly digest: Hash };

export type BundleRecord =
  | HeaderRecord
  | EventRecord
  | SnapshotRecord
  | CheckpointRecord
  | VerificationKeyRecord
  | AnchorRecord
  | PayloadRecord
  | BookRecord
  | EndRecord;

/** The section of each record type: a bundle's lines never go back to an earlier one. */
export const SECTION_OF: Readonly<Record<BundleRecord['type'], number>> = {
  bundle: 0,
  event: 1,
  snapshot: 1,
  checkpoint: 2,
  'verification-key': 3,
  anchor: 4,
  payload: 5,
  book: 6,
  end: 7,
};

/** Event types whose disclosure a sealed bundle may withhold: they name parties. */
export const WITHHOLDABLE: ReadonlySet<string> = new Set(['KeyDelegated', 'KeyRevoked']);
