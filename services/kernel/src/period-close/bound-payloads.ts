import type { PersistentMap } from '../collections/persistent-map.ts';
import type { Hash } from '../units/id.ts';

/** Counts one more place that needs the payload of an event. */
export function bindPayload(bound: PersistentMap<number>, event: Hash): PersistentMap<number> {
  return bound.set(event, (bound.get(event) ?? 0) + 1);
}

/** Counts one place less for each event; what nobody needs is forgotten. */
export function releasePayloads(
  bound: PersistentMap<number>,
  events: Iterable<string>,
): PersistentMap<number> {
  let rest = bound;
  for (const event of events) {
    const places = rest.get(event) ?? 0;
    rest = places > 1 ? rest.set(event, places - 1) : rest.delete(event);
  }
  return rest;
}
