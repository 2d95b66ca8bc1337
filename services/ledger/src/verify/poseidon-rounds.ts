/**
 * Poseidon's rounds in the form in which the partial ones are cheap: a partial round changes one
 * element by its S-box, so its matrix can be split into a sparse one and one that acts on the other
 * elements only, which commutes with the S-box and is carried to the end; constants of the other
 * elements are carried to the start.
 * Source: Grassi et al., "Poseidon" (USENIX Security 2021), appendix B.
 */
import { FIELD_ORDER } from '@atomicity/kernel/codec/field';
import { grainGenConstants } from '@noble/curves/abstract/poseidon.js';
import { bn254 } from '@noble/curves/bn254.js';

type Vector = readonly bigint[];
type Matrix = readonly Vector[];

/** One partial round after its S-box: add `constant` to element 0, then multiply by the matrix. */
export type SparseRound = {
  readonly constant: bigint;
  /** First row of the sparse matrix. */
  readonly row: Vector;
  /** First column below it; the rest is the identity. */
  readonly column: Vector;
};

export type PoseidonRounds = {
  readonly mds: Matrix;
  /** Constants of the full rounds, added before the S-boxes. */
  readonly full: Matrix;
  /** Added once before the partial rounds. */
  readonly beforePartial: Vector;
  readonly partial: readonly SparseRound[];
  /** Multiplied once after them. */
  readonly afterPartial: Matrix;
};

const mod = (value: bigint): bigint => ((value % FIELD_ORDER) + FIELD_ORDER) % FIELD_ORDER;
const at = (vector: Vector | undefined, i: number): bigint => vector?.[i] ?? 0n;

function times(left: Matrix, right: Matrix): Matrix {
  return left.map((row) =>
    row.map((_, j) => mod(row.reduce((sum, value, k) => sum + value * at(right[k], j), 0n))),
  );
}

const apply = (matrix: Matrix, vector: Vector): Vector =>
  matrix.map((row) => mod(row.reduce((sum, value, k) => sum + value * at(vector, k), 0n)));

/** 1/value by Fermat's little theorem. */
export function invert(value: bigint): bigint {
  let [result, base] = [1n, mod(value)];
  for (let exponent = FIELD_ORDER - 2n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % FIELD_ORDER;
    base = (base * base) % FIELD_ORDER;
  }
  return result;
}

/** The inverse of a matrix whose leading minors are not zero, by Gauss-Jordan elimination. */
function inverse(matrix: Matrix): Matrix {
  const size = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1n : 0n))]);
  for (let pivot = 0; pivot < size; pivot++) {
    const scale = invert(at(rows[pivot], pivot));
    const scaled = (rows[pivot] ?? []).map((value) => mod(value * scale));
    rows[pivot] = scaled;
    for (let i = 0; i < size; i++) {
      if (i === pivot) continue;
      const factor = at(rows[i], pivot);
      rows[i] = (rows[i] ?? []).map((value, j) => mod(value - factor * at(scaled, j)));
    }
  }
  return rows.map((row) => row.slice(size));
}

/** The matrix without its first row and column. */
const minor = (matrix: Matrix): Matrix => matrix.slice(1).map((row) => row.slice(1));

/** 1 beside a smaller matrix. */
function beside(small: Matrix): Matrix {
  const first = [1n, ...small.map(() => 0n)];
  return [first, ...small.map((row) => [0n, ...row])];
}

function sparsePartial(mds: Matrix, constants: Matrix) {
  // Constants, from the last round to the first: all but element 0 go through the matrix before.
  const back = inverse(mds);
  const scalars: bigint[] = [0n];
  let carried: Vector = constants.at(-1) ?? [];
  for (const before of constants.slice(0, -1).reverse()) {
    const pulled = apply(back, carried);
    scalars.unshift(at(pulled, 0));
    carried = before.map((value, i) => (i === 0 ? value : mod(value + at(pulled, i))));
  }
  // Matrices, from the first round to the last: the dense part goes on to the next.
  let current = mds;
  let dense: Matrix = [];
  const partial = scalars.map((constant): SparseRound => {
    const rest = minor(current);
    const firstColumn = current.slice(1).map((row) => at(row, 0));
    const column = apply(inverse(rest), firstColumn);
    dense = beside(rest);
    const row = current[0] ?? [];
    current = times(mds, dense);
    return { constant, row, column };
  });
  return { beforePartial: carried, partial, afterPartial: dense };
}

/** Circomlib's Poseidon for `width` elements, with so many full and partial rounds. */
export function poseidonRounds(
  width: number,
  roundsFull: number,
  roundsPartial: number,
): PoseidonRounds {
  const { roundConstants, mds } = grainGenConstants(
    {
      Fp: bn254.fields.Fr,
      t: width,
      roundsFull,
      roundsPartial,
      sboxPower: 5,
      isSboxInverse: false,
    },
    0,
  );
  const half = roundsFull / 2;
  const full = [...roundConstants.slice(0, half), ...roundConstants.slice(-half)];
  const partial = roundConstants.slice(half, half + roundsPartial);
  return { mds, full, ...sparsePartial(mds, partial) };
}
