import { BASE_FIELD_ORDER, FIELD_ORDER } from '@atomicity/kernel/codec/field';
import { power, reduce, writeScalar } from './field-arithmetic.ts';
import type { R1cs } from './r1cs-file.ts';

/** Points of a Groth16 proving key, affine in little-endian Montgomery form, as in a zkey file. */
export type ProvingKeyPoints = {
  readonly alpha1: Uint8Array;
  readonly beta1: Uint8Array;
  readonly beta2: Uint8Array;
  readonly gamma2: Uint8Array;
  readonly delta1: Uint8Array;
  readonly delta2: Uint8Array;
  readonly ic: Uint8Array;
  readonly a: Uint8Array;
  readonly b1: Uint8Array;
  readonly b2: Uint8Array;
  readonly c: Uint8Array;
  readonly h: Uint8Array;
};

const COEFFICIENT_BYTES = 12 + 32;
/** R² for R = 2^256: snarkjs stores coefficients multiplied by it, to save the prover a conversion. */
const MONTGOMERY_SQUARED = power(2n, 512n);

function uint32(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => {
    view.setUint32(i * 4, value, true);
  });
  return bytes;
}

function scalarBytes(value: bigint): Uint8Array {
  const bytes = new Uint8Array(32);
  writeScalar(new DataView(bytes.buffer), 0, value);
  return bytes;
}

/** Section 4: every coefficient of A and B, and the rows that make the public signals independent. */
function coefficientSection(r1cs: R1cs): Uint8Array {
  let count = r1cs.publicCount + 1;
  r1cs.forEachTerm((matrix) => {
    if (matrix !== 'C') count++;
  });
  const bytes = new Uint8Array(4 + count * COEFFICIENT_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, count, true);
  let position = 4;
  const put = (matrix: number, constraint: number, signal: number, value: bigint): void => {
    view.setUint32(position, matrix, true);
    view.setUint32(position + 4, constraint, true);
    view.setUint32(position + 8, signal, true);
    writeScalar(view, position + 12, reduce(value * MONTGOMERY_SQUARED));
    position += COEFFICIENT_BYTES;
  };
  r1cs.forEachTerm((matrix, constraint, signal, value) => {
    if (matrix !== 'C') put(matrix === 'A' ? 0 : 1, constraint, signal, value);
  });
  for (let s = 0; s <= r1cs.publicCount; s++) put(0, r1cs.constraintCount + s, s, 1n);
  return bytes;
}

/**
 * The bytes of a Groth16 proving key in snarkjs' zkey format, version 1. Section 10 (the transcript of
 * a ceremony) says that there was none: a zero circuit hash and zero contributions.
 * Source: snarkjs `zkey_utils`, section list.
 */
export function provingKeyFile(
  r1cs: R1cs,
  domainLog: number,
  points: ProvingKeyPoints,
): readonly Uint8Array[] {
  const sections: readonly (readonly [number, readonly Uint8Array[]])[] = [
    [1, [uint32(1)]],
    [
      2,
      [
        uint32(32),
        scalarBytes(BASE_FIELD_ORDER),
        uint32(32),
        scalarBytes(FIELD_ORDER),
        uint32(r1cs.signalCount, r1cs.publicCount, 2 ** domainLog),
        points.alpha1,
        points.beta1,
        points.beta2,
        points.gamma2,
        points.delta1,
        points.delta2,
      ],
    ],
    [4, [coefficientSection(r1cs)]],
    [3, [points.ic]],
    [9, [points.h]],
    [8, [points.c]],
    [5, [points.a]],
    [6, [points.b1]],
    [7, [points.b2]],
    [10, [new Uint8Array(64), uint32(0)]],
  ];
  const chunks: Uint8Array[] = [new TextEncoder().encode('zkey'), uint32(1, sections.length)];
  for (const [id, parts] of sections) {
    const size = parts.reduce((sum, part) => sum + part.length, 0);
    // Section sizes are 64-bit; nothing here comes near 2^32.
    chunks.push(uint32(id, size, 0), ...parts);
  }
  return chunks;
}
