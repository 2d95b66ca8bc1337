/**
 * Envelope bytes and payload commitments, computed with node:crypto.
 *
 * The kernel defines both (`log/envelope.ts`, on noble). The store computes one or two per event, so it
 * uses OpenSSL through the one-shot `crypto.hash`; `seal-event.test.ts` holds the two implementations equal.
 */
import { hash } from 'node:crypto';
import type { StreamId } from '@atomicity/kernel/units/id';
import { type NewEvent, OperatingError } from '../port.ts';

export const SALT_BYTES = 32;
/** Largest payload or disclosure in bytes of UTF-8: a wire object (64 KiB) and its derived data fit. */
export const TEXT_BYTES_MAX = 262_144;
/** Largest number of events in one append. */
export const APPEND_EVENTS_MAX = 4096;

const PAYLOAD_TAG = Buffer.from('atomicity/Payload/v1\0');
const DISCLOSURE_TAG = Buffer.from('atomicity/Disclosure/v1\0');

// One scratch area per thread: the hash is one call over contiguous bytes, without allocation.
const scratch = Buffer.allocUnsafe(PAYLOAD_TAG.length + SALT_BYTES + TEXT_BYTES_MAX);

/** SHA-256(tag ‖ 0x00 ‖ salt ‖ utf8(payload)) as lower-case hex. */
export function payloadCommitmentHex(salt: Uint8Array, payload: string): string {
  scratch.set(PAYLOAD_TAG, 0);
  scratch.set(salt, PAYLOAD_TAG.length);
  const start = PAYLOAD_TAG.length + SALT_BYTES;
  const written = scratch.write(payload, start, 'utf8');
  return hash('sha256', scratch.subarray(0, start + written), 'hex');
}

/** SHA-256(tag ‖ 0x00 ‖ utf8(disclosure)) as lower-case hex. */
export function disclosureHashHex(disclosure: string): string {
  scratch.set(DISCLOSURE_TAG, 0);
  const written = scratch.write(disclosure, DISCLOSURE_TAG.length, 'utf8');
  return hash('sha256', scratch.subarray(0, DISCLOSURE_TAG.length + written), 'hex');
}

/**
 * The envelope's canonical JSON. Every member is a checked ASCII token or an integer, so the text can be
 * written directly in RFC 8785 order.
 */
export function envelopeText(
  stream: StreamId,
  revision: number,
  event: Pick<NewEvent, 'type' | 'at' | 'disclosure'>,
  payloadCommitment: string,
): string {
  const disclosure =
    event.disclosure === null ? 'null' : `"${disclosureHashHex(event.disclosure)}"`;
  return `{"at":${event.at},"disclosure":${disclosure},"payloadCommitment":"${payloadCommitment}","revision":${revision},"stream":"${stream}","type":"${event.type}","v":1}`;
}

const TYPE = /^[A-Za-z][A-Za-z0-9]{0,63}$/;
const EVENT_ID = /^[0-9a-f]{64}$/;
const STREAM = /^[0-9a-f]{32}$/;

/**
 * Checks what an adapter relies on before it accepts an append.
 *
 * @throws OperatingError `invalid_event`, not_applied, naming the field.
 */
export function assertAppendable(
  stream: StreamId,
  expectedRevision: number,
  events: readonly NewEvent[],
): void {
  if (!STREAM.test(stream)) throw invalidEvent('stream', 'must be 32 lower-case hex digits');
  if (!Number.isSafeInteger(expectedRevision) || expectedRevision < -1) {
    throw invalidEvent('expectedRevision', 'must be an integer from -1 up');
  }
  if (events.length === 0 || events.length > APPEND_EVENTS_MAX) {
    throw invalidEvent('events', `must hold 1 to ${APPEND_EVENTS_MAX} events`);
  }
  for (const event of events) assertEvent(event);
  if (events.length > 1 && new Set(events.map((event) => event.eventId)).size < events.length) {
    throw invalidEvent('eventId', 'must not occur twice in one append');
  }
}

function assertEvent(event: NewEvent): void {
  if (!EVENT_ID.test(event.eventId)) throw invalidEvent('eventId', 'must be 64 hex digits');
  if (!TYPE.test(event.type))
    throw invalidEvent('type', 'must be a letter, then letters and digits');
  if (!Number.isSafeInteger(event.at) || event.at < 0 || event.at >= 2 ** 48) {
    throw invalidEvent('at', 'must be an integer from 0 to 2^48 - 1');
  }
  assertText('payload', event.payload);
  if (event.disclosure !== null) assertText('disclosure', event.disclosure);
  // 32 zero bytes are the vault's mark of an erased salt.
  if (event.salt && (event.salt.length !== SALT_BYTES || event.salt.every((byte) => byte === 0))) {
    throw invalidEvent('salt', 'must be 32 random bytes');
  }
}

function assertText(field: string, text: string): void {
  // UTF-8 takes at most three bytes per UTF-16 unit, so short texts need no count.
  const fits = text.length * 3 <= TEXT_BYTES_MAX || Buffer.byteLength(text) <= TEXT_BYTES_MAX;
  if (!fits) throw invalidEvent(field, `must be at most ${TEXT_BYTES_MAX} bytes`);
  // A lone surrogate would read back as U+FFFD: what is stored must be what was hashed.
  if (!text.isWellFormed()) throw invalidEvent(field, 'must be well-formed Unicode');
}

function invalidEvent(field: string, rule: string): OperatingError {
  return new OperatingError({
    code: 'invalid_event',
    outcome: 'not_applied',
    shortMessage: `${field} ${rule}`,
    facts: { field, rule },
  });
}
