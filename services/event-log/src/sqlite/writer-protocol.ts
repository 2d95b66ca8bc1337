/**
 * Messages between the store and its writer thread. Appends of one turn of the event loop travel as one
 * message of flat arrays, which structured cloning copies several times faster than nested objects.
 * Requests are answered in the order they were sent, so an answer needs no id: the common answer
 * (`appended` at the expected revision) is only counted.
 */
import type { Hash, StreamId } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';
import type { AppendResult, EraseResult, Facts, NewEvent, Outcome } from '../port.ts';
import type { AppendRequest } from './writer.ts';

export type PackedAppends = {
  /** Per request. */
  readonly streams: StreamId[];
  readonly expectedRevisions: number[];
  readonly counts: number[];
  /** Per event, the requests' events one after another. */
  readonly eventIds: Hash[];
  readonly types: string[];
  readonly ats: UnixMs[];
  readonly payloads: string[];
  readonly disclosures: (string | null)[];
  /** Salts that callers passed in, by event number; the writer draws the others. */
  readonly salts: [number, Uint8Array][];
};

export type ToWriter =
  | { readonly kind: 'append'; readonly appends: PackedAppends }
  | { readonly kind: 'erase'; readonly eventId: Hash }
  | { readonly kind: 'close' };

export type Answer = AppendResult | EraseResult;

export type FromWriter =
  | { readonly kind: 'ready' }
  /** The next `count` requests are answered; those not in `exceptions` were appended as expected. */
  | {
      readonly kind: 'answers';
      readonly count: number;
      readonly exceptions: readonly (readonly [number, Answer])[];
    }
  | { readonly kind: 'failed'; readonly failure: PlainError }
  | { readonly kind: 'closed' };

/** An OperatingError or another error, as it crosses threads. */
export type PlainError = {
  readonly code: string;
  readonly outcome: Outcome;
  readonly shortMessage: string;
  readonly facts: Facts;
};

export function emptyAppends(): PackedAppends {
  return {
    streams: [],
    expectedRevisions: [],
    counts: [],
    eventIds: [],
    types: [],
    ats: [],
    payloads: [],
    disclosures: [],
    salts: [],
  };
}

export function packAppend(
  into: PackedAppends,
  stream: StreamId,
  expectedRevision: number,
  events: readonly NewEvent[],
): void {
  into.streams.push(stream);
  into.expectedRevisions.push(expectedRevision);
  into.counts.push(events.length);
  for (const event of events) {
    if (event.salt !== undefined) into.salts.push([into.eventIds.length, event.salt]);
    into.eventIds.push(event.eventId);
    into.types.push(event.type);
    into.ats.push(event.at);
    into.payloads.push(event.payload);
    into.disclosures.push(event.disclosure);
  }
}

export function unpackAppends(from: PackedAppends): AppendRequest[] {
  const salts = new Map(from.salts);
  let next = 0;
  return from.streams.map((stream, index) => {
    const end = next + (from.counts[index] ?? 0);
    const events: NewEvent[] = [];
    for (; next < end; next += 1) events.push(unpackEvent(from, next, salts.get(next)));
    return { stream, expectedRevision: from.expectedRevisions[index] ?? -1, events };
  });
}

function unpackEvent(from: PackedAppends, index: number, salt: Uint8Array | undefined): NewEvent {
  const eventId = from.eventIds[index];
  const type = from.types[index];
  const at = from.ats[index];
  const payload = from.payloads[index];
  const disclosure = from.disclosures[index];
  if (
    eventId === undefined ||
    type === undefined ||
    at === undefined ||
    payload === undefined ||
    disclosure === undefined
  ) {
    throw new Error('invariant: the columns of a packed append have one length');
  }
  return { eventId, type, at, payload, disclosure, salt };
}
