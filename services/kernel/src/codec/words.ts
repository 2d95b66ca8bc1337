const SLOTS = 8;
const SLOT_LIMIT = 2n ** 64n;

/**
 * Up to 8 values below 2^64 in three field elements; missing ones are 0:
 * [x0 | x1·2^64 | x2·2^128, x3 | x4·2^64 | x5·2^128, x6 | x7·2^64].
 * @throws RangeError for more than 8 values or one outside 0 … 2^64−1.
 */
export function words(values: readonly bigint[]): readonly [bigint, bigint, bigint] {
  if (values.length > SLOTS) throw new RangeError(`${values.length} values in 8 slots`);
  for (const value of values) {
    if (value < 0n || value >= SLOT_LIMIT) throw new RangeError(`${value} does not fit 64 bits`);
  }
  const [x0 = 0n, x1 = 0n, x2 = 0n, x3 = 0n, x4 = 0n, x5 = 0n, x6 = 0n, x7 = 0n] = values;
  return [x0 | (x1 << 64n) | (x2 << 128n), x3 | (x4 << 64n) | (x5 << 128n), x6 | (x7 << 64n)];
}
