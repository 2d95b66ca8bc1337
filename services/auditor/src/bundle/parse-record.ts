/** One line of a bundle → its record, strictly. */
import {
  canonicalJson,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseCanonicalJson,
} from '@atomicity/kernel/codec/canonical-json';
import { parseDenomination } from '@atomicity/kernel/units/denomination';
import { parseHash, parsePartyId, parseStreamId } from '@atomicity/kernel/units/id';
import { isUnixMs } from '@atomicity/kernel/units/time';
import {
  type AnchorRecord,
  type BookRecord,
  BUNDLE_VERSION,
  type BundleEnvelope,
  type BundleKind,
  type BundleRecord,
  type CheckpointRecord,
  type ClaimedPosition,
  type EndRecord,
  type EventRecord,
  type HeaderRecord,
  type PayloadRecord,
  type SnapshotRecord,
  VERIFICATION_KEY_MEMBERS,
  type VerificationKeyRecord,
} from './records.ts';
import { type BundleRefusalReason, UnusableBundle } from './refusal.ts';

const TYPE = /^[A-Za-z][A-Za-z0-9]{0,63}$/;
/** A sum over edges: each stays within 2^63−1, their sum need not. */
const POSITION = /^(?:0|-?[1-9][0-9]{0,39})$/;
const LABEL = /^[a-z0-9-]{1,64}$/;
const HEX = /^(?:[0-9a-f]{2})+$/;

/** Reads the fields of one object and names the first that is wrong. */
class Fields {
  private readonly object: JsonObject;
  private readonly line: number;
  private readonly path: string;

  constructor(object: JsonObject, line: number, path: string, names: readonly string[]) {
    this.object = object;
    this.line = line;
    this.path = path;
    for (const name of names) {
      if (!Object.hasOwn(object, name)) throw this.refuse('missing_field', name);
    }
    for (const name of Object.keys(object)) {
      if (!names.includes(name)) throw this.refuse('unknown_field', name);
    }
  }

  refuse(reason: BundleRefusalReason, name: string): UnusableBundle {
    return new UnusableBundle({ reason, line: this.line, field: `${this.path}/${name}` });
  }

  value(name: string): JsonValue {
    return this.object[name] ?? null;
  }

  object_(name: string): JsonObject {
    const value = this.object[name];
    if (!isJsonObject(value)) throw this.refuse('bad_field', name);
    return value;
  }

  text<T>(name: string, parse: (text: string) => T | undefined): T {
    const value = this.object[name];
    const parsed = typeof value === 'string' ? parse(value) : undefined;
    if (parsed === undefined) throw this.refuse('bad_field', name);
    return parsed;
  }

  textOrNull<T>(name: string, parse: (text: string) => T | undefined): T | null {
    return this.object[name] === null ? null : this.text(name, parse);
  }

  natural(name: string): number {
    const value = this.object[name];
    if (typeof value !== 'number' || value < 0) throw this.refuse('bad_field', name);
    return value;
  }

  time(name: string): BundleEnvelope['at'] {
    const value = this.object[name];
    if (typeof value !== 'number' || !isUnixMs(value)) throw this.refuse('bad_field', name);
    return value;
  }
}

const matching = (pattern: RegExp) => (text: string) => (pattern.test(text) ? text : undefined);
const kindOf = (text: string): BundleKind | undefined =>
  text === 'full' || text === 'sealed' ? text : undefined;
/** Printed in the report: neither line feeds nor what steers a terminal may be in it. */
const ORIGIN = /^[!-*,-~]{1,128}$/;

function header(object: JsonObject, line: number): HeaderRecord {
  const names = ['kind', 'logKey', 'origin', 'size', 'type', 'v'];
  if (object['v'] !== BUNDLE_VERSION && Object.hasOwn(object, 'v')) {
    throw new UnusableBundle({ reason: 'unknown_version', line, field: '/v' });
  }
  const fields = new Fields(object, line, '', names);
  return {
    type: 'bundle',
    v: BUNDLE_VERSION,
    kind: fields.text('kind', kindOf),
    origin: fields.text('origin', matching(ORIGIN)),
    logKey: fields.text('logKey', parsePartyId),
    size: fields.natural('size'),
  };
}

const ENVELOPE_FIELDS = [
  'at',
  'disclosure',
  'payloadCommitment',
  'revision',
  'stream',
  'type',
  'v',
];

function envelope(object: JsonObject, line: number): BundleEnvelope {
  const fields = new Fields(object, line, '/envelope', ENVELOPE_FIELDS);
  if (object['v'] !== 1) throw fields.refuse('unknown_version', 'v');
  return {
    stream: fields.text('stream', parseStreamId),
    revision: fields.natural('revision'),
    type: fields.text('type', matching(TYPE)),
    at: fields.time('at'),
    payloadCommitment: fields.text('payloadCommitment', parseHash),
    disclosure: fields.textOrNull('disclosure', parseHash),
  };
}

const FULL_EVENT = ['disclosure', 'envelope', 'eventId', 'index', 'payload', 'salt', 'type'];
const SEALED_EVENT = ['disclosure', 'envelope', 'index', 'type'];

/**
 * The payload's own text inside its line. The line is canonical, so everything around the payload has
 * one form: nothing needs to be written again.
 */
function payloadTextOf(text: string, head: string, eventId: string, index: number): string {
  const before = `${head},"eventId":"${eventId}","index":${index},"payload":`;
  return text.slice(before.length, text.length - SALT_AND_TYPE);
}

const SALT_AND_TYPE = `,"salt":"${'0'.repeat(64)}","type":"event"}`.length;

function event(object: JsonObject, line: number, kind: BundleKind, text: string): EventRecord {
  const fields = new Fields(object, line, '', kind === 'full' ? FULL_EVENT : SEALED_EVENT);
  const rawEnvelope = fields.object_('envelope');
  const disclosure = fields.value('disclosure');
  const record = {
    type: 'event' as const,
    index: fields.natural('index'),
    envelope: envelope(rawEnvelope, line),
    envelopeText: canonicalJson(rawEnvelope),
    disclosure,
    disclosureText: disclosure === null ? null : canonicalJson(disclosure),
  };
  if (kind === 'sealed') {
    return { ...record, payload: null, payloadText: null, salt: null, eventId: null };
  }
  const erased = fields.value('payload') === null;
  const payload = erased ? null : fields.object_('payload');
  const salt = fields.textOrNull('salt', parseHash);
  const eventId = fields.text('eventId', parseHash);
  // A payload and its salt come together and go together.
  if (erased !== (salt === null)) throw fields.refuse('bad_field', 'salt');
  const { envelopeText, disclosureText } = record;
  const head = `{"disclosure":${disclosureText ?? 'null'},"envelope":${envelopeText}`;
  const payloadText = payload === null ? null : payloadTextOf(text, head, eventId, record.index);
  return { ...record, payload, payloadText, salt, eventId };
}

function snapshot(object: JsonObject, line: number): SnapshotRecord {
  const fields = new Fields(object, line, '', ['revision', 'state', 'stream', 'type']);
  return {
    type: 'snapshot',
    stream: fields.text('stream', parseStreamId),
    revision: fields.natural('revision'),
    state: fields.value('state'),
  };
}

function checkpoint(object: JsonObject, line: number): CheckpointRecord {
  const fields = new Fields(object, line, '', ['note', 'type']);
  return { type: 'checkpoint', note: fields.text('note', (text) => text) };
}

function verificationKey(object: JsonObject, line: number): VerificationKeyRecord {
  const fields = new Fields(object, line, '', ['hash', 'key', 'type']);
  const key = fields.object_('key');
  // Exactly the members that the hash covers: snarkjs' derived ones would be free to say anything.
  new Fields(key, line, '/key', VERIFICATION_KEY_MEMBERS);
  return { type: 'verification-key', hash: fields.text('hash', parseHash), key };
}

function anchor(object: JsonObject, line: number): AnchorRecord {
  const fields = new Fields(object, line, '', ['proof', 'rail', 'size', 'type']);
  return {
    type: 'anchor',
    rail: fields.text('rail', matching(LABEL)),
    size: fields.natural('size'),
    proof: fields.text('proof', matching(HEX)),
  };
}

function payload(object: JsonObject, line: number): PayloadRecord {
  const fields = new Fields(object, line, '', ['data', 'hash', 'type']);
  return {
    type: 'payload',
    hash: fields.text('hash', parseHash),
    data: fields.text('data', matching(HEX)),
  };
}

function position(value: JsonValue, index: number, line: number): ClaimedPosition {
  const path = `/positions/${index}`;
  if (!isJsonObject(value)) throw new UnusableBundle({ reason: 'bad_field', line, field: path });
  const fields = new Fields(value, line, path, ['denomination', 'party', 'position']);
  return {
    denomination: fields.text('denomination', parseDenomination),
    party: fields.text('party', parsePartyId),
    position: fields.text('position', matching(POSITION)),
  };
}

function book(object: JsonObject, line: number): BookRecord {
  const names = ['eventIds', 'positions', 'revision', 'stateHash', 'stream', 'type'];
  const fields = new Fields(object, line, '', names);
  const positions = fields.value('positions');
  if (!Array.isArray(positions)) throw fields.refuse('bad_field', 'positions');
  const parsed = positions.map((value: JsonValue, index: number) => position(value, index, line));
  return {
    type: 'book',
    stream: fields.text('stream', parseStreamId),
    revision: fields.natural('revision'),
    eventIds: fields.text('eventIds', parseHash),
    stateHash: fields.text('stateHash', parseHash),
    positions: parsed,
  };
}

function end(object: JsonObject, line: number): EndRecord {
  const fields = new Fields(object, line, '', ['digest', 'records', 'type']);
  return {
    type: 'end',
    records: fields.natural('records'),
    digest: fields.text('digest', parseHash),
  };
}

/**
 * Reads one line, without its line feed, as a record of a bundle of this kind; the header itself is
 * read with `kind` undefined, and nothing else is.
 * @throws UnusableBundle with the first thing that is wrong.
 */
export function parseRecord(
  text: string,
  line: number,
  kind: BundleKind | undefined,
): BundleRecord {
  const parsed = parseCanonicalJson(text);
  if (!parsed.ok) throw new UnusableBundle({ reason: parsed.reason, line });
  const object = parsed.value;
  if (!isJsonObject(object)) throw new UnusableBundle({ reason: 'not_an_object', line });
  const type = object['type'];
  if (kind === undefined) {
    if (type !== 'bundle') throw new UnusableBundle({ reason: 'missing_record', line });
    return header(object, line);
  }
  if (kind === 'sealed' && (type === 'snapshot' || type === 'book')) {
    throw new UnusableBundle({ reason: 'not_in_sealed_bundle', line });
  }
  switch (type) {
    case 'event':
      return event(object, line, kind, text);
    case 'snapshot':
      return snapshot(object, line);
    case 'checkpoint':
      return checkpoint(object, line);
    case 'verification-key':
      return verificationKey(object, line);
    case 'anchor':
      return anchor(object, line);
    case 'payload':
      return payload(object, line);
    case 'book':
      return book(object, line);
    case 'end':
      return end(object, line);
    case 'bundle':
      throw new UnusableBundle({ reason: 'out_of_order', line });
    default:
      throw new UnusableBundle({ reason: 'unknown_record', line });
  }
}
