/** Catch-up and live delivery from a store that can be read after a position: shared by all adapters. */
import type { OnEvents, Position, StoredEvent } from '../port.ts';

/** One read of a feed. `events` may be empty while the checkpoint moves (a filtered feed does that). */
export type FeedBatch = {
  readonly events: readonly StoredEvent[];
  readonly checkpoint: Position;
};

/** Wakes followers when something new is durable, and ends them when the store closes. */
export class FeedSignal {
  #waiting: (() => void)[] = [];
  #version = 0;
  #closed = false;

  get version(): number {
    return this.#version;
  }

  get closed(): boolean {
    return this.#closed;
  }

  notify(): void {
    this.#version += 1;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  close(): void {
    this.#closed = true;
    this.notify();
  }

  /** Resolves once the version differs from `seen`, or at once when it already does, or on abort. */
  async changedSince(seen: number, abort: AbortSignal): Promise<void> {
    if (this.#version !== seen || this.#closed || abort.aborted) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        abort.removeEventListener('abort', done);
        resolve();
      };
      abort.addEventListener('abort', done);
      this.#waiting.push(done);
    });
  }
}

/**
 * Hands over everything after `from`, then everything new, until abort or close.
 *
 * The version is read before the feed, so an append between the two wakes the follower again.
 */
export async function follow(
  from: Position | 'start',
  readAfter: (from: Position | 'start') => FeedBatch | undefined,
  signal: FeedSignal,
  onEvents: OnEvents,
  abort: AbortSignal,
): Promise<void> {
  let position = from;
  while (!abort.aborted && !signal.closed) {
    const seen = signal.version;
    const batch = readAfter(position);
    if (batch === undefined) {
      await signal.changedSince(seen, abort);
      continue;
    }
    await onEvents(batch.events, batch.checkpoint);
    position = batch.checkpoint;
  }
}
