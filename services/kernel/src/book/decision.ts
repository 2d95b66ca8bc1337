import { type JsonValue, parseAnyJson } from '../codec/canonical-json.ts';
import type { ParsedObject } from '../wire/objects.ts';
import type { BookEvent } from './events.ts';
import type { BookRefusal } from './refusals.ts';

/**
 * What a book answers to a command. `duplicate`: the very same object already had its effect.
 * A refused object leaves no trace in the log.
 */
export type Decision =
  | { readonly kind: 'accepted'; readonly events: readonly BookEvent[] }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'rejected'; readonly refusal: BookRefusal };

export const DUPLICATE: Decision = { kind: 'duplicate' };

export function accepted(...events: readonly BookEvent[]): Decision {
  return { kind: 'accepted', events };
}

export function rejected(refusal: BookRefusal): Decision {
  return { kind: 'rejected', refusal };
}

/** The event, unless something speaks against it. */
export function unlessRefused(refusal: BookRefusal | undefined, event: () => BookEvent): Decision {
  return refusal === undefined ? accepted(event()) : rejected(refusal);
}

/** The wire form of an object: the disclosure of events whose whole object is public. */
export function wireJson(object: ParsedObject): JsonValue {
  return parseAnyJson(object.text)?.value ?? null;
}
