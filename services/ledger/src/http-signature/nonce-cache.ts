export type NonceVerdict = 'fresh' | 'replayed' | 'full';

/**
 * Remembers (key, nonce) pairs of verified requests until their signature would be stale anyway.
 * Bounded: while `size` unexpired pairs are held, further requests are `full`, never let through
 * unremembered. Lost on restart, when only what is idempotent can be replayed: commands are
 * deduplicated by their ids and reads change nothing.
 */
export class NonceCache {
  readonly #expiries = new Map<string, number>();
  readonly #sizeMax: number;

  constructor(sizeMax: number) {
    this.#sizeMax = sizeMax;
  }

  /** Records the pair until `expiresAt` (ms); `now` in ms. A second call answers `replayed`. */
  remember(key: string, nonce: string, expiresAt: number, now: number): NonceVerdict {
    const pair = `${key} ${nonce}`;
    if ((this.#expiries.get(pair) ?? -1) >= now) return 'replayed';
    if (this.#expiries.size >= this.#sizeMax) this.#forgetExpired(now);
    if (this.#expiries.size >= this.#sizeMax) return 'full';
    // Re-inserted pairs go to the end, so that the map stays roughly in order of expiry.
    this.#expiries.delete(pair);
    this.#expiries.set(pair, expiresAt);
    this.#forgetOldest(now);
    return 'fresh';
  }

  get size(): number {
    return this.#expiries.size;
  }

  #forgetExpired(now: number): void {
    for (const [pair, expiresAt] of this.#expiries) {
      if (expiresAt < now) this.#expiries.delete(pair);
    }
  }

  /** Amortised cleaning: two of the oldest a call keep the cache near what is alive. */
  #forgetOldest(now: number): void {
    let budget = 2;
    for (const [pair, expiresAt] of this.#expiries) {
      if (budget-- === 0 || expiresAt >= now) return;
      this.#expiries.delete(pair);
    }
  }
}
