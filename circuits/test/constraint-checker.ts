// Evaluates every rank-1 constraint of a compiled circuit on a witness: evidence that does not rest on
// the assertions of the witness generator.
import { FIELD_ORDER } from '@atomicity/kernel/codec/field';
import type { Matrix, R1cs } from '@atomicity/prover/ceremony/r1cs-file';

type Term = { readonly matrix: Matrix; readonly constraint: number; readonly value: bigint };

export type ConstraintChecker = {
  /** Indexes of the constraints that a witness breaks, at most `limit`. */
  readonly violations: (witness: readonly bigint[], limit?: number) => readonly number[];
  /** Signals whose value could change alone without breaking any constraint. */
  readonly freeSignals: (witness: readonly bigint[]) => readonly number[];
};

type Products = Record<Matrix, bigint[]>;

function reduce(value: bigint): bigint {
  const remainder = value % FIELD_ORDER;
  return remainder < 0n ? remainder + FIELD_ORDER : remainder;
}

/** Loads the constraints once; about 0.2 s for tier 16. */
export function constraintChecker(r1cs: R1cs): ConstraintChecker {
  const termsOf: Term[][] = Array.from({ length: r1cs.signalCount }, () => []);
  r1cs.forEachTerm((matrix, constraint, signal, value) => {
    termsOf[signal]?.push({ matrix, constraint, value });
  });

  function products(witness: readonly bigint[]): Products {
    if (witness.length !== r1cs.signalCount) throw new Error('witness of another circuit');
    const zeros = (): bigint[] => new Array<bigint>(r1cs.constraintCount).fill(0n);
    const sums: Products = { A: zeros(), B: zeros(), C: zeros() };
    termsOf.forEach((terms, signal) => {
      const assigned = witness[signal] ?? 0n;
      if (assigned === 0n) return;
      for (const { matrix, constraint, value } of terms) {
        sums[matrix][constraint] = (sums[matrix][constraint] ?? 0n) + value * assigned;
      }
    });
    return sums;
  }

  const holds = (a: bigint, b: bigint, c: bigint): boolean =>
    reduce(reduce(a) * reduce(b) - c) === 0n;

  return {
    violations: (witness, limit = 1) => {
      const { A, B, C } = products(witness);
      const broken: number[] = [];
      for (let i = 0; i < r1cs.constraintCount && broken.length < limit; i++) {
        if (!holds(A[i] ?? 0n, B[i] ?? 0n, C[i] ?? 0n)) broken.push(i);
      }
      return broken;
    },
    freeSignals: (witness) => {
      const { A, B, C } = products(witness);
      const isFree = (terms: readonly Term[]): boolean => {
        // One signal grows by 1: only the constraints it occurs in can notice.
        const delta = new Map<number, Record<Matrix, bigint>>();
        for (const { matrix, constraint, value } of terms) {
          const entry = delta.get(constraint) ?? { A: 0n, B: 0n, C: 0n };
          entry[matrix] += value;
          delta.set(constraint, entry);
        }
        return [...delta].every(([i, d]) =>
          holds((A[i] ?? 0n) + d.A, (B[i] ?? 0n) + d.B, (C[i] ?? 0n) + d.C),
        );
      };
      // Signal 0 is the constant 1.
      return termsOf.flatMap((terms, signal) => (signal > 0 && isFree(terms) ? [signal] : []));
    },
  };
}
