import { FIELD_ORDER } from '@atomicity/kernel/codec/field';

/** x mod r, in 0 … r−1 for every integer x. */
export function reduce(x: bigint): bigint {
  const remainder = x % FIELD_ORDER;
  return remainder < 0n ? remainder + FIELD_ORDER : remainder;
}

/** base^exponent mod r; the exponent is not negative. */
export function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = reduce(base);
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % FIELD_ORDER;
    square = (square * square) % FIELD_ORDER;
  }
  return result;
}

/**
 * 1/x mod r.
 * @throws RangeError for 0.
 */
export function inverse(x: bigint): bigint {
  if (reduce(x) === 0n) throw new RangeError('zero has no inverse');
  return power(x, FIELD_ORDER - 2n);
}

/** r−1 is 2^28 times an odd number. Source: EIP-197. */
const TWO_ADICITY = 28n;
/** The smallest quadratic non-residue mod r; snarkjs derives its roots of unity from the same one. */
const NON_RESIDUE = 5n;

/**
 * The primitive 2^log-th root of unity that snarkjs uses for a domain of that size.
 * @throws RangeError for log above 28: BN254 has no larger power-of-two domain.
 */
export function rootOfUnity(log: number): bigint {
  if (log > Number(TWO_ADICITY)) throw new RangeError('domain larger than 2^28');
  return power(NON_RESIDUE, (FIELD_ORDER - 1n) >> BigInt(log));
}

/** An integer 0 … r−1 of 32 little-endian bytes at an offset. */
export function readScalar(view: DataView, offset: number): bigint {
  return (
    view.getBigUint64(offset, true) |
    (view.getBigUint64(offset + 8, true) << 64n) |
    (view.getBigUint64(offset + 16, true) << 128n) |
    (view.getBigUint64(offset + 24, true) << 192n)
  );
}

const LOW_64 = (1n << 64n) - 1n;

/** Writes an integer below 2^256 as 32 little-endian bytes at an offset. */
export function writeScalar(view: DataView, offset: number, value: bigint): void {
  view.setBigUint64(offset, value & LOW_64, true);
  view.setBigUint64(offset + 8, (value >> 64n) & LOW_64, true);
  view.setBigUint64(offset + 16, (value >> 128n) & LOW_64, true);
  view.setBigUint64(offset + 24, value >> 192n, true);
}
