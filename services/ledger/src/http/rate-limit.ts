export type RateLimit = {
  /** Tokens a second that come back. */
  readonly perSecond: number;
  /** Tokens that a caller who was quiet may spend at once. */
  readonly burst: number;
};

/** Thousandths of tokens: with times in whole ms, buckets stay integers. */
type Bucket = { readonly millitokens: number; readonly at: number };

/**
 * Token buckets per caller. Bounded: when `callersMax` buckets exist, the one longest untouched goes,
 * which at worst gives its owner a full bucket back.
 */
export class RateLimiter {
  readonly #buckets = new Map<string, Bucket>();
  readonly #limit: RateLimit;
  readonly #callersMax: number;

  constructor(limit: RateLimit, callersMax: number) {
    this.#limit = limit;
    this.#callersMax = callersMax;
  }

  /**
   * Takes `cost` tokens of `caller` at `now` (ms). Returns 0, or how many milliseconds until the
   * bucket will hold enough; then nothing was taken. A cost above `burst` is charged as `burst`.
   */
  take(caller: string, cost: number, now: number): number {
    const { perSecond, burst } = this.#limit;
    const full = burst * 1000;
    const charged = Math.min(cost * 1000, full);
    const bucket = this.#buckets.get(caller) ?? { millitokens: full, at: now };
    const refill = Math.max(0, now - bucket.at) * perSecond;
    const held = Math.min(full, bucket.millitokens + refill);
    const enough = held >= charged;
    this.#buckets.delete(caller);
    this.#buckets.set(caller, { millitokens: enough ? held - charged : held, at: now });
    if (this.#buckets.size > this.#callersMax) this.#dropOldest();
    return enough ? 0 : Math.ceil((charged - held) / perSecond);
  }

  #dropOldest(): void {
    const oldest = this.#buckets.keys().next();
    if (!oldest.done) this.#buckets.delete(oldest.value);
  }
}
