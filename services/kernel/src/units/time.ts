declare const unixMsBrand: unique symbol;

/** A time, in whole milliseconds since the Unix epoch: 0 ≤ t < 2^48 (the bound of `packed`). */
export type UnixMs = number & { readonly [unixMsBrand]: true };

export const UNIX_MS_MAX = 2 ** 48 - 1;

/** True for integers 0 … 2^48−1. */
export function isUnixMs(value: number): value is UnixMs {
  return Number.isInteger(value) && value >= 0 && value <= UNIX_MS_MAX;
}

/**
 * Makes a time of `value` milliseconds since the epoch.
 * @throws RangeError unless it is an integer 0 … 2^48−1.
 */
export function unixMs(value: number): UnixMs {
  if (!isUnixMs(value)) throw new RangeError(`time out of range: ${value}`);
  return value;
}
