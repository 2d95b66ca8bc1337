import {
  canonicalJson,
  exceedsBytes,
  isJsonObject,
  type JsonObject,
  type JsonRefusal,
  type JsonValue,
  parseAnyJson,
  refuseNonCanonical,
} from '../codec/canonical-json.ts';
import { type TextHash, taggedTextHash } from '../codec/tagged-hash.ts';
import type { PartyId } from '../units/id.ts';
import { WIRE_TYPES } from './body-codecs.ts';
import { Failure, list, object, refuseUnsorted } from './codec.ts';
import { bodyCodec, encodeBody, objectId } from './object-id.ts';
import {
  type ParsedObject,
  TYPES_NOT_ENABLED,
  type WireBody,
  type WireSignature,
  type WireType,
} from './objects.ts';
import { refuseProof } from './proof-rules.ts';
import { type WireRefusal, wireRefusal } from './refusals.ts';
import { missingSigners, type Signer } from './signers.ts';
import { partyValue, signatureValue } from './value-codecs.ts';

export { encodeBody, objectId };

export const OBJECT_BYTES_MAX = 65_536;
const SIGNATURES_MAX = 4;

type Refused = { readonly kind: 'refused'; readonly refusal: WireRefusal };

export type Parsed = { readonly kind: 'parsed'; readonly object: ParsedObject } | Refused;

/**
 * An object that some of its signers have signed: a proposal to the others. It has no `text`, so it
 * passes nowhere for a parsed object, let alone a verified one.
 */
export type PartialObject<Body extends WireBody = WireBody> = Omit<ParsedObject<Body>, 'text'> & {
  readonly partialText: string;
};

export type PartlyParsed =
  | Parsed
  | {
      readonly kind: 'partial';
      readonly object: PartialObject;
      readonly missing: readonly PartyId[];
    };

/** A well-formed object with the required signers that have not signed yet. */
type Read = {
  readonly kind: 'read';
  readonly object: ParsedObject;
  readonly missing: readonly Signer[];
};

/** `by` is the party, `key` the key that signed. */
export const signatureCodec = object<WireSignature>({
  by: partyValue,
  key: partyValue,
  sig: signatureValue,
});

const signaturesCodec = list(signatureCodec, 0, SIGNATURES_MAX);

const KNOWN_TYPES: ReadonlySet<string> = new Set(WIRE_TYPES);

function refused(refusal: WireRefusal): Refused {
  return { kind: 'refused', refusal };
}

const signerOf = ({ by, key }: WireSignature) => `${by} ${key}`;

/** Puts signatures in their one order: by party, then key. */
function sortSignatures(signatures: readonly WireSignature[]): readonly WireSignature[] {
  return [...signatures].sort((left, right) => (signerOf(left) < signerOf(right) ? -1 : 1));
}

/** The members `body` and `signatures`, and nothing else. */
function refuseEnvelope(value: JsonValue): WireRefusal | undefined {
  if (!isJsonObject(value)) return wireRefusal('wrong_type', '', 'an object');
  const unknown = Object.keys(value).find((name) => name !== 'body' && name !== 'signatures');
  if (unknown !== undefined) {
    return new Failure('unknown_field').under(unknown).toRefusal('');
  }
  for (const name of ['body', 'signatures']) {
    if (!Object.hasOwn(value, name)) return wireRefusal('missing_field', `/${name}`);
  }
  return undefined;
}

/** `type` and `v` decide how everything else is read, so they are judged first. */
function typeOf(body: JsonValue | undefined): WireType | WireRefusal {
  if (!isJsonObject(body)) return wireRefusal('wrong_type', '/body', 'an object');
  for (const name of ['type', 'v']) {
    if (!Object.hasOwn(body, name)) return wireRefusal('missing_field', `/body/${name}`);
  }
  const { type, v } = body;
  if (typeof type !== 'string') return wireRefusal('wrong_type', '/body/type', 'text');
  if (TYPES_NOT_ENABLED.includes(type)) return wireRefusal('type_not_enabled', '/body/type');
  if (!KNOWN_TYPES.has(type)) return wireRefusal('unknown_type', '/body/type');
  if (typeof v !== 'number') return wireRefusal('wrong_type', '/body/v', 'an integer');
  if (v !== 1) return wireRefusal('unknown_version', '/body/v');
  return type as WireType;
}

/** The canonical text of the body if `text` is that of an object with exactly the two members. */
function bodyText(text: string, value: JsonObject): string | undefined {
  const isEnvelope = Object.hasOwn(value, 'body') && Object.hasOwn(value, 'signatures');
  if (!isEnvelope || Object.keys(value).length !== 2) return undefined;
  try {
    if (canonicalJson(value) !== text) return undefined;
    const signatures = canonicalJson(value['signatures'] ?? null);
    return text.slice('{"body":'.length, -`,"signatures":${signatures}}`.length);
  } catch {
    // Named by refuseNonCanonical, on the slow path.
    return undefined;
  }
}

function readObject(
  text: string,
  value: JsonObject,
  bodyText: string,
  hash: TextHash,
): Read | Refused {
  const type = typeOf(value['body']);
  if (typeof type !== 'string') return refused(type);
  const body = bodyCodec(type).read(value['body'] ?? null);
  if (body instanceof Failure) return refused(body.toRefusal('/body'));
  const unproven = refuseProof(body);
  if (unproven !== undefined) return refused(unproven);
  const signatures = signaturesCodec.read(value['signatures'] ?? null);
  if (signatures instanceof Failure) return refused(signatures.toRefusal('/signatures'));
  const unsorted = refuseUnsorted(signatures, signerOf, 'signatures');
  if (unsorted !== undefined) return refused(unsorted.toRefusal(''));
  const missing = missingSigners(body, signatures);
  if ('reason' in missing) return refused(missing);
  const id = hash(type, bodyText);
  return { kind: 'read', object: { id, body, signatures, text }, missing };
}

function readText(text: string, hash: TextHash): Read | Refused {
  if (exceedsBytes(text, OBJECT_BYTES_MAX)) return refused(wireRefusal('object_too_large'));
  const parsed = parseAnyJson(text);
  if (parsed === undefined) return refused(wireRefusal('not_json'));
  const { value } = parsed;
  if (isJsonObject(value)) {
    const body = bodyText(text, value);
    if (body !== undefined) return readObject(text, value, body, hash);
  }
  const reason: JsonRefusal | undefined = refuseNonCanonical(text, value);
  if (reason !== undefined) return refused(wireRefusal(reason));
  return refused(refuseEnvelope(value) ?? wireRefusal('not_canonical'));
}

const UNSIGNED = refused(wireRefusal('missing_signature', '/signatures'));

/**
 * Reads one wire object from its canonical text. Neither signatures nor commitments are checked:
 * see `requiredChecks` and `checkOpening`.
 * Refusals: `WIRE_REFUSALS` up to unexpected_signature, in that order; `field` points at the place.
 * Pure: a second call gives an equal value. `hash` is the kernel's or a platform's faster one.
 * Source: RFC 8785 (canonical form), RFC 6901 (pointers).
 */
export function parseObject(text: string, hash: TextHash = taggedTextHash): Parsed {
  const read = readText(text, hash);
  if (read.kind === 'refused') return read;
  return read.missing.length === 0 ? { kind: 'parsed', object: read.object } : UNSIGNED;
}

/**
 * As `parseObject`, but an object that at least one and not all of its required signers have signed
 * is `partial`, with the parties that have still to sign: how an agreement of several parties travels
 * between their nodes. The signatures that are there are checked as those of a whole object, by
 * `requiredChecks`; once the rest is added, `encodeObject` gives the text of the whole.
 * Refusals: those of `parseObject`; missing_signature where nobody has signed. Pure.
 */
export function parsePartial(text: string, hash: TextHash = taggedTextHash): PartlyParsed {
  const read = readText(text, hash);
  if (read.kind === 'refused') return read;
  const { object, missing } = read;
  if (missing.length === 0) return { kind: 'parsed', object };
  const parties = missing.flatMap(({ by }) => (by === null ? [] : [by]));
  const { id, body, signatures } = object;
  if (signatures.length === 0 || parties.length < missing.length) return UNSIGNED;
  const partial = { id, body, signatures, partialText: text };
  return { kind: 'partial', object: partial, missing: parties };
}

/**
 * The canonical text of a body with its signatures, which are put in order: the inverse of
 * `parseObject`. Range rules are not checked here: what breaks them is refused when read.
 */
export function encodeObject(body: WireBody, signatures: readonly WireSignature[]): string {
  const list = canonicalJson(sortSignatures(signatures));
  return `{"body":${encodeBody(body)},"signatures":${list}}`;
}
