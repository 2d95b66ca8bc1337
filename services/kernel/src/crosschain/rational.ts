/** Exact fractions of non-negative integers: where risk meets money, nothing is rounded. */

/** num / den with num ≥ 0 and den ≥ 1, not necessarily reduced. */
export type Rational = { readonly num: bigint; readonly den: bigint };

export const ZERO: Rational = { num: 0n, den: 1n };
export const ONE: Rational = { num: 1n, den: 1n };

/** @throws RangeError for a negative numerator or a denominator below 1. */
export function rational(num: bigint, den: bigint): Rational {
  if (num < 0n || den < 1n) throw new RangeError(`no fraction: ${num}/${den}`);
  return { num, den };
}

export function addRational(left: Rational, right: Rational): Rational {
  return { num: left.num * right.den + right.num * left.den, den: left.den * right.den };
}

/** True if left < right. */
export function isLess(left: Rational, right: Rational): boolean {
  return left.num * right.den < right.num * left.den;
}

/** The smaller of the two. */
export function minRational(left: Rational, right: Rational): Rational {
  return isLess(right, left) ? right : left;
}

/** ⌊value · scale⌋, for people to read. */
export function scaledFloor({ num, den }: Rational, scale: bigint): bigint {
  return (num * scale) / den;
}
