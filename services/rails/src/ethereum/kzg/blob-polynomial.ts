/**
 * A blob as a polynomial of degree below 4,096 over the scalar field of BLS12-381: its elements are the
 * values at the roots of unity, in bit-reversed order.
 * Source: Ethereum consensus specifications, deneb, "Polynomial commitments".
 */
import { integerFromBytes } from '@atomicity/kernel/codec/bytes';
import { bls12_381 } from '@noble/curves/bls12-381.js';

export const BLOB_SIZE_BYTES = 131_072;
export const ELEMENT_SIZE_BYTES = 32;
const ELEMENTS = BLOB_SIZE_BYTES / ELEMENT_SIZE_BYTES;
const ELEMENTS_LOG2 = 12;

const { Fr } = bls12_381.fields;

/** Order of the scalar field: every element is below it. */
export const MODULUS = Fr.ORDER;

/** Generator of the field's multiplicative group. Source: deneb, PRIMITIVE_ROOT_OF_UNITY. */
const GENERATOR = 7n;

let roots: readonly bigint[] | undefined;

/** The 4,096th roots of unity in the order of a blob's elements; computed once. */
function rootsOfUnity(): readonly bigint[] {
  if (roots !== undefined) return roots;
  const step = Fr.pow(GENERATOR, (MODULUS - 1n) / BigInt(ELEMENTS));
  const ordered = new Array<bigint>(ELEMENTS).fill(1n);
  let power = 1n;
  for (let i = 0; i < ELEMENTS; i++) {
    let reversed = 0;
    for (let bit = 0; bit < ELEMENTS_LOG2; bit++) {
      reversed |= ((i >> bit) & 1) << (ELEMENTS_LOG2 - 1 - bit);
    }
    ordered[reversed] = power;
    power = (power * step) % MODULUS;
  }
  roots = ordered;
  return ordered;
}

/** The elements of a blob; undefined for another length, or an element that is not below the modulus. */
export function blobElements(blob: Uint8Array): readonly bigint[] | undefined {
  if (blob.length !== BLOB_SIZE_BYTES) return undefined;
  const elements = new Array<bigint>(ELEMENTS).fill(0n);
  for (let i = 0; i < ELEMENTS; i++) {
    const start = i * ELEMENT_SIZE_BYTES;
    const element = integerFromBytes(blob.subarray(start, start + ELEMENT_SIZE_BYTES));
    if (element >= MODULUS) return undefined;
    elements[i] = element;
  }
  return elements;
}

/**
 * The value of a blob's polynomial at `point`, below the modulus: the barycentric formula, with one inversion
 * for all 4,096 denominators.
 * Source: deneb, "evaluate_polynomial_in_evaluation_form".
 */
export function evaluateBlob(elements: readonly bigint[], point: bigint): bigint {
  const places = rootsOfUnity();
  const at = places.indexOf(point);
  if (at >= 0) return elements[at] ?? 0n;
  // Products of the denominators before each: the inverse of them all then gives every single one.
  const before = new Array<bigint>(ELEMENTS).fill(1n);
  let product = 1n;
  for (let i = 0; i < ELEMENTS; i++) {
    before[i] = product;
    product = (product * (MODULUS + point - (places[i] ?? 0n))) % MODULUS;
  }
  let inverse = Fr.inv(product);
  let sum = 0n;
  for (let i = ELEMENTS - 1; i >= 0; i--) {
    const root = places[i] ?? 0n;
    const term = ((elements[i] ?? 0n) * root) % MODULUS;
    sum += term * ((inverse * (before[i] ?? 0n)) % MODULUS);
    inverse = (inverse * (MODULUS + point - root)) % MODULUS;
  }
  const scale = Fr.mul(Fr.sub(Fr.pow(point, BigInt(ELEMENTS)), 1n), Fr.inv(BigInt(ELEMENTS)));
  return Fr.mul(sum % MODULUS, scale);
}
