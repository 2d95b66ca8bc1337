import type { Clock } from '@atomicity/ledger/writer/book-clock';

/**
 * The clock of the demonstration's node and of everybody in it. It runs as the system's does, and it can
 * be moved forward over times in which nothing happens; whoever must move along is told.
 */
export class DemoClock implements Clock {
  #offsetMs = 0;
  readonly #followers: ((ms: number) => Promise<void>)[] = [];

  now(): number {
    return Date.now() + this.#offsetMs;
  }

  /** How far it has been moved in all, ms. */
  get movedMs(): number {
    return this.#offsetMs;
  }

  /**
   * `move` is called with the ms of every later move, 0 for a time that has come by itself; the clock
   * moves on when it resolves.
   */
  follow(move: (ms: number) => Promise<void>): void {
    this.#followers.push(move);
  }

  /** Moves to a time, unless it is past; gives how far it moved, ms. */
  async moveTo(at: number): Promise<number> {
    const ms = Math.max(0, Math.ceil(at - this.now()));
    this.#offsetMs += ms;
    for (const move of this.#followers) await move(ms);
    return ms;
  }
}
