import { FIELD_ORDER } from '@atomicity/kernel/codec/field';
import { grainGenConstants } from '@noble/curves/abstract/poseidon.js';
import { bn254 } from '@noble/curves/bn254.js';
import {
  apply,
  dot,
  type FieldMatrix,
  type FieldVector,
  invert,
  product,
  sum,
  transpose,
} from './field-matrix.ts';

/** State words of the permutations that the contracts need: inputs + 1. */
export type PoseidonWidth = 3 | 4 | 5;

const ROUNDS_FULL = 8;
/** Source: circomlib 2.0.5, circuits/poseidon.circom, N_ROUNDS_P. */
const ROUNDS_PARTIAL: Readonly<Record<PoseidonWidth, number>> = { 3: 57, 4: 56, 5: 60 };

/**
 * Poseidon's constants in a form that costs 2t − 1 products a partial round instead of t².
 *
 * In a partial round only word 0 passes the s-box, and the matrix M is the same in every round. In the
 * basis e0, M·e0, …, M^(t−1)·e0 that one change enters coordinate 0 alone, and M is a companion matrix: it
 * shifts the coordinates by one and adds the last, times `feedback`. `readout` gives word 0 back.
 * Round constants are linear, so they gather in one number for each round.
 */
export type PoseidonConstants = {
  readonly width: PoseidonWidth;
  /** Constants of full rounds 0 … 3, one for each word. */
  readonly before: readonly FieldVector[];
  readonly mds: FieldMatrix;
  /** C^−1 · M: the linear layer of full round 3, into the basis. */
  readonly enter: FieldMatrix;
  /** e0·M^k·e0 for k = 0 … t−1; the first is 1. */
  readonly readout: FieldVector;
  /** M^t = Σ feedback_k · M^k, on e0. */
  readonly feedback: FieldVector;
  /** One for each partial round, added to word 0. */
  readonly partial: FieldVector;
  /** C: out of the basis. */
  readonly leave: FieldMatrix;
  /** Constants of full rounds 4 … 7; the first includes what the partial rounds left. */
  readonly after: readonly FieldVector[];
};

/** Computes them from the Grain generator. Source: Grassi et al., "Poseidon" (USENIX Security 2021). */
export function poseidonConstants(width: PoseidonWidth): PoseidonConstants {
  const roundsPartial = ROUNDS_PARTIAL[width];
  const { roundConstants, mds } = grainGenConstants(
    {
      Fp: bn254.fields.Fr,
      t: width,
      roundsFull: ROUNDS_FULL,
      roundsPartial,
      sboxPower: 5,
      isSboxInverse: false,
    },
    0,
  );
  const half = ROUNDS_FULL / 2;
  // The columns of C, and one more for the feedback.
  const columns: FieldVector[] = [mds.map((_, i) => (i === 0 ? 1n : 0n))];
  for (let k = 0; k < width; k++) columns.push(apply(mds, columns[k] ?? []));
  const leave = transpose(columns.slice(0, width));
  const intoBasis = invert(leave);
  const feedback = apply(intoBasis, columns[width] ?? []);
  const readout = columns.slice(0, width).map((column) => column[0] ?? 0n);

  const partial: bigint[] = [];
  let offset: FieldVector = mds.map(() => 0n);
  for (let round = half; round < half + roundsPartial; round++) {
    offset = sum(offset, apply(intoBasis, roundConstants[round] ?? []));
    partial.push(dot(readout, offset));
    const last = offset[width - 1] ?? 0n;
    offset = feedback.map((f, k) => (f * last + (offset[k - 1] ?? 0n)) % FIELD_ORDER);
  }
  const [next = [], ...others] = roundConstants.slice(half + roundsPartial);
  return {
    width,
    before: roundConstants.slice(0, half),
    mds,
    enter: product(intoBasis, mds),
    readout,
    feedback,
    partial,
    leave,
    after: [sum(next, apply(leave, offset)), ...others],
  };
}
