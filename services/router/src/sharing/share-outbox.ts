import type { RecordedEvent } from '@atomicity/kernel/book/events';
import type { BookState } from '@atomicity/kernel/book/state';
import type { PartyId } from '@atomicity/kernel/units/id';
import { concernedNeighbours, isShared, neighboursOf } from './concerned-neighbours.ts';
import { ShareLane } from './share-lane.ts';
import {
  type Place,
  SHARE_DEFAULTS,
  type SharePorts,
  type ShareSettings,
  type ShareStanding,
} from './share-ports.ts';

const NOTHING: ShareStanding = { waiting: 0, oldestAt: null, taken: 0 };

/**
 * Brings what one book records of an edge, and of the keys that speak on it, to the book of the other
 * end, whichever end it came from and whatever is lost on the way. A projection of the book's stream:
 * a cursor for each neighbour is all that it keeps. Neighbours do not wait for one another.
 */
export class ShareOutbox {
  readonly #ports: SharePorts;
  readonly #settings: ShareSettings;
  readonly #lanes = new Map<PartyId, ShareLane>();
  #isRunning = false;

  constructor(ports: SharePorts, settings: Partial<ShareSettings> = {}) {
    this.#ports = ports;
    this.#settings = { ...SHARE_DEFAULTS, ...settings };
    this.#openLanes(ports.book.state());
  }

  /** Delivers what waits, from the cursors on. */
  start(): void {
    this.#isRunning = true;
    for (const lane of this.#lanes.values()) lane.wake();
  }

  /** Sends nothing any more; what is under way is settled by the next process. */
  stop(): void {
    this.#isRunning = false;
    for (const lane of this.#lanes.values()) lane.stop();
  }

  /** Takes what the book recorded, once it is durable: every event in order, with the state after. */
  see(events: readonly RecordedEvent[], state: BookState): void {
    const [first] = events;
    const last = events.at(-1);
    if (first === undefined || last === undefined) return;
    if (events.some(({ type }) => type === 'EdgeOpened' || type === 'PartyHosted')) {
      this.#openLanes(state);
    }
    const shared = this.#byNeighbour(events, state);
    const place: Place = { revision: last.revision, eventId: last.eventId };
    for (const [to, lane] of this.#lanes) {
      const concerning = shared.get(to) ?? [];
      lane.see(first.revision, place, concerning);
      if (concerning.length > 0 && this.#isRunning) lane.wake();
    }
  }

  /** Tries now what waits for a neighbour; resolves when it is there or a try has failed. */
  async flush(to: PartyId): Promise<void> {
    if (this.#isRunning) await this.#lanes.get(to)?.flush();
  }

  standing(to: PartyId): ShareStanding {
    return this.#lanes.get(to)?.standing ?? NOTHING;
  }

  neighbours(): readonly PartyId[] {
    return [...this.#lanes.keys()];
  }

  #openLanes(state: BookState): void {
    for (const to of neighboursOf(state, this.#ports.party)) {
      if (this.#lanes.has(to)) continue;
      const lane = new ShareLane(to, this.#ports, this.#settings);
      this.#lanes.set(to, lane);
      if (this.#isRunning) lane.wake();
    }
  }

  #byNeighbour(events: readonly RecordedEvent[], state: BookState) {
    const found = new Map<PartyId, RecordedEvent[]>();
    for (const event of events) {
      if (!isShared(event.type)) continue;
      for (const to of concernedNeighbours(event, state, this.#ports.party)) {
        const known = found.get(to) ?? [];
        found.set(to, known);
        known.push(event);
      }
    }
    return found;
  }
}
