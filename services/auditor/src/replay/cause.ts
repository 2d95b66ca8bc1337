/** The cause of an event, read from its payload. */
import {
  canonicalJson,
  isJsonObject,
  type JsonObject,
} from '@atomicity/kernel/codec/canonical-json';
import { type Hash, parseHash } from '@atomicity/kernel/units/id';
import type { ParsedObject } from '@atomicity/kernel/wire/objects';
import { parseObject } from '@atomicity/kernel/wire/parse-object';

export type Cause =
  /** The signed object that the event answers. */
  | { readonly kind: 'object'; readonly object: ParsedObject }
  /** An earlier event of the same command, which holds the object. */
  | { readonly kind: 'event'; readonly eventId: Hash }
  /** Nobody's: the book opened, or time passed. */
  | { readonly kind: 'none' }
  | { readonly kind: 'malformed'; readonly reason: string };

function malformed(reason: string): Cause {
  return { kind: 'malformed', reason };
}

/** Reads `{cause: {object} | {event} | {none: true}, data}`; nothing else may be in it. */
export function causeOf(payload: JsonObject): Cause {
  const { cause } = payload;
  const names = Object.keys(payload);
  if (names.length !== 2 || !Object.hasOwn(payload, 'data') || !isJsonObject(cause)) {
    return malformed('a payload is {cause, data}');
  }
  const [name, ...others] = Object.keys(cause);
  if (others.length > 0) return malformed('a cause is one of object, event, none');
  if (name === 'none' && cause['none'] === true) return { kind: 'none' };
  if (name === 'event' && typeof cause['event'] === 'string') {
    const eventId = parseHash(cause['event']);
    return eventId === undefined ? malformed('not an event id') : { kind: 'event', eventId };
  }
  const wire = cause['object'];
  if (name !== 'object' || !isJsonObject(wire)) {
    return malformed('a cause is one of object, event, none');
  }
  const parsed = parseObject(canonicalJson(wire));
  return parsed.kind === 'parsed'
    ? { kind: 'object', object: parsed.object }
    : malformed(`the object is refused: ${parsed.refusal.reason}`);
}

/** The canonical text of the payload that a cause and the text of its data make. */
export function payloadTextOf(cause: Cause, dataText: string): string | undefined {
  switch (cause.kind) {
    case 'object':
      return `{"cause":{"object":${cause.object.text}},"data":${dataText}}`;
    case 'event':
      return `{"cause":{"event":"${cause.eventId}"},"data":${dataText}}`;
    case 'none':
      return `{"cause":{"none":true},"data":${dataText}}`;
    case 'malformed':
      return undefined;
  }
}
