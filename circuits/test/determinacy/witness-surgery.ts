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

  constructor(system: ConstraintSystem, witness: readonly bigint[]) {
    this.#system = system;
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
      if (this.#isInput(signal)) continue;
      for (const step of STEPS) {
        const found = this.#move(signal, step);
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }

  #isInput(signal: number): boolean {
    const { outputCount, inputCount } = this.#system;
    return signal === 0 || (signal > outputCount && signal <= outputCount + inputCount);
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

  #repair(moved: number, broken: Constraint): Alternative | undefined {
    const { A, B, C } = broken;
    for (const other of new Set([...A.keys(), ...B.keys(), ...C.keys()])) {
      if (other === moved || this.#isInput(other)) continue;
      const before = this.#witness[other] ?? 0n;
      const slope = this.#slope(broken, other, before);
      if (slope === undefined || slope === 0n) continue;
      this.#witness[other] = reduce(before - residue(broken, this.#witness) * inverse(slope));
      const isWhole = this.#broken([moved, other]) === undefined;
      const found = { signals: [moved, other], witness: [...this.#witness] };
      this.#witness[other] = before;
      if (isWhole) return found;
    }
    return undefined;
  }

  /** How a constraint's residue moves with a signal; undefined if not in a line. */
  #slope(constraint: Constraint, signal: number, before: bigint): bigint | undefined {
    if (constraint.A.has(signal) && constraint.B.has(signal)) return undefined;
    const at = residue(constraint, this.#witness);
    this.#witness[signal] = reduce(before + 1n);
    const next = residue(constraint, this.#witness);
    this.#witness[signal] = before;
    return reduce(next - at);
  }
}

/** Another witness for the same inputs, that differs in one or two signals; undefined if none was found. */
export function alternativeWitness(
  system: ConstraintSystem,
  witness: readonly bigint[],
): Alternative | undefined {
  return new Surgery(system, witness).run();
}
