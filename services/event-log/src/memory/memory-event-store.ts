import type { Hash, StreamId } from '@atomicity/kernel/units/id';
import { assertAppendable } from '../envelope/seal-event.ts';
import { FeedSignal, follow } from '../feed/follow.ts';
import {
  type AppendResult,
  type EraseResult,
  type EventStore,
  type NewEvent,
  type OnEvents,
  OperatingError,
  type Position,
  type StoredEnvelope,
  type StoredEvent,
} from '../port.ts';
import { EventTable, withoutPayload } from './event-table.ts';

const BATCH_SIZE_MAX = 256;

/**
 * A FAKE for tests: keeps everything in memory and loses it with the process. "Durable" means nothing
 * here; every other promise of the port holds, and the contract suite checks them.
 */
export class MemoryEventStore implements EventStore {
  readonly #table = new EventTable();
  readonly #signal = new FeedSignal();
  #lastPosition = 0;

  async append(
    stream: StreamId,
    expectedRevision: number,
    events: readonly NewEvent[],
  ): Promise<AppendResult> {
    assertAppendable(stream, expectedRevision, events);
    this.#assertOpen();
    const answer = this.#table.check(stream, expectedRevision, events);
    if (answer !== undefined) return answer;
    const written = this.#table.write(stream, events, () => {
      this.#lastPosition += 1;
      return String(this.#lastPosition).padStart(16, '0') as Position;
    });
    this.#signal.notify();
    return written;
  }

  async *readStream(
    stream: StreamId,
    fromRevision: number,
    limit: number,
  ): AsyncGenerator<StoredEvent> {
    this.#assertOpen();
    yield* this.#table.stream(stream, fromRevision, limit);
  }

  async *readAll(
    from: Position | 'start',
    limit = Number.MAX_SAFE_INTEGER,
  ): AsyncGenerator<StoredEvent> {
    this.#assertOpen();
    yield* this.#table.after(from, limit);
  }

  async *readEnvelopes(
    from: Position | 'start',
    limit = Number.MAX_SAFE_INTEGER,
  ): AsyncGenerator<readonly StoredEnvelope[]> {
    this.#assertOpen();
    const events = this.#table.after(from, limit);
    for (let start = 0; start < events.length; start += BATCH_SIZE_MAX) {
      yield events.slice(start, start + BATCH_SIZE_MAX).map(withoutPayload);
    }
  }

  async subscribe(
    from: Position | 'start',
    onEvents: OnEvents,
    signal: AbortSignal,
  ): Promise<void> {
    this.#assertOpen();
    const readAfter = (position: Position | 'start') => {
      const events = this.#table.after(position, BATCH_SIZE_MAX);
      const last = events.at(-1);
      return last === undefined ? undefined : { events, checkpoint: last.position };
    };
    await follow(from, readAfter, this.#signal, onEvents, signal);
  }

  async erasePayload(eventId: Hash): Promise<EraseResult> {
    this.#assertOpen();
    return this.#table.erase(eventId);
  }

  async close(): Promise<void> {
    this.#signal.close();
  }

  #assertOpen(): void {
    if (!this.#signal.closed) return;
    throw new OperatingError({
      code: 'store_closed',
      outcome: 'not_applied',
      shortMessage: 'the store has been closed',
    });
  }
}
