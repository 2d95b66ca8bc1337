import { OperatingError, type StoredEvent } from '@atomicity/event-log/port';
import { decodeEvent } from '@atomicity/kernel/book/event-codec';
import type { RecordedEvent } from '@atomicity/kernel/book/events';
import { type JsonValue, parseCanonicalJson } from '@atomicity/kernel/codec/canonical-json';
import { type Envelope, parseEnvelope } from '@atomicity/kernel/log/envelope';
import type { Hash } from '@atomicity/kernel/units/id';

/** An event of the log with its place in the dense order. */
export type LoggedEvent = {
  readonly index: number;
  readonly eventId: Hash;
  readonly envelope: Envelope;
  /** Canonical JSON, or null once erased. */
  readonly payload: string | null;
};

/**
 * The event as the projection takes it.
 * @throws OperatingError `envelope_unreadable` (not_applied): the store holds no valid envelope.
 */
export function loggedEvent(index: number, stored: StoredEvent): LoggedEvent {
  const parsed = parseEnvelope(stored.envelope);
  if (parsed.kind === 'refused') {
    throw stopped('envelope_unreadable', index, parsed.refusal.reason);
  }
  return { index, eventId: stored.eventId, envelope: parsed.envelope, payload: stored.payload };
}

/**
 * The event with its decoded data.
 *
 * @throws OperatingError (not_applied) `payload_erased`: the payload was erased before the projection
 * had read it, so only an older copy of the projection can carry on; `payload_unreadable`.
 */
export function recordedEvent({ index, eventId, envelope, payload }: LoggedEvent): RecordedEvent {
  if (payload === null) {
    throw stopped('payload_erased', index, 'restore the projection that had read it');
  }
  const { stream, revision, at, type } = envelope;
  const event = decodeEvent(type, dataOf(index, payload));
  return { ...event, stream, revision, at, eventId };
}

function dataOf(index: number, payload: string): JsonValue {
  const parsed = parseCanonicalJson(payload);
  if (!parsed.ok) throw stopped('payload_unreadable', index, parsed.reason);
  const { value } = parsed;
  if (value === null || typeof value !== 'object' || Array.isArray(value) || !('data' in value)) {
    throw stopped('payload_unreadable', index, 'a payload has data');
  }
  return (value as { readonly data: JsonValue }).data;
}

function stopped(code: string, index: number, shortMessage: string): OperatingError {
  return new OperatingError({ code, outcome: 'not_applied', shortMessage, facts: { index } });
}
