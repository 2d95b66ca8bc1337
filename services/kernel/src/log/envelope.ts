import { textFromUtf8, utf8 } from '../codec/bytes.ts';
import { canonicalJson, type JsonValue, parseCanonicalJson } from '../codec/canonical-json.ts';
import { taggedHash, taggedTextHash } from '../codec/tagged-hash.ts';
import { type Hash, hashFromBytes, type StreamId } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';
import { type Codec, Failure, integer, nullable, object, pattern } from '../wire/codec.ts';
import { versionValue } from '../wire/note-codecs.ts';
import { type WireRefusal, wireRefusal } from '../wire/refusals.ts';
import { hashValue, streamValue, timeValue } from '../wire/value-codecs.ts';

/** What the log's tree commits to for one event. Public: it holds no name and no amount. */
export type Envelope = {
  readonly v: 1;
  readonly stream: StreamId;
  /** Place in the stream: 0, 1, … */
  readonly revision: number;
  readonly type: string;
  readonly at: UnixMs;
  readonly payloadCommitment: Hash;
  /** `disclosureHash` of the event's public part, null where it has none. */
  readonly disclosure: Hash | null;
};

export const ENVELOPE_BYTES_MAX = 1024;
export const SALT_BYTES = 32;

const envelopeCodec: Codec<Envelope> = object<Envelope>({
  v: versionValue,
  stream: streamValue,
  revision: integer(0, Number.MAX_SAFE_INTEGER),
  type: pattern('an event type: 1 … 64 letters and digits', /^[A-Za-z][A-Za-z0-9]{0,63}$/),
  at: timeValue,
  payloadCommitment: hashValue,
  disclosure: nullable(hashValue),
});

export type ParsedEnvelope =
  | { readonly kind: 'parsed'; readonly envelope: Envelope }
  | { readonly kind: 'refused'; readonly refusal: WireRefusal };

/**
 * Commits to a payload without showing it: taggedHash('Payload', salt, utf8(canonical payload)).
 * The salt is 32 fresh random bytes; destroying it makes the commitment say nothing for ever.
 * @throws RangeError for another length of salt.
 */
export function payloadCommitment(salt: Uint8Array, canonicalPayload: string): Hash {
  if (salt.length !== SALT_BYTES) throw new RangeError('a payload salt has 32 bytes');
  return hashFromBytes(taggedHash('Payload', salt, utf8(canonicalPayload)));
}

/** The hash of an event's public part: taggedHash('Disclosure', utf8(canonical)). */
export function disclosureHash(disclosure: JsonValue): Hash {
  return taggedTextHash('Disclosure', canonicalJson(disclosure));
}

/** `disclosureHash` of a text that is canonical already, as stores keep it. */
export function disclosureTextHash(canonicalDisclosure: string): Hash {
  return taggedTextHash('Disclosure', canonicalDisclosure);
}

/** The bytes that the tree hashes: UTF-8 of the canonical JSON. */
export function encodeEnvelope(envelope: Envelope): Uint8Array {
  return utf8(canonicalJson(envelope));
}

/**
 * Reads an envelope from exactly the bytes that `encodeEnvelope` gives for it.
 * Refusals: not_json where the bytes are not UTF-8, then as for wire objects; `object_too_large`
 * above 1,024 bytes.
 */
export function parseEnvelope(bytes: Uint8Array): ParsedEnvelope {
  if (bytes.length > ENVELOPE_BYTES_MAX) return refused(wireRefusal('object_too_large'));
  const text = textFromUtf8(bytes);
  if (text === undefined) return refused(wireRefusal('not_json'));
  const parsed = parseCanonicalJson(text);
  if (!parsed.ok) return refused(wireRefusal(parsed.reason));
  const envelope = envelopeCodec.read(parsed.value);
  return envelope instanceof Failure
    ? refused(envelope.toRefusal(''))
    : { kind: 'parsed', envelope };
}

function refused(refusal: WireRefusal): ParsedEnvelope {
  return { kind: 'refused', refusal };
}

/**
 * The id of an event: taggedHash('Event', canonical([stream, commandId, ordinal])). A retried
 * command gives the same ids at any later revision.
 */
export function eventId(stream: StreamId, commandId: string, ordinal: number): Hash {
  return taggedTextHash('Event', canonicalJson([stream, commandId, ordinal]));
}
