import type { FieldHex } from '../units/id.ts';
import { integerFromBytes } from './bytes.ts';

/** The order r of BN254's scalar field Fr. Source: EIP-197, "Definition of the groups". */
export const FIELD_ORDER = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n;

/** The modulus q of BN254's base field: the coordinates of proof points. Source: EIP-196. */
export const BASE_FIELD_ORDER = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n;

/**
 * The text form of a field element.
 * @throws RangeError outside 0 … r−1: values are never reduced silently.
 */
export function fieldToHex(value: bigint): FieldHex {
  if (value < 0n || value >= FIELD_ORDER) throw new RangeError('not a canonical field element');
  return value.toString(16).padStart(64, '0') as FieldHex;
}

/** The integer of a field element, 0 … r−1. */
export function fieldFromHex(hex: FieldHex): bigint {
  return BigInt(`0x${hex}`);
}

/**
 * A 256-bit hash as a field element: the big-endian integer of its first 31 bytes, below 2^248 < r,
 * so it is never reduced.
 */
export function field248(hash: Uint8Array): bigint {
  return integerFromBytes(hash.subarray(0, 31));
}
