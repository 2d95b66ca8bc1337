// A second way to find what a circuit leaves open, which shares nothing with the propagation: take a
// witness, change one signal, repair one constraint with a second, and see whether all the others still hold.
// It finds less than the propagation leaves out, but what it finds is a counterexample.
import { FIELD_ORDER } from '@atomicity/kernel/codec/field';
import { inverse, reduce } from '@atomicity/prover/ceremony/field-arithmetic';
import { type Constraint, type ConstraintSystem, evaluate } from './constraint-system.ts';

/** How far a signal is moved. */
const STEPS: readonly bigint[] = [1n, FIELD_ORDER - 1n, 2n, 5n, 2n ** 64n];

export type Alternative = {
  /** The signals that were changed. */
  readonly signals: readonly number[];
  readonly witness: readonly bigint[];
};

const residue = ({ A, B, C }: Constraint, witness: readonly bigint[]): bigint =>
  reduce(evaluate(A, witness) * evaluate(B, witness) - evaluate(C, witness));

class Surgery {
  readonly #system: ConstraintSystem;
  readonly #constraintsOf: readonly (readonly Constraint[])[];
  readonly #witness: bigint[];
  readonly #fixed: ReadonlySet<number>;
  readonly #inverses = new Map<bigint, bigint>();

  constructor(system: ConstraintSystem, witness: readonly bigint[], fixed: ReadonlySet<number>) {
    this.#system = system;
    this.#fixed = fixed;
    this.#witness = [...witness];
    const lists: Constraint[][] = Array.from({ length: system.signalCount }, () => []);
    for (const constraint of system.constraints) {
      const { A, B, C } = constraint;
      for (const signal of new Set([...A.keys(), ...B.keys(), ...C.keys()])) {
        lists[signal]?.push(constraint);
      }
    }
    this.#constraintsOf = lists;
  }

  run(): Alternative | undefined {
    const { signalCount } = this.#system;
    for (let signal = 1; signal < signalCount; signal++) {
      if (this.#isFixed(signal)) continue;
      for (const step of STEPS) {
        const found = this.#move(signal, step);
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }

  #isFixed(signal: number): boolean {
    const { outputCount, inputCount } = this.#system;
    const isInput = signal > outputCount && signal <= outputCount + inputCount;
    return signal === 0 || isInput || this.#fixed.has(signal);
  }

  #broken(signals: readonly number[]): Constraint | undefined {
    for (const signal of signals) {
      const found = this.#constraintsOf[signal]?.find((c) => residue(c, this.#witness) !== 0n);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #move(signal: number, step: bigint): Alternative | undefined {
    const before = this.#witness[signal] ?? 0n;
    this.#witness[signal] = reduce(before + step);
    const broken = this.#broken([signal]);
    const found =
      broken === undefined
        ? { signals: [signal], witness: [...this.#witness] }
        : this.#repair(signal, broken);
    this.#witness[signal] = before;
    return found;
  }

  /** Slopes are few, inverses are slow. */
  #inverse(slope: bigint): bigint {
    const known = this.#inverses.get(slope) ?? inverse(slope);
    this.#inverses.set(slope, known);
    return known;
  }

  #repair(moved: number, broken: Constraint): Alternative | undefined {
    const { A, B, C } = broken;
    const [a, b] = [evaluate(A, this.#witness), evaluate(B, this.#witness)];
    const missing = residue(broken, this.#witness);
    for (const other of new Set([...A.keys(), ...B.keys(), ...C.keys()])) {
      if (other === moved || this.#isFixed(other) || (A.has(other) && B.has(other))) continue;
      const inA = A.get(other) ?? 0n;
      const inB = B.get(other) ?? 0n;
      const slope = reduce(inA * b + inB * a - (C.get(other) ?? 0n));
      if (slope === 0n) continue;
      const before = this.#witness[other] ?? 0n;
      this.#witness[other] = reduce(before - missing * this.#inverse(slope));
      const isWhole = this.#broken([other, moved]) === undefined;
      const found = { signals: [moved, other], witness: isWhole ? [...this.#witness] : [] };
      this.#witness[other] = before;
      if (isWhole) return found;
    }
    return undefined;
  }
}

/**
 * Another witness for the same inputs, that differs in one or two signals, none of them among `fixed`;
 * undefined if none was found.
 */
export function alternativeWitness(
  system: ConstraintSystem,
  witness: readonly bigint[],
  fixed: readonly number[] = [],
): Alternative | undefined {
  return new Surgery(system, witness, new Set(fixed)).run();
}
