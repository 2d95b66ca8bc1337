import type { Hash, StreamId } from '@atomicity/kernel/units/id';
import { assertAppendable } from '../envelope/seal-event.ts';
import { type FeedBatch, FeedSignal, follow } from '../feed/follow.ts';
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

/** What goes wrong with an append: nothing, an error after the write, or an error instead of it. */
export type AppendFault = 'none' | 'persisted' | 'lost';

// The window of a filtered read: after so many records of others, the feed reports a checkpoint.
const WINDOW_BYTES = 4096;
const BATCH_SIZE_MAX = 32;

/**
 * A FAKE for tests that behaves like a database cluster, so that nothing above the port relies on
 * SQLite's habits:
 * - positions are sparse: other tenants' records lie between ours;
 * - the feed is filtered, so it hands over empty batches whose checkpoint is no event's position;
 * - an append may fail although it was written: the error says `unknown` either way, and only the
 *   same append again tells which it was.
 *
 * `fault` is asked once per append that would write.
 */
export class ClusterEventStore implements EventStore {
  readonly #table = new EventTable();
  readonly #signal = new FeedSignal();
  readonly #fault: () => AppendFault;
  #commitPosition = 4711;

  constructor(fault: () => AppendFault = () => 'none') {
    this.#fault = fault;
  }

  async append(
    stream: StreamId,
    expectedRevision: number,
    events: readonly NewEvent[],
  ): Promise<AppendResult> {
    assertAppendable(stream, expectedRevision, events);
    this.#assertOpen();
    await nextTurn();
    const answer = this.#table.check(stream, expectedRevision, events);
    if (answer !== undefined) return answer;
    const fault = this.#fault();
    if (fault === 'lost') throw timedOut();
    const written = this.#table.write(stream, events, () => this.#nextPosition());
    this.foreignRecords(1);
    if (fault === 'persisted') throw timedOut();
    return written;
  }

  /** Lets other tenants of the cluster write `count` records, which the filter hides from us. */
  foreignRecords(count: number): void {
    this.#commitPosition += count * 1021;
    this.#signal.notify();
  }

  #nextPosition(): Position {
    // The gap depends on the value, so that no test can rely on a stride.
    this.#commitPosition += 64 + ((this.#commitPosition * 31) % 977);
    return position(this.#commitPosition);
  }

  async *readStream(
    stream: StreamId,
    fromRevision: number,
    limit: number,
  ): AsyncGenerator<StoredEvent> {
    this.#assertOpen();
    await nextTurn();
    yield* this.#table.stream(stream, fromRevision, limit);
  }

  async *readAll(
    from: Position | 'start',
    limit = Number.MAX_SAFE_INTEGER,
  ): AsyncGenerator<StoredEvent> {
    this.#assertOpen();
    await nextTurn();
    yield* this.#table.after(from, limit);
  }

  async *readEnvelopes(
    from: Position | 'start',
    limit = Number.MAX_SAFE_INTEGER,
  ): AsyncGenerator<readonly StoredEnvelope[]> {
    this.#assertOpen();
    await nextTurn();
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
    await follow(from, (after) => this.#window(after), this.#signal, onEvents, signal);
  }

  /** Our events of the next window, with the window's end as checkpoint. */
  #window(after: Position | 'start'): FeedBatch | undefined {
    const start = after === 'start' ? 0 : Number.parseInt(after.slice(2), 16);
    if (start >= this.#commitPosition) return undefined;
    const end = position(Math.min(start + WINDOW_BYTES, this.#commitPosition));
    const events = this.#table.after(after, BATCH_SIZE_MAX).filter((e) => e.position <= end);
    const last = events.at(-1);
    // A full batch may stop before the window's end.
    const full = last !== undefined && events.length === BATCH_SIZE_MAX;
    return { events, checkpoint: full ? last.position : end };
  }

  async erasePayload(eventId: Hash): Promise<EraseResult> {
    this.#assertOpen();
    await nextTurn();
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

function position(value: number): Position {
  return `C:${value.toString(16).padStart(16, '0')}` as Position;
}

function timedOut(): OperatingError {
  return new OperatingError({
    code: 'append_failed',
    outcome: 'unknown',
    shortMessage: 'the cluster did not answer in time; append again to learn what happened',
  });
}

async function nextTurn(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}
