import type { NewEvent } from '@atomicity/event-log/port';
import { encodeEvent } from '@atomicity/kernel/book/event-codec';
import type { BookEvent, RecordedEvent } from '@atomicity/kernel/book/events';
import { canonicalJson } from '@atomicity/kernel/codec/canonical-json';
import type { Hash } from '@atomicity/kernel/units/id';

/** Why an event happened: a signed object, the event of the same command that holds it, or time. */
export type Cause =
  | { readonly kind: 'object'; readonly text: string }
  | { readonly kind: 'event'; readonly eventId: Hash }
  | { readonly kind: 'none' };

/**
 * The event as the store takes it. The payload is written from its parts: the object's text is
 * canonical already, and `cause` sorts before `data`.
 */
export function newEventOf(event: RecordedEvent, cause: Cause): NewEvent {
  const { eventId, type, at, disclosure } = event;
  const data = canonicalJson(encodeEvent(event));
  return {
    eventId,
    type,
    at,
    payload: `{"cause":${causeText(cause)},"data":${data}}`,
    disclosure: disclosure === undefined || disclosure === null ? null : canonicalJson(disclosure),
  };
}

function causeText(cause: Cause): string {
  switch (cause.kind) {
    case 'object':
      return `{"object":${cause.text}}`;
    case 'event':
      return `{"event":"${cause.eventId}"}`;
    case 'none':
      return '{"none":true}';
    default:
      return assertNever(cause);
  }
}

/** The event with its place in the log. */
export function recorded(
  event: BookEvent,
  place: Pick<RecordedEvent, 'stream' | 'revision' | 'at' | 'eventId'>,
): RecordedEvent {
  return { ...event, ...place };
}

function assertNever(cause: never): never {
  throw new Error(`unknown cause ${String(cause)}`);
}
