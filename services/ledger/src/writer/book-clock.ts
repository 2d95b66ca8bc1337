import { type UnixMs, unixMs } from '@atomicity/kernel/units/time';

/** Where time comes from; ms since the epoch. May jump either way: `BookClock` deals with that. */
export type Clock = { now(): number };

export const systemClock: Clock = { now: () => Date.now() };

/**
 * The time of one book: never before a time it has given, or that an event of the book has.
 * A clock that went backwards is held at the last value and counted.
 */
export class BookClock {
  readonly #clock: Clock;
  #last: UnixMs;
  #clampedCount = 0;
  #behindMs = 0;

  constructor(clock: Clock, notBefore: UnixMs) {
    this.#clock = clock;
    this.#last = notBefore;
  }

  /** The book's time, ms since the epoch. */
  now(): UnixMs {
    const now = Math.floor(this.#clock.now());
    this.#behindMs = Math.max(0, this.#last - now);
    if (now < this.#last) this.#clampedCount += 1;
    else this.#last = unixMs(now);
    return this.#last;
  }

  /** How often the clock was found behind the book. */
  get clampedCount(): number {
    return this.#clampedCount;
  }

  /** How far the clock was behind the book when last asked, ms. */
  get behindMs(): number {
    return this.#behindMs;
  }
}
