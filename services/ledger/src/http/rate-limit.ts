export type RateLimit = {
  /** Tokens a second that come back. */
  readonly perSecond: number;
  /** Tokens that a caller who was quiet may spend at once. */
  readonly burst: number;
};

type Bucket = { tokens: number; at: number };

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
    const charged = Math.min(cost, burst);
    const bucket = this.#buckets.get(caller) ?? { tokens: burst, at: now };
    const elapsedMs = Math.max(0, now - bucket.at);
    const tokens = Math.min(burst, bucket.tokens + (elapsedMs * perSecond) / 1000);
    const enough = tokens >= charged;
    this.#buckets.delete(caller);
    this.#buckets.set(caller, { tokens: enough ? tokens - charged : tokens, at: now });
    if (this.#buckets.size > this.#callersMax) this.#dropOldest();
    return enough ? 0 : Math.ceil(((charged - tokens) * 1000) / perSecond);
  }

  #dropOldest(): void {
    const oldest = this.#buckets.keys().next();
    if (!oldest.done) this.#buckets.delete(oldest.value);
  }
}
