import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { concatBytes, equalBytes, integerFromBytesLittleEndian } from '../codec/bytes.ts';
import { type Refusal, type WireRefusalReason, wireRefusal } from './refusals.ts';

/** Order L of the prime-order subgroup. Source: RFC 8032 §5.1. */
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const P = 2n ** 255n - 19n;
const SIGN_BIT = 2n ** 255n;

/** y of the four points of order 8: ±this, with either sign of x. */
const ORDER_8_Y = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n;

/** y of all 8 points of small order: 1 (order 1), −1 (order 2), 0 (order 4), ±ORDER_8_Y. */
const SMALL_ORDER_Y: ReadonlySet<bigint> = new Set([1n, P - 1n, 0n, ORDER_8_Y, P - ORDER_8_Y]);

/** Top bytes, without the sign bit, of every y that is not canonical or of small order. */
const SUSPECT_TOP_BYTES: ReadonlySet<number> = new Set([0x00, 0x05, 0x7a, 0x7f]);

type PointName = 'public_key' | 'signature_r';

function refusePoint(encoded: Uint8Array, name: PointName): WireRefusalReason | undefined {
  // All but one point in 32 is cleared by its top byte alone.
  if (!SUSPECT_TOP_BYTES.has((encoded[31] ?? 0) & 0x7f)) return undefined;
  const integer = integerFromBytesLittleEndian(encoded);
  const signed = integer >= SIGN_BIT;
  const y = signed ? integer - SIGN_BIT : integer;
  // x is 0 for y = ±1 only; a set sign bit would be a second encoding of the same point.
  if (y >= P || (signed && (y === 1n || y === P - 1n))) return `${name}_not_canonical`;
  return SMALL_ORDER_Y.has(y) ? `${name}_small_order` : undefined;
}

/**
 * Refuses the forms of Ed25519 on which implementations disagree, from the bytes alone: S ≥ L, then
 * for the public key A and then for R a non-canonical encoding, then a point of small order.
 * After it, `verifyEd25519` and OpenSSL (node:crypto) give one verdict; without it they need not.
 * Refusals, in order: signature_s_not_reduced, public_key_not_canonical, public_key_small_order,
 * signature_r_not_canonical, signature_r_small_order.
 * @throws RangeError unless the key has 32 and the signature 64 bytes.
 * Source: RFC 8032 §5.1.7; Chalkias, Garillot, Nikolaenko, "Taming the many EdDSAs" (SSR 2020).
 */
export function strictSignatureShape(
  publicKey: Uint8Array,
  signature: Uint8Array,
): Refusal<WireRefusalReason> | undefined {
  if (publicKey.length !== 32 || signature.length !== 64) {
    throw new RangeError('a public key has 32 bytes and a signature 64');
  }
  // S < L needs no more than its top byte unless that is at least 2^4.
  if ((signature[63] ?? 255) > 15 && integerFromBytesLittleEndian(signature.subarray(32)) >= L) {
    return wireRefusal('signature_s_not_reduced');
  }
  const reason =
    refusePoint(publicKey, 'public_key') ?? refusePoint(signature.subarray(0, 32), 'signature_r');
  return reason === undefined ? undefined : wireRefusal(reason);
}

/**
 * True if `signature` is a strict Ed25519 signature of `message` by `publicKey`: the shape rules,
 * then the equation without cofactor, S·B − H(R, A, M)·A encoded and compared with R byte by byte.
 * noble's own `verify` multiplies by the cofactor and accepts what OpenSSL refuses (keys and R with
 * a component of small order), so only its points are used. About 10 times slower than node:crypto.
 * Source: RFC 8032 §5.1.7, last sentence.
 */
export function verifyEd25519(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  if (strictSignatureShape(publicKey, signature) !== undefined) return false;
  const encodedR = signature.subarray(0, 32);
  const s = integerFromBytesLittleEndian(signature.subarray(32));
  const digest = sha512(concatBytes(encodedR, publicKey, message));
  const h = integerFromBytesLittleEndian(digest) % L;
  try {
    const { Point } = ed25519;
    const negatedA = Point.fromBytes(publicKey).negate();
    const r = Point.BASE.multiplyUnsafe(s).add(negatedA.multiplyUnsafe(h));
    return equalBytes(r.toBytes(), encodedR);
  } catch {
    // The key's y belongs to no point of the curve.
    return false;
  }
}
