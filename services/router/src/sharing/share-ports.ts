/** What delivering shared objects needs of the world, beside the ports of the agent. */
import type { RecordedEvent } from '@atomicity/kernel/book/events';
import type { Hash, PartyId } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';
import type { Refusal } from '@atomicity/kernel/wire/refusals';
import type { AgentPorts } from '../ports.ts';

/** Where an event stands in the book's stream: its dense revision, and which event that was. */
export type Place = { readonly revision: number; readonly eventId: Hash };

export type LogPage = {
  /** Those of the events looked at that may concern neighbours, in order. */
  readonly events: readonly RecordedEvent[];
  /** The last event that was looked at; undefined at the end of the stream. */
  readonly last: Place | undefined;
};

/** The book's stream; durable events only. */
export type ShareLog = {
  /** A page of events after a revision; −1: from the first on. @throws when it can't be read now. */
  readonly read: (after: number) => Promise<LogPage>;
  /** True if the stream has this event there: no longer so after an older copy was restored. */
  readonly holds: (place: Place) => Promise<boolean>;
};

/** A signed object for a neighbour's book. */
export type SharedObject = {
  readonly id: Hash;
  readonly text: string;
  /** Names the text where the object goes to; default: its id. */
  readonly commandId?: string;
};

export type ShareOutcome =
  /** Recorded there, now or before. */
  { readonly kind: 'taken' } | { readonly kind: 'refused'; readonly refusal: Refusal };

/** The way to the neighbours' books. */
export type SharePort = {
  /**
   * Submits objects in order, each under its command id, so that a second call changes nothing. One
   * outcome for each. @throws (rejects) when it is unknown what became of them.
   */
  readonly deliver: (
    to: PartyId,
    objects: readonly SharedObject[],
  ) => Promise<readonly ShareOutcome[]>;
};

/** An object that a neighbour's book did not take. */
export type RefusedShare = Place & {
  readonly object: Hash | null;
  /** Type of the event that it caused here. */
  readonly type: string;
  readonly reason: string;
  /** When it was refused, by the clock of this book. */
  readonly at: UnixMs;
  /** False: it may be taken later, and is tried again now and then. */
  readonly isFinal: boolean;
};

/**
 * How far each neighbour has got, durably or as far as it is cheap: what is lost is delivered again,
 * which changes nothing there.
 */
export type ShareStore = {
  /** Everything up to here has been dealt with; undefined: nothing yet. */
  readonly cursor: (neighbour: PartyId) => Place | undefined;
  /** Both at once. A refusal of the same revision replaces; beyond the store's limit the oldest goes. */
  readonly settle: (
    neighbour: PartyId,
    cursor: Place | undefined,
    refused: readonly RefusedShare[],
  ) => void;
  /** Forgets a refusal: it was taken in the end. */
  readonly drop: (neighbour: PartyId, revision: number) => void;
  /** In the order of their revisions. */
  readonly refused: (neighbour: PartyId) => readonly RefusedShare[];
};

/** How a neighbour stands. */
export type ShareStanding = {
  /** Objects that wait for it; those in parts of the log not read yet count as one. */
  readonly waiting: number;
  /** When the oldest of them was recorded; null if nothing waits or it is not read yet. */
  readonly oldestAt: UnixMs | null;
  /** Objects that it has taken since the start of the process. */
  readonly taken: number;
};

export type SharePorts = Pick<AgentPorts, 'party' | 'book' | 'sign' | 'now' | 'draw' | 'after'> & {
  readonly log: ShareLog;
  readonly share: SharePort;
  readonly store: ShareStore;
  /** Told of each object that was taken or given up for now. */
  readonly onTaken?: (to: PartyId, type: string) => void;
  readonly onRefused?: (to: PartyId, refused: RefusedShare) => void;
};

export type ShareSettings = {
  /** First wait after a failure, ms; doubled each time up to `retryMsMax`. */
  readonly retryMsFirst: number;
  readonly retryMsMax: number;
  /** Refusals that may pass away, for one object, before later objects go first. */
  readonly triesMax: number;
  /** How often such objects are tried again after that, ms. */
  readonly setAsideMs: number;
  /** Objects in one request. */
  readonly batchMax: number;
};

export const SHARE_DEFAULTS: ShareSettings = {
  retryMsFirst: 250,
  retryMsMax: 30_000,
  triesMax: 6,
  setAsideMs: 600_000,
  batchMax: 64,
};
