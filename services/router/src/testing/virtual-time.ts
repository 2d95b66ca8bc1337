import { type UnixMs, unixMs } from '@atomicity/kernel/units/time';

type Timer = { readonly at: number; readonly order: number; readonly run: () => void };

/** Lets everything that waits for promises alone come to rest. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A clock that only goes on when it is told to, and then from timer to timer. */
export class VirtualTime {
  #now: number;
  #order = 0;
  #timers: Timer[] = [];

  constructor(start: UnixMs) {
    this.#now = start;
  }

  now(): UnixMs {
    return unixMs(this.#now);
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, ms), order: this.#order++, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Runs `ms` of time: each timer at its moment, in the order in which they were set. */
  async run(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#now = next.at;
      next.run();
      await settle();
    }
    this.#now = end;
  }

  #next(end: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      const isEarlier =
        first === undefined ||
        timer.at < first.at ||
        (timer.at === first.at && timer.order < first.order);
      if (timer.at <= end && isEarlier) first = timer;
    }
    return first;
  }
}
