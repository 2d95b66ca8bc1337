/** What a node offers to have a bundle written: the port between its stores and the format. */
import type { JsonValue } from '@atomicity/kernel/codec/canonical-json';
import type { Hash, PartyId, StreamId } from '@atomicity/kernel/units/id';
import type { ClaimedPosition } from './records.ts';

/** One event in dense log order. `EventStore.StoredEvent` plus nothing. */
export type SourceEvent = {
  readonly eventId: Hash;
  /** The committed bytes: canonical JSON. */
  readonly envelope: Uint8Array;
  /** Canonical JSON, or null. */
  readonly disclosure: string | null;
  /** Canonical JSON, or null once erased. */
  readonly payload: string | null;
  readonly salt: Uint8Array | null;
};

/** A book's state just after the event at `index`; an auditor resumes its replay there. */
export type SourceSnapshot = {
  /** Dense index of the last event that the state includes; an event of `stream`. */
  readonly index: number;
  readonly stream: StreamId;
  readonly revision: number;
  /** `encodeState`'s canonical text. */
  readonly state: string;
};

export type SourceBook = {
  readonly stream: StreamId;
  /** Revision of the book's last event among the first `size`. */
  readonly revision: number;
  readonly stateHash: Hash;
  readonly positions: readonly ClaimedPosition[];
};

export type SourceAnchor = {
  /** Name of the rail, which says what the proof is. */
  readonly rail: string;
  /** Size of the checkpoint whose root the proof is over. */
  readonly size: number;
  /** The rail's evidence, e.g. an `.ots` file. */
  readonly proof: Uint8Array;
};

export type SourceVerificationKey = { readonly hash: Hash; readonly key: JsonValue };

/**
 * A fixed view of a log: all answers speak of the first `size` events, however the log grows while the
 * bundle is written.
 */
export type BundleSource = {
  readonly origin: string;
  readonly logKey: PartyId;
  readonly size: number;
  /** The first `size` events by dense index. Sealed bundles iterate twice. */
  events(): AsyncIterable<SourceEvent>;
  /** Signed notes in order of size; the last one's size is `size`. */
  checkpoints(): Promise<readonly string[]>;
  /** The keys that the attestations among the events name, in any order. */
  verificationKeys(): Promise<readonly SourceVerificationKey[]>;
  /** Sealed bundles leave out the rails of `PRIVATE_RAILS`. */
  anchors(): Promise<readonly SourceAnchor[]>;
  /** The encoded state diffs that anchors on Ethereum published, in any order. */
  payloads(): Promise<readonly Uint8Array[]>;
  /** For every book with an erased payload, a state after the last one. Read for full bundles only. */
  snapshots(): Promise<readonly SourceSnapshot[]>;
  /** Read for full bundles only. */
  books(): Promise<readonly SourceBook[]>;
};
