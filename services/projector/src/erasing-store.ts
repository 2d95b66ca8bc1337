import { type EventStore, OperatingError } from '@atomicity/event-log/port';
import type { Projector } from './projector.ts';

/** How long an erasure waits for the projection, ms. */
const WAIT_MS = 60_000;

/**
 * The same store, except that it destroys a payload only once the projection has seen everything that
 * is in the log by then, the order to erase included: from there on no start of the projection reads
 * the payload again. Hand this one to whoever erases; the projector itself follows the plain store.
 *
 * `erasePayload` throws OperatingError `projection_behind` (not_applied) when the projection stands
 * still or takes more than a minute.
 */
export function erasingAfterProjection(store: EventStore, projector: Projector): EventStore {
  return {
    append: (stream, expectedRevision, events) => store.append(stream, expectedRevision, events),
    readStream: (stream, fromRevision, limit) => store.readStream(stream, fromRevision, limit),
    readAll: (from, limit) => store.readAll(from, limit),
    readEnvelopes: (from, limit) => store.readEnvelopes(from, limit),
    subscribe: (from, onEvents, signal) => store.subscribe(from, onEvents, signal),
    close: () => store.close(),
    erasePayload: async (eventId) => {
      if (await projector.caughtUp(WAIT_MS)) return await store.erasePayload(eventId);
      throw new OperatingError({
        code: 'projection_behind',
        outcome: 'not_applied',
        shortMessage: 'the projection still needs payloads that the log orders to erase',
        facts: { size: projector.projection.size },
      });
    },
  };
}
