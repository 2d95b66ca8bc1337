/**
 * How snarkjs turns 32 bytes into points and scalars: the part of a contribution that everybody can
 * compute again. Pure. Source: ffjavascript 0.3.1, `chacha.js`, `wasm_field1.js`, `wasm_curve.js`.
 */
import { BASE_FIELD_ORDER, FIELD_ORDER } from '@atomicity/kernel/codec/field';
import { bn254 } from '@noble/curves/bn254.js';
import type { G1Point, G2Point } from '../../verify/verification-key.ts';

/** Draws 32-bit words. */
export type WordStream = () => number;

/** "expand 32-byte k". Source: RFC 8439 §2.3. */
const CONSTANTS = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574];
const SEED_WORDS = 8;
const BLOCK_WORDS = 16;
const COLUMNS_AND_DIAGONALS = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
] as const;

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function mix(block: Uint32Array): void {
  const at = (i: number): number => block[i] ?? 0;
  for (const [a, b, c, d] of COLUMNS_AND_DIAGONALS) {
    for (const [bits, more] of [
      [16, 12],
      [8, 7],
    ] as const) {
      block[a] = at(a) + at(b);
      block[d] = rotate(at(d) ^ at(a), bits);
      block[c] = at(c) + at(d);
      block[b] = rotate(at(b) ^ at(c), more);
    }
  }
}

/** ChaCha20 with a nonce of zero and a counter from zero; the seed is the first 32 bytes, big-endian words. */
export function chachaStream(seed: Uint8Array): WordStream {
  const view = new DataView(seed.buffer, seed.byteOffset, seed.byteLength);
  const state = new Uint32Array(BLOCK_WORDS);
  state.set(CONSTANTS);
  for (let i = 0; i < SEED_WORDS; i++) state[CONSTANTS.length + i] = view.getUint32(i * 4);
  const block = new Uint32Array(BLOCK_WORDS);
  let position = BLOCK_WORDS;
  return () => {
    if (position === BLOCK_WORDS) {
      block.set(state);
      for (let round = 0; round < 10; round++) mix(block);
      state.forEach((word, i) => {
        block[i] = (block[i] ?? 0) + word;
      });
      state[12] = (state[12] ?? 0) + 1;
      position = 0;
    }
    return block[position++] ?? 0;
  };
}

const FIELD_BITS_MASK = (1n << 254n) - 1n;

/** Draws below the order until it fits; what was drawn is the element's Montgomery form. */
function draw(next: WordStream, order: bigint, montgomeryInverse: bigint): bigint {
  for (;;) {
    let value = 0n;
    for (let i = 0n; i < 4n; i++) {
      const high = BigInt(next());
      value |= ((high << 32n) | BigInt(next())) << (64n * i);
    }
    value &= FIELD_BITS_MASK;
    if (value < order) return (value * montgomeryInverse) % order;
  }
}

const { Fp, Fp2, Fr } = bn254.fields;
/** 1/2^256 mod q and mod r. */
export const BASE_MONTGOMERY_INVERSE = Fp.inv((1n << 256n) % BASE_FIELD_ORDER);
const SCALAR_MONTGOMERY_INVERSE = Fr.inv((1n << 256n) % FIELD_ORDER);

/** A scalar 0 … r−1. */
export function scalarFrom(next: WordStream): bigint {
  return draw(next, FIELD_ORDER, SCALAR_MONTGOMERY_INVERSE);
}

const baseFrom = (next: WordStream): bigint =>
  draw(next, BASE_FIELD_ORDER, BASE_MONTGOMERY_INVERSE);

/** The larger of y and q − y is the negative one. */
const isNegative = (y: bigint): boolean => y > BASE_FIELD_ORDER >> 1n;

function rootOf<Value>(sqrt: (value: Value) => Value, square: Value): Value | undefined {
  try {
    return sqrt(square);
  } catch {
    // noble has no other way to say that a value is no square.
    return undefined;
  }
}

/** A point of G1 whose discrete logarithm nobody knows. */
export function g1From(next: WordStream): G1Point {
  for (;;) {
    const x = baseFrom(next);
    const negative = (next() & 1) === 1;
    const y = rootOf((value) => Fp.sqrt(value), Fp.add(Fp.mul(Fp.sqr(x), x), 3n));
    if (y !== undefined) {
      return bn254.G1.Point.fromAffine({ x, y: isNegative(y) === negative ? y : Fp.neg(y) });
    }
  }
}

/** The number of points of the twist is this times r. Source: ffjavascript `bn128.js`. */
const G2_COFACTOR = 0x30644e72e131a029b85045b68181585e06ceecda572a2489345f2299c0f9fa8dn;

/** A point of G2 whose discrete logarithm nobody knows. */
export function g2From(next: WordStream): G2Point {
  const { Point } = bn254.G2;
  for (;;) {
    const x = Fp2.create({ c0: baseFrom(next), c1: baseFrom(next) });
    const negative = (next() & 1) === 1;
    const square = Fp2.add(Fp2.mul(Fp2.sqr(x), x), Point.CURVE().b);
    const y = rootOf((value: typeof square) => Fp2.sqrt(value), square);
    if (y === undefined) continue;
    const sign = isNegative(y.c1 === 0n ? y.c0 : y.c1);
    let doubled = new Point(x, sign === negative ? y : Fp2.neg(y), Fp2.ONE);
    // By hand: noble multiplies by scalars below r only, and the point is not in the subgroup yet.
    let sum = Point.ZERO;
    for (let rest = G2_COFACTOR; rest > 0n; rest >>= 1n) {
      if (rest & 1n) sum = sum.add(doubled);
      doubled = doubled.double();
    }
    return sum;
  }
}
