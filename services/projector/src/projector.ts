import {
  type EventStore,
  OperatingError,
  type Position,
  type StoredEvent,
} from '@atomicity/event-log/port';
import { type Hash, hashFromBytes, type StreamId } from '@atomicity/kernel/units/id';
import { loggedEvent } from './logged-event.ts';
import type { Projection, ProjectionCheckpoint } from './projection.ts';

/** The dense order of the log: what a projector needs of the sequencer. */
export interface LogOrder {
  /** Events that have a dense index. */
  readonly size: number;
  /** Gives an index to everything that the store has durable; answers the size. */
  catchUp(): Promise<number>;
  /** The dense index of an event, or undefined while it has none. */
  indexOf(eventId: Hash): number | undefined;
  /** The event at a dense index, or undefined beyond the size. */
  entry(index: number): Promise<{ readonly position: Position } | undefined>;
  /** Root of the tree over the first `size` events, 32 bytes. */
  rootAt(size: number): Uint8Array;
}

export type ProjectorOptions = {
  readonly projection: Projection;
  readonly store: EventStore;
  readonly order: LogOrder;
  /** Events between two stored snapshots of the state. */
  readonly snapshotEvery?: number;
  /**
   * So long a projector that nobody waits for lets events gather, to apply them in one transaction.
   * Default 0: each batch as it comes.
   */
  readonly gatherMs?: number;
  /** Called once when following the log failed; the projection then stands still. */
  readonly onFatal?: (error: unknown) => void;
};

type Waiter = { readonly done: () => boolean; readonly wake: (reached: boolean) => void };

const SNAPSHOT_EVERY = 10_000;

/**
 * Follows the log and keeps a projection up to date with it.
 *
 * The cursor is the dense log index, so the same projection continues over another store that holds
 * the same log. Delivery may repeat events; each is applied once.
 */
export class Projector {
  readonly #options: ProjectorOptions;
  readonly #waiters = new Set<Waiter>();
  #abort: AbortController | undefined;
  #following: Promise<void> | undefined;
  #snapshotAt = 0;
  #failure: unknown;
  #endGathering: () => void = () => {};

  constructor(options: ProjectorOptions) {
    this.#options = options;
    this.#snapshotAt = options.projection.lastCheckpoint()?.size ?? 0;
  }

  get projection(): Projection {
    return this.#options.projection;
  }

  /** What stopped the projector, or undefined while it follows the log. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Starts to follow the log from the cursor. A second call does nothing. */
  start(): void {
    if (this.#abort !== undefined) return;
    const abort = new AbortController();
    this.#abort = abort;
    this.#failure = undefined;
    this.#following = this.#follow(abort.signal)
      .catch((error: unknown) => {
        this.#failure = error;
        this.#options.onFatal?.(error);
      })
      .finally(() => this.#wake(true));
  }

  /** Stops after the batch under way. A second call does nothing. */
  async stop(): Promise<void> {
    this.#abort?.abort();
    this.#endGathering();
    await this.#following;
    this.#abort = undefined;
    this.#following = undefined;
  }

  /**
   * Waits until the event at a dense index is projected; -1 is reached at once. Answers false when
   * that took longer than `timeoutMs`, or when the projector stops or has failed.
   */
  async waitForIndex(index: number, timeoutMs: number): Promise<boolean> {
    return this.#wait(() => this.projection.size > index, timeoutMs);
  }

  /** As `waitForIndex`, for a place in one stream. */
  async reached(stream: StreamId, revision: number, timeoutMs: number): Promise<boolean> {
    return this.#wait(() => this.projection.revisionOf(stream) >= revision, timeoutMs);
  }

  /**
   * Waits until everything that the log holds now is projected. Answers as `waitForIndex`.
   */
  async caughtUp(timeoutMs: number): Promise<boolean> {
    const size = await this.#options.order.catchUp();
    return await this.waitForIndex(size - 1, timeoutMs);
  }

  /**
   * Stores a snapshot now and records it with the log's root: what an orderly stop does last.
   * @throws what the log order throws.
   */
  async checkpoint(): Promise<ProjectionCheckpoint> {
    const { projection, order } = this.#options;
    if (order.size < projection.size) await order.catchUp();
    // Size and root are read in one turn, so no batch comes between them.
    this.#snapshotAt = projection.size;
    return projection.checkpoint(hashFromBytes(order.rootAt(projection.size)));
  }

  /**
   * Forgets all rows and states and reads the log again, up to where the projection stood. After an
   * erasure it starts from the copy made then. Resolves when it is there.
   *
   * @throws what stopped it, such as OperatingError `payload_erased` (not_applied).
   */
  async rebuild(): Promise<void> {
    await this.stop();
    const { projection } = this.#options;
    const target = projection.size;
    projection.reset();
    this.#snapshotAt = projection.nextIndex;
    this.start();
    const reached = await this.waitForIndex(target - 1, Number.POSITIVE_INFINITY);
    if (!reached) throw this.#failure ?? stoppedEarly(projection.size, target);
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { projection, store, order } = this.#options;
    const from = await positionBefore(order, projection.nextIndex);
    await store.subscribe(from, (batch) => this.#onEvents(batch, signal), signal);
  }

  async #onEvents(batch: readonly StoredEvent[], signal: AbortSignal): Promise<void> {
    const { projection, order, snapshotEvery = SNAPSHOT_EVERY } = this.#options;
    const last = batch.at(-1);
    if (last === undefined) return;
    const first = projection.nextIndex;
    const size = first + batch.length;
    if (order.size < size) await order.catchUp();
    // The feed and the dense order must agree, else every index from here on would be wrong.
    if (order.indexOf(last.eventId) !== size - 1) throw outOfOrder(size - 1);
    projection.apply(batch.map((event, i) => loggedEvent(first + i, event)));
    this.#wake(false);
    if (projection.size - this.#snapshotAt >= snapshotEvery) await this.checkpoint();
    await this.#gather(signal);
  }

  async #gather({ aborted }: AbortSignal): Promise<void> {
    const { projection, order, gatherMs = 0 } = this.#options;
    const isBehind = projection.size < order.size;
    if (gatherMs === 0 || aborted || isBehind || this.#waiters.size > 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, gatherMs);
      this.#endGathering = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #wait(done: () => boolean, timeoutMs: number): Promise<boolean> {
    if (done()) return true;
    if (this.#failure !== undefined || this.#abort === undefined) return false;
    return await new Promise<boolean>((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      const waiter: Waiter = {
        done,
        wake: (reached) => {
          clearTimeout(timer);
          this.#waiters.delete(waiter);
          resolve(reached);
        },
      };
      this.#waiters.add(waiter);
      this.#endGathering();
      if (Number.isFinite(timeoutMs)) timer = setTimeout(() => waiter.wake(false), timeoutMs);
    });
  }

  #wake(all: boolean): void {
    for (const waiter of [...this.#waiters]) {
      const reached = waiter.done();
      if (reached || all) waiter.wake(reached);
    }
  }
}

/**
 * Where to read on in the store so that the next event has the dense index `index`.
 * @throws OperatingError `projection_ahead` (not_applied) when the log is shorter than that.
 */
export async function positionBefore(order: LogOrder, index: number): Promise<Position | 'start'> {
  if (index === 0) return 'start';
  if (order.size < index) await order.catchUp();
  const entry = await order.entry(index - 1);
  if (entry === undefined) throw stoppedEarly(index, order.size);
  return entry.position;
}

function outOfOrder(index: number): OperatingError {
  return new OperatingError({
    code: 'log_order',
    outcome: 'not_applied',
    shortMessage: 'the store and the sequencer disagree about the order of the log',
    facts: { index },
  });
}

function stoppedEarly(size: number, expected: number): OperatingError {
  return new OperatingError({
    code: 'projection_ahead',
    outcome: 'not_applied',
    shortMessage: 'the projection has seen events that the log does not hold',
    facts: { size, expected },
  });
}
