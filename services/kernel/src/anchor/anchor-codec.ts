/** Anchor events as JSON, as strict as those of a book. */
import { readStored } from '../book/event-codec.ts';
import { InvariantBroken } from '../book/invariant.ts';
import type { JsonValue } from '../codec/canonical-json.ts';
import { type Codec, integer, object, pattern } from '../wire/codec.ts';
import { hashValue, labelValue, originValue, proseValue } from '../wire/value-codecs.ts';
import type { AnchorEvent, AnchorSubject } from './anchor.ts';

type DataOf<T extends AnchorEvent['type']> = Extract<AnchorEvent, { readonly type: T }>['data'];
type DataCodecs = { readonly [T in AnchorEvent['type']]: Codec<DataOf<T>> };

const proofValue = pattern(
  'evidence: at most 64 KiB as lower-case hex',
  /^(?:[0-9a-f]{2}){1,65536}$/,
);

const anchorDataCodecs: DataCodecs = {
  AnchorPlanned: object({
    subject: object<AnchorSubject>({
      origin: originValue,
      size: integer(0, 2 ** 48 - 1),
      root: hashValue,
    }),
    rail: labelValue,
    label: proseValue(1, 256),
    idempotencyKey: hashValue,
  }),
  AnchorSubmitted: object({ calendar: proseValue(1, 256), proof: proofValue }),
  AnchorUpgraded: object({ proof: proofValue }),
  AnchorConfirmed: object({ proof: proofValue, height: integer(0, 2 ** 31 - 1) }),
  AnchorFailed: object({ code: proseValue(1, 64), message: proseValue(0, 1024) }),
};

/** Every anchor event type, in the order of `docs/reference/events.md`. */
export const ANCHOR_EVENT_TYPES = Object.keys(anchorDataCodecs) as readonly AnchorEvent['type'][];

function write<T extends AnchorEvent['type']>(type: T, data: DataOf<T>): JsonValue {
  const codec: Codec<DataOf<T>> = anchorDataCodecs[type];
  return codec.write(data);
}

function read<T extends AnchorEvent['type']>(type: T, json: JsonValue): DataOf<T> {
  const codec: Codec<DataOf<T>> = anchorDataCodecs[type];
  return readStored(codec, json, type);
}

/** The `data` of an anchor event as JSON. */
export function encodeAnchorEvent(event: AnchorEvent): JsonValue {
  return write(event.type, event.data as never);
}

/** The event of a type and its JSON `data`. @throws InvariantBroken for anything else. */
export function decodeAnchorEvent(type: string, json: JsonValue): AnchorEvent {
  const known = ANCHOR_EVENT_TYPES.find((name) => name === type);
  if (known === undefined) throw new InvariantBroken(`unknown event ${type}`);
  return { type: known, data: read(known, json) } as AnchorEvent;
}
