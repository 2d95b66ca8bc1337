/** Anchor events as JSON, read as strictly as those of a book, and the ids of anchors. */
import {
  BATCH_REASONS,
  DENOMINATIONS_MAX,
  QUARANTINE_REASONS,
  QUARANTINED_MAX,
  type Quarantined,
} from '../batch/reasons.ts';
import { readStored } from '../book/event-codec.ts';
import { InvariantBroken } from '../book/invariant.ts';
import { canonicalJson, type JsonValue } from '../codec/canonical-json.ts';
import { taggedTextHash } from '../codec/tagged-hash.ts';
import { type Hash, ZERO_HASH } from '../units/id.ts';
import {
  type Codec,
  Failure,
  integer,
  list,
  nullable,
  object,
  oneOf,
  pattern,
} from '../wire/codec.ts';
import {
  amountValue,
  denominationValue,
  hashValue,
  labelValue,
  originValue,
  partyValue,
  proseValue,
} from '../wire/value-codecs.ts';
import type {
  AnchorEvent,
  AnchorEventData,
  AnchorEventType,
  AnchorSubject,
  Batch,
  BatchSettlement,
  BatchValue,
} from './events.ts';

type DataCodecs = { readonly [T in AnchorEventType]: Codec<AnchorEventData[T]> };

const proofValue = pattern(
  'evidence: 1 … 65,536 bytes as lower-case hex',
  /^(?:[0-9a-f]{2}){1,65536}$/,
);

const subjectCodec = object<AnchorSubject>({
  origin: originValue,
  size: integer(1, Number.MAX_SAFE_INTEGER),
  root: hashValue,
});

const settlementCodec = object<BatchSettlement>({
  edge: hashValue,
  debtor: partyValue,
  creditor: partyValue,
  denomination: denominationValue,
  amount: amountValue,
  request: nullable(hashValue),
  target: proseValue(1, 1024),
});

const batchFields = {
  batch: hashValue,
  subject: subjectCodec,
  from: integer(0, Number.MAX_SAFE_INTEGER),
  payload: hashValue,
  diffs: integer(0, 2 ** 31 - 1),
  values: list(
    object<BatchValue>({ denomination: denominationValue, amount: amountValue }),
    0,
    DENOMINATIONS_MAX,
  ),
  rails: list(labelValue, 1, 8),
  settles: nullable(settlementCodec),
};

const batchCodec = object<Batch>(batchFields);

const anchorDataCodecs: DataCodecs = {
  BatchClosed: object<AnchorEventData['BatchClosed']>({
    ...batchFields,
    reason: oneOf(BATCH_REASONS),
    quarantined: list(
      object<Quarantined>({ edge: hashValue, reason: oneOf(QUARANTINE_REASONS) }),
      0,
      QUARANTINED_MAX,
    ),
  }),
  AnchorPlanned: object({
    anchor: hashValue,
    subject: subjectCodec,
    rail: labelValue,
    idempotencyKey: hashValue,
  }),
  AnchorPrepared: object({ anchor: hashValue, prepared: proofValue }),
  AnchorAttempted: object({
    anchor: hashValue,
    outcome: oneOf<'not_applied' | 'unknown'>(['not_applied', 'unknown']),
    code: proseValue(1, 64),
  }),
  AnchorSubmitted: object({ anchor: hashValue, calendar: proseValue(1, 1024), proof: proofValue }),
  AnchorUpgraded: object({ anchor: hashValue, proof: proofValue }),
  AnchorConfirmed: object({
    anchor: hashValue,
    height: nullable(integer(0, Number.MAX_SAFE_INTEGER)),
    proof: proofValue,
  }),
  AnchorDropped: object({ anchor: hashValue, drops: hashValue, code: proseValue(1, 64) }),
  AnchorFailed: object({ anchor: hashValue, reason: proseValue(1, 1024) }),
};

/** Every anchor event type, in the order of `docs/reference/events.md`. */
export const ANCHOR_EVENT_TYPES = Object.keys(anchorDataCodecs) as readonly AnchorEventType[];

/** What `codec` writes. @throws RangeError where it would not read that back. */
function written<T>(codec: Codec<T>, value: T, what: string): JsonValue {
  const json = codec.write(value);
  const read = codec.read(json);
  if (!(read instanceof Failure)) return json;
  throw new RangeError(`${what}${read.path}: ${read.rule ?? read.reason}`);
}

/**
 * The id of the anchor of a subject on a rail: planning the same again is the same anchor.
 * @throws RangeError for a subject outside its documented limits.
 */
export function anchorId(subject: AnchorSubject, rail: string): Hash {
  const fields = written(subjectCodec, subject, 'subject') as object;
  return taggedTextHash('Anchor', canonicalJson({ ...fields, rail }));
}

/**
 * The id of a batch: what it is over and what it asks for, not why it was closed.
 * @throws RangeError for a batch outside its documented limits.
 */
export function batchId(batch: Omit<Batch, 'batch'>): Hash {
  const { batch: _none, ...fields } = written(
    batchCodec,
    { ...batch, batch: ZERO_HASH },
    'batch',
  ) as { readonly [field: string]: JsonValue };
  return taggedTextHash('Batch', canonicalJson(fields));
}

function write<T extends AnchorEventType>(type: T, data: AnchorEventData[T]): JsonValue {
  const codec: Codec<AnchorEventData[T]> = anchorDataCodecs[type];
  return written(codec, data, type);
}

function read<T extends AnchorEventType>(type: T, json: JsonValue): AnchorEventData[T] {
  const codec: Codec<AnchorEventData[T]> = anchorDataCodecs[type];
  return readStored(codec, json, type);
}

/**
 * The `data` of an anchor event as JSON.
 * @throws RangeError for data that could not be read back: it must never reach the log.
 */
export function encodeAnchorEvent(event: AnchorEvent): JsonValue {
  return write(event.type, event.data);
}

/** The event of a type and its JSON `data`. @throws InvariantBroken for anything else. */
export function decodeAnchorEvent(type: string, json: JsonValue): AnchorEvent {
  const known = ANCHOR_EVENT_TYPES.find((name) => name === type);
  if (known === undefined) throw new InvariantBroken(`unknown event ${type}`);
  return { type: known, data: read(known, json) } as AnchorEvent;
}
