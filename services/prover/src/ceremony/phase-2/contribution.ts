/** One step of a phase 2: what its maker publishes, and the hash by which it finds itself again. */
import { createHash } from 'node:crypto';
import { bytesToHex, concatBytes, hexToBytes } from '@atomicity/kernel/codec/bytes';
import { BASE_FIELD_ORDER } from '@atomicity/kernel/codec/field';
import { bn254 } from '@noble/curves/bn254.js';
import type { G1Point, G2Point } from '../../verify/verification-key.ts';

/** Public randomness that no contributor could foresee, and how it was stretched. */
export type Beacon = {
  /** 1 … 255 bytes as hex. */
  readonly randomness: string;
  /** SHA-256 is applied 2^this times, BEACON_ITERATIONS_LOG. */
  readonly iterationsLog: number;
};

/** Points are hex of big-endian affine coordinates (x‖y; in G2 the imaginary part first): as hashed. */
export type Contribution = {
  /** What the maker called itself. NOT covered by any hash: only the maker can confirm it. */
  readonly name: string;
  /** δ·G1 behind this step. */
  readonly deltaAfter: string;
  /** A random point s of G1, and secret·s. */
  readonly g1: string;
  readonly g1Secret: string;
  /** secret times the point of G2 that the challenge determines. */
  readonly g2Secret: string;
  /** BLAKE2b-512 over everything before and the two points of G1. */
  readonly challenge: string;
  /** Present exactly in a step made from public randomness. */
  readonly beacon?: Beacon;
};

export const G1_HEX = 128;
export const G2_HEX = 256;
export const BLAKE2B_HEX = 128;
export const NAME_CHARACTERS_MAX = 64;
/** snarkjs takes up to 63; 2^24 hashes are some 15 s for every verifier, and more adds nothing here. */
export const BEACON_ITERATIONS_LOG = { min: 10, max: 24 } as const;

/** BLAKE2b-512. */
export function blake2b(...parts: readonly Uint8Array[]): Uint8Array {
  return createHash('blake2b512')
    .update(concatBytes(...parts))
    .digest();
}

/** The bytes that later challenges cover. */
export function publicBytes(contribution: Contribution): Uint8Array {
  const { deltaAfter, g1, g1Secret, g2Secret, challenge } = contribution;
  return hexToBytes(deltaAfter + g1 + g1Secret + g2Secret + challenge);
}

/** BLAKE2b-512 by which a contributor recognises its contribution: 128 hex digits. */
export function contributionHash(contribution: Contribution): string {
  return bytesToHex(blake2b(publicBytes(contribution)));
}

function coordinatesOf(hex: string, count: number): readonly bigint[] | undefined {
  if (hex.length !== count * 64) return undefined;
  const values = Array.from({ length: count }, (_, i) =>
    BigInt(`0x${hex.slice(i * 64, (i + 1) * 64)}`),
  );
  return values.every((value) => value < BASE_FIELD_ORDER) ? values : undefined;
}

/** A point of G1 other than infinity, or `undefined`. */
export function g1Of(hex: string): G1Point | undefined {
  const [x, y] = coordinatesOf(hex, 2) ?? [];
  if (x === undefined || y === undefined) return undefined;
  try {
    const point = bn254.G1.Point.fromAffine({ x, y });
    point.assertValidity();
    return point;
  } catch {
    return undefined;
  }
}

/** A point of G2, in the subgroup and not infinity, or `undefined`. */
export function g2Of(hex: string): G2Point | undefined {
  const [x1, x0, y1, y0] = coordinatesOf(hex, 4) ?? [];
  if (x1 === undefined || x0 === undefined || y1 === undefined || y0 === undefined)
    return undefined;
  const { Fp2 } = bn254.fields;
  const x = Fp2.create({ c0: x0, c1: x1 });
  const y = Fp2.create({ c0: y0, c1: y1 });
  const { b } = bn254.G2.Point.CURVE();
  if (!Fp2.eql(Fp2.sqr(y), Fp2.add(Fp2.mul(Fp2.sqr(x), x), b)) || Fp2.is0(y)) return undefined;
  const point = new bn254.G2.Point(x, y, Fp2.ONE);
  return point.isTorsionFree() ? point : undefined;
}

/** True for randomness and a number of iterations that a verifier is ready to compute again. */
export function isUsableBeacon({ randomness, iterationsLog }: Beacon): boolean {
  const { min, max } = BEACON_ITERATIONS_LOG;
  return (
    /^(?:[0-9a-f]{2}){1,255}$/.test(randomness) &&
    Number.isInteger(iterationsLog) &&
    iterationsLog >= min &&
    iterationsLog <= max
  );
}

/**
 * 1 … 64 UTF-16 units without lone surrogates, control characters, or characters that turn the direction
 * of a line or break it: what a key file can carry, and a list shows as it is.
 */
export function isUsableName(name: string): boolean {
  return (
    name.length >= 1 &&
    name.length <= NAME_CHARACTERS_MAX &&
    name.isWellFormed() &&
    !/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u.test(name)
  );
}

const digits = (value: bigint): string => value.toString(16).padStart(64, '0');

/** The hex of a point of G1 other than infinity. */
export function g1Hex(point: G1Point): string {
  const { x, y } = point.toAffine();
  return digits(x) + digits(y);
}

/** The hex of a point of G2 other than infinity. */
export function g2Hex(point: G2Point): string {
  const { x, y } = point.toAffine();
  return digits(x.c1) + digits(x.c0) + digits(y.c1) + digits(y.c0);
}
