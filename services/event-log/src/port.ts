/**
 * The event store as the rest of the system sees it: append with an expected revision, read, follow,
 * erase. Adapters differ in how positions look and in how failures surface; what is promised here holds
 * for all of them and `contract.ts` checks it.
 */
import type { Hash, StreamId } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';

/**
 * Where an event stands in the global order of one store. Opaque: positions of one store compare as
 * strings, are sparse, and mean nothing in another store. Never count with them: the sequencer's dense
 * index is for that.
 */
export type Position = string & { readonly __brand: 'Position' };

/** One event as a caller hands it in. */
export type NewEvent = {
  /** Hash of (stream, command id, ordinal): the same command retried gives the same id. */
  readonly eventId: Hash;
  /** Event type, `[A-Za-z][A-Za-z0-9]{0,63}`. */
  readonly type: string;
  /** When it was decided, ms since the epoch, 0 ≤ at < 2^48. */
  readonly at: UnixMs;
  /** The private part: canonical JSON, at most 256 KiB of UTF-8. */
  readonly payload: string;
  /** The public part that survives erasure: canonical JSON, or null. */
  readonly disclosure: string | null;
  /** 32 random bytes; drawn by the store when absent. Only a caller that must know the salt passes it. */
  readonly salt?: Uint8Array | undefined;
};

/** What the log's tree commits to, with the public part beside it. Nothing in it is private. */
export type StoredEnvelope = {
  readonly eventId: Hash;
  readonly stream: StreamId;
  /** 0, 1, 2, … without gaps inside a stream. */
  readonly revision: number;
  readonly position: Position;
  /** The exact bytes that the Merkle leaf hashes. */
  readonly envelope: Uint8Array;
  readonly disclosure: string | null;
};

/** An event as it is read back. */
export type StoredEvent = StoredEnvelope & {
  /** Canonical JSON, or null once erased. */
  readonly payload: string | null;
  /** 32 bytes, or null once erased. */
  readonly salt: Uint8Array | null;
};

/** The expected revision of a stream that does not exist yet. */
export const NEW_STREAM = -1;

/** Where the events of one append stand in their stream. */
export type AppendedAt = {
  readonly firstRevision: number;
  /** Revision of the last event of this append. */
  readonly lastRevision: number;
  /** `lastRevision + 1`: the revision that an event appended right after these would get. */
  readonly nextRevision: number;
};

/** How an append ended. All four are ordinary answers; failures of the store are thrown. */
export type AppendResult =
  | ({ readonly kind: 'appended' } & AppendedAt)
  /** Every id is there already with this content; nothing was written. The stored `at` stands. */
  | ({ readonly kind: 'already_appended' } & AppendedAt)
  /** `actual` is the revision of the stream's last event, or -1. Nothing was written. */
  | { readonly kind: 'wrong_expected_revision'; readonly actual: number }
  /** This id is taken by other content, another stream, or only part of these events. Nothing was written. */
  | { readonly kind: 'exists_with_different_payload'; readonly eventId: Hash };

/** Called with events in feed order. An empty batch only moves the checkpoint. */
export type OnEvents = (
  batch: readonly StoredEvent[],
  /** Subscribing from here later continues after everything handed over so far. */
  checkpoint: Position,
) => Promise<void>;

export type EraseResult = 'erased' | 'already_erased' | 'unknown';

export interface EventStore {
  /**
   * Appends all events to one stream, or none.
   *
   * `expectedRevision` is the revision of the stream's last event as the caller knows it, -1 for a new
   * stream. Precedence: an append whose ids are all stored with the same content is `already_appended`
   * at any later revision; then `exists_with_different_payload`; then `wrong_expected_revision`.
   * Content means stream, type, payload, disclosure and order; `at` is not compared, and a payload that
   * has been erased is taken to be the same.
   *
   * When the promise resolves the events are durable: they survive a crash of process and machine.
   * A second call with the same events writes nothing.
   *
   * @throws OperatingError `store_busy` (not_applied: retry later), `invalid_event` (not_applied),
   * `store_closed` (not_applied), `store_failed` (unknown: the flush failed; look the ids up by appending
   * again once the store is back), `append_failed` (unknown).
   */
  append(
    stream: StreamId,
    expectedRevision: number,
    events: readonly NewEvent[],
  ): Promise<AppendResult>;

  /** Reads a stream from a revision on, at most `limit` events, durable ones only. */
  readStream(stream: StreamId, fromRevision: number, limit: number): AsyncIterable<StoredEvent>;

  /** Reads all streams in feed order, strictly after `from`; durable events only. Ends at the head. */
  readAll(from: Position | 'start', limit?: number): AsyncIterable<StoredEvent>;

  /**
   * As `readAll`, in batches and without the private part: no salt is read and nothing is decrypted.
   * This is what the sequencer follows.
   */
  readEnvelopes(from: Position | 'start', limit?: number): AsyncIterable<readonly StoredEnvelope[]>;

  /**
   * Hands over everything strictly after `from`, then what is appended, until `signal` aborts.
   * One call of `onEvents` at a time; each event at least once, in order. Resolves on abort or close;
   * rejects with what `onEvents` throws.
   */
  subscribe(from: Position | 'start', onEvents: OnEvents, signal: AbortSignal): Promise<void>;

  /**
   * Destroys the salt of an event and with it the key of its payload; then its ciphertext.
   *
   * When it resolves, neither is on disk any more. The envelope and the disclosure stay. A second call
   * answers `already_erased`; an id that the store does not hold answers `unknown`.
   *
   * @throws OperatingError as `append`.
   */
  erasePayload(eventId: Hash): Promise<EraseResult>;

  /** Waits for appends under way, then releases everything. A second call does nothing. */
  close(): Promise<void>;
}

export type Outcome = 'not_applied' | 'applied' | 'unknown';

export type Facts = Readonly<Record<string, string | number>>;

/**
 * A failure of the machinery, thrown by adapters. Refusals of the protocol are values, never this.
 *
 * Only `not_applied` may be retried blindly; `unknown` has to be looked up, which for an append means
 * appending the same events again.
 */
export class OperatingError extends Error {
  readonly code: string;
  readonly outcome: Outcome;
  readonly shortMessage: string;
  readonly facts: Facts;

  constructor(parameters: {
    readonly code: string;
    readonly outcome: Outcome;
    readonly shortMessage: string;
    readonly facts?: Facts | undefined;
    readonly cause?: unknown;
  }) {
    super(`${parameters.code}: ${parameters.shortMessage}`, { cause: parameters.cause });
    this.name = 'OperatingError';
    this.code = parameters.code;
    this.outcome = parameters.outcome;
    this.shortMessage = parameters.shortMessage;
    this.facts = parameters.facts ?? {};
  }
}
