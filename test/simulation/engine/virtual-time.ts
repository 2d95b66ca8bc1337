/** One thing that will happen. Equal times happen in the order in which they were planned. */
type Planned = { readonly atUs: number; readonly sequence: number; run: (() => void) | undefined };

const isBefore = (left: Planned, right: Planned): boolean =>
  left.atUs < right.atUs || (left.atUs === right.atUs && left.sequence < right.sequence);

/** A binary heap by (time, sequence). */
class Agenda {
  readonly #heap: Planned[] = [];

  get first(): Planned | undefined {
    return this.#heap[0];
  }

  push(planned: Planned): void {
    const heap = this.#heap;
    let at = heap.push(planned) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = heap[up];
      if (parent === undefined || !isBefore(planned, parent)) break;
      heap[at] = parent;
      at = up;
    }
    heap[at] = planned;
  }

  pop(): Planned | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    let at = 0;
    for (;;) {
      const left = heap[2 * at + 1];
      const right = heap[2 * at + 2];
      if (left === undefined) break;
      const isRight = right !== undefined && isBefore(right, left);
      const least = isRight ? right : left;
      if (!isBefore(least, last)) break;
      heap[at] = least;
      at = 2 * at + (isRight ? 2 : 1);
    }
    heap[at] = last;
    return top;
  }
}

/**
 * Resolves when no microtask is left. Node runs a tick only after the microtask queue has run dry,
 * so nothing but JavaScript that is ready has run: no timer, no input.
 */
export function settled(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

/** The only time there is: microseconds from the start of the run, moved by events alone. */
export class VirtualTime {
  readonly #agenda = new Agenda();
  #nowUs = 0;
  #sequence = 0;
  #ran = 0;

  get nowUs(): number {
    return this.#nowUs;
  }

  get nowMs(): number {
    return this.#nowUs / 1000;
  }

  /** How many events have run. */
  get eventCount(): number {
    return this.#ran;
  }

  /** Plans `run` in `ms` of true time; the answer calls it off. */
  after(ms: number, run: () => void): () => void {
    const atUs = this.#nowUs + Math.max(0, Math.round(ms * 1000));
    const planned: Planned = { atUs, sequence: this.#sequence++, run };
    this.#agenda.push(planned);
    return () => {
      planned.run = undefined;
    };
  }

  /** Resolves after `ms` of true time. */
  pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(ms, resolve);
    });
  }

  /**
   * Runs everything planned up to `untilUs` and what follows from it, and calls `check` whenever
   * all code has come to rest. Stops early when `done` says so.
   */
  async runUntil(untilUs: number, check: () => void, done: () => boolean): Promise<void> {
    await settled();
    for (;;) {
      if (done()) return;
      const next = this.#agenda.first;
      if (next === undefined || next.atUs > untilUs) break;
      this.#agenda.pop();
      const { run } = next;
      if (run === undefined) continue;
      this.#nowUs = next.atUs;
      this.#ran += 1;
      run();
      await settled();
      check();
    }
    this.#nowUs = untilUs;
  }
}

/** A node's clock: wrong by an offset, and a little fast or slow. */
export class SkewedClock {
  readonly #time: VirtualTime;
  readonly offsetMs: number;
  /** Local milliseconds for each true one. */
  readonly rate: number;

  constructor(time: VirtualTime, offsetMs: number, driftPpm: number) {
    this.#time = time;
    this.offsetMs = offsetMs;
    this.rate = 1 + driftPpm / 1e6;
  }

  /** The local time, whole ms. */
  now(): number {
    return Math.floor(this.offsetMs + this.#time.nowMs * this.rate);
  }

  /** When, in true ms from the start of the run, the clock will show `localMs`. */
  trueMs(localMs: number): number {
    return (localMs - this.offsetMs) / this.rate;
  }

  /** Runs after `ms` of local time. */
  after(ms: number, run: () => void): () => void {
    return this.#time.after(ms / this.rate, run);
  }
}
