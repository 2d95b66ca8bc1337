import type { UnixMs } from '@atomicity/kernel/units/time';

type Window = { readonly from: UnixMs; readonly count: number };

/** Names that are counted at once; beyond them the oldest window is forgotten. */
const NAMES_MAX = 4_096;

/** Counts how often something happens for each name, at most `max` in every `ms`. */
export class RateWindows {
  readonly #max: number;
  readonly #ms: number;
  readonly #windows = new Map<string, Window>();

  constructor(max: number, ms: number) {
    this.#max = max;
    this.#ms = ms;
  }

  /** True, and counted, unless the name has used its window up. */
  take(name: string, now: UnixMs): boolean {
    const known = this.#windows.get(name);
    if (known === undefined || now - known.from >= this.#ms) {
      this.#windows.delete(name);
      const [oldest] = this.#windows.keys();
      if (this.#windows.size >= NAMES_MAX && oldest !== undefined) this.#windows.delete(oldest);
      this.#windows.set(name, { from: now, count: 1 });
      return true;
    }
    if (known.count >= this.#max) return false;
    this.#windows.set(name, { from: known.from, count: known.count + 1 });
    return true;
  }
}
