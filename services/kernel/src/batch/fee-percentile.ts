/** Is a fee low? Only its own recent history can say so. */

/** A price per unit of gas, byte or virtual byte: the unit is the caller's, the same in all of them. */
export type FeeSample = { readonly at: number; readonly price: bigint };

/**
 * The nearest-rank percentile: the smallest price that at least `percentile` % of the samples do not
 * exceed. `percentile` is an integer 1 … 100; undefined without samples.
 * @throws RangeError for another percentile.
 */
export function percentileOf(prices: readonly bigint[], percentile: number): bigint | undefined {
  if (!Number.isInteger(percentile) || percentile < 1 || percentile > 100) {
    throw new RangeError(`percentile out of range: ${percentile}`);
  }
  const sorted = [...prices].sort((left, right) => (left < right ? -1 : left > right ? 1 : 0));
  return sorted[Math.ceil((percentile * sorted.length) / 100) - 1];
}

export type LowFeeRule = {
  /** The fee is low below this percentile of the history, 1 … 100. */
  readonly percentile: number;
  /** Fewer samples show nothing, 1 … 2^16. */
  readonly samplesMin: number;
  /** Only this many of the newest count, samplesMin or more. */
  readonly samplesMax: number;
  /** An older price is not known any more, in ms. */
  readonly ageMaxMs: number;
};

export type FeeStanding =
  | { readonly kind: 'low'; readonly price: bigint; readonly below: bigint }
  | { readonly kind: 'not_low'; readonly price: bigint; readonly below: bigint }
  | {
      readonly kind: 'not_shown';
      readonly because: 'no_price' | 'stale_price' | 'too_few_samples';
    };

/**
 * Whether the price now is strictly below the wanted percentile of those before it. A flat history has
 * nothing below it, so nothing in it is low. What cannot be shown is never low: no price, one older than
 * `ageMaxMs`, too few samples.
 * `history` is oldest first and does not hold `current`.
 */
export function feeStanding(
  current: FeeSample | null,
  history: readonly FeeSample[],
  { percentile, samplesMin, samplesMax, ageMaxMs }: LowFeeRule,
  now: number,
): FeeStanding {
  if (current === null) return { kind: 'not_shown', because: 'no_price' };
  const { at, price } = current;
  if (now - at > ageMaxMs) return { kind: 'not_shown', because: 'stale_price' };
  const recent = history.slice(-samplesMax).map((sample) => sample.price);
  const below = recent.length < samplesMin ? undefined : percentileOf(recent, percentile);
  if (below === undefined) return { kind: 'not_shown', because: 'too_few_samples' };
  return { kind: price < below ? 'low' : 'not_low', price, below };
}
