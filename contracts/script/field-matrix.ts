import { FIELD_ORDER } from '@atomicity/kernel/codec/field';

/** A vector over BN254's scalar field: each entry is 0 … r−1. */
export type FieldVector = readonly bigint[];

/** A square matrix by rows. */
export type FieldMatrix = readonly FieldVector[];

const reduce = (value: bigint): bigint => ((value % FIELD_ORDER) + FIELD_ORDER) % FIELD_ORDER;

/** Σ a_i · b_i. */
export function dot(a: FieldVector, b: FieldVector): bigint {
  return reduce(a.reduce((sum, value, i) => sum + value * (b[i] ?? 0n), 0n));
}

/** a + b. */
export function sum(a: FieldVector, b: FieldVector): FieldVector {
  return a.map((value, i) => reduce(value + (b[i] ?? 0n)));
}

/** M · v. */
export function apply(matrix: FieldMatrix, vector: FieldVector): FieldVector {
  return matrix.map((row) => dot(row, vector));
}

/** The rows of the transposed matrix. */
export function transpose(matrix: FieldMatrix): FieldMatrix {
  return matrix.map((_, column) => matrix.map((row) => row[column] ?? 0n));
}

/** A · B. */
export function product(a: FieldMatrix, b: FieldMatrix): FieldMatrix {
  const columns = transpose(b);
  return a.map((row) => columns.map((column) => dot(row, column)));
}

/** a^(r−2), the inverse of a ≠ 0. Source: Fermat. */
function inverseOf(value: bigint): bigint {
  let [result, base, exponent] = [1n, reduce(value), FIELD_ORDER - 2n];
  for (; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % FIELD_ORDER;
    base = (base * base) % FIELD_ORDER;
  }
  return result;
}

/**
 * The inverse of a matrix, by Gauss-Jordan elimination.
 * @throws RangeError for a singular matrix.
 */
export function invert(matrix: FieldMatrix): FieldMatrix {
  const size = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1n : 0n))]);
  for (let column = 0; column < size; column++) {
    const found = rows.findIndex((row, i) => i >= column && row[column] !== 0n);
    const pivot = rows[found];
    if (pivot === undefined) throw new RangeError('a singular matrix has no inverse');
    rows.splice(found, 1);
    const scale = inverseOf(pivot[column] ?? 0n);
    const scaled = pivot.map((value) => reduce(value * scale));
    rows.splice(column, 0, scaled);
    for (const [i, row] of rows.entries()) {
      const factor = row[column] ?? 0n;
      if (i === column || factor === 0n) continue;
      rows[i] = row.map((value, j) => reduce(value - factor * (scaled[j] ?? 0n)));
    }
  }
  return rows.map((row) => row.slice(size));
}
