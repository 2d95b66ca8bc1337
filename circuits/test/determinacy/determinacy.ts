// Which signals of a circuit follow from its inputs: a propagation over the constraints. It proves
// determinacy, never the lack of it: a signal that it leaves out may still be determined by a way that
// it does not know, so every signal it leaves out needs a reason.
//
// Rules, repeated until nothing changes:
//  1. a constraint that is linear in what is unknown and has one unknown signal determines it;
//  2. (x − a)(x − b) = 0 with a, b known puts x in {a, b}; a = b determines it;
//  3. Σ c_i x_i = known, each x_i in {0, g} for one g: distinct subset sums determine every x_i
//     (for g = 0 all are 0, for other g the x_i / g are bits);
//  4. small sets of such x_i that several relations decide together (one-hot selectors);
//  5. cases: what follows both when a known factor f of a constraint is 0 and when it is not (IsZero).
import { inverse, reduce } from '@atomicity/prover/ceremony/field-arithmetic';
import { booleanSignals } from './boolean-signals.ts';
import type { Constraint, ConstraintSystem, LinearForm } from './constraint-system.ts';
import { SYSTEM_ONE } from './constraint-system.ts';
import { decideAll, hasDistinctSubsetSums, type Relation } from './two-valued.ts';

/** A case split looks at most this many signals far. */
const CASE_SIGNALS_MAX = 64;

export type Determinacy = {
  /** Signals that the propagation did not reach, ascending. */
  readonly undetermined: readonly number[];
};

function keyOf(form: LinearForm): string {
  return [...form]
    .sort(([a], [b]) => a - b)
    .map(([signal, value]) => `${signal}:${value}`)
    .join();
}

/** The key of a form up to a factor: f = 0 exactly when c · f = 0. */
function zeroKey(form: LinearForm): string {
  const [first] = [...form].sort(([a], [b]) => a - b);
  const scale = first === undefined ? 1n : inverse(first[1]);
  return keyOf(new Map([...form].map(([signal, value]) => [signal, reduce(value * scale)])));
}

const CONSTANT_ONE = keyOf(new Map([[SYSTEM_ONE, 1n]]));

class Propagation {
  readonly #system: ConstraintSystem;
  readonly #constraintsOf: readonly (readonly number[])[];
  readonly #known: Uint8Array;
  /** Signals that are 0 or a known form, written as a key. */
  readonly #roots = new Map<number, string>();
  readonly #booleans: ReadonlySet<number>;
  /** Relations over two-valued signals that no rule decided alone, by constraint. */
  readonly #relations = new Map<number, LinearForm>();
  /** Constraints with a known factor that may be zero, by the key of the factor. */
  readonly #stuck = new Map<string, Set<number>>();
  #queue: number[] = [];
  #queued: Uint8Array;
  /** Inside a case: the factor, whether it is zero, and what was learnt. */
  #assumption: { readonly factor: string; readonly isZero: boolean } | undefined;
  #learnt: number[] = [];

  constructor(system: ConstraintSystem, booleanInputs: readonly number[]) {
    this.#system = system;
    const lists: number[][] = Array.from({ length: system.signalCount }, () => []);
    system.constraints.forEach(({ A, B, C }, index) => {
      for (const signal of new Set([...A.keys(), ...B.keys(), ...C.keys()])) {
        lists[signal]?.push(index);
      }
    });
    this.#constraintsOf = lists;
    this.#known = new Uint8Array(system.signalCount);
    this.#booleans = booleanSignals(system, booleanInputs);
    this.#queued = new Uint8Array(system.constraints.length);
  }

  run(): Determinacy {
    const { signalCount, outputCount, inputCount, constraints } = this.#system;
    this.#known[SYSTEM_ONE] = 1;
    for (let i = 0; i < inputCount; i++) this.#known[1 + outputCount + i] = 1;
    constraints.forEach((_, index) => {
      this.#enqueue(index);
    });
    do {
      this.#drain();
    } while (this.#decideClusters() || this.#splitCases());
    const undetermined: number[] = [];
    for (let s = 0; s < signalCount; s++) if (this.#known[s] === 0) undetermined.push(s);
    return { undetermined };
  }

  #enqueue(index: number): void {
    if (this.#queued[index] === 1) return;
    this.#queued[index] = 1;
    this.#queue.push(index);
  }

  #drain(limit = Number.POSITIVE_INFINITY): void {
    for (let index = this.#queue.pop(); index !== undefined; index = this.#queue.pop()) {
      this.#queued[index] = 0;
      const constraint = this.#system.constraints[index];
      if (constraint !== undefined && this.#learnt.length < limit) this.#visit(index, constraint);
    }
  }

  #learn(signal: number): void {
    if (this.#known[signal] === 1) return;
    this.#known[signal] = 1;
    if (this.#assumption !== undefined) this.#learnt.push(signal);
    for (const index of this.#constraintsOf[signal] ?? []) this.#enqueue(index);
  }

  #unknown(form: LinearForm): number[] {
    return [...form.keys()].filter((signal) => this.#known[signal] === 0);
  }

  #visit(index: number, { A, B, C }: Constraint): void {
    const unknownA = this.#unknown(A);
    const unknownB = this.#unknown(B);
    if (unknownA.length > 0 && unknownB.length > 0) {
      this.#findRoots({ A, B, C }, unknownA, unknownB);
      return;
    }
    const [factor, other] = unknownA.length > 0 ? [B, A] : [A, B];
    if (this.#unknown(other).length === 0) {
      this.#linear(index, C);
      return;
    }
    const constant = this.#constantOf(factor);
    if (constant === undefined) {
      this.#multiple(index, factor, other, C);
      return;
    }
    const form = new Map<number, bigint>();
    for (const [signal, value] of other) form.set(signal, reduce(constant * value));
    for (const [signal, value] of C) form.set(signal, reduce((form.get(signal) ?? 0n) - value));
    for (const [signal, value] of form) if (value === 0n) form.delete(signal);
    this.#linear(index, form);
  }

  /** The value of a form without signals. */
  #constantOf(form: LinearForm): bigint | undefined {
    if (form.size === 0) return 0n;
    return form.size === 1 ? form.get(SYSTEM_ONE) : undefined;
  }

  /** factor · other = C with a known factor that depends on the inputs. */
  #multiple(index: number, factor: LinearForm, other: LinearForm, C: LinearForm): void {
    const key = zeroKey(factor);
    if (this.#assumption?.factor === key) {
      if (this.#assumption.isZero) {
        this.#linear(index, C);
        return;
      }
      const unknown = new Set([...this.#unknown(other), ...this.#unknown(C)]);
      const [only] = unknown;
      if (unknown.size === 1 && only !== undefined && !C.has(only)) this.#learn(only);
      return;
    }
    if (this.#assumption !== undefined) return;
    const stuck = this.#stuck.get(key) ?? new Set();
    this.#stuck.set(key, stuck.add(index));
  }

  /** Rules 1 and 3: a form that is zero. */
  #linear(index: number, form: LinearForm): void {
    const unknown = this.#unknown(form);
    const [first] = unknown;
    if (first === undefined) return;
    if (unknown.length === 1) {
      this.#learn(first);
      return;
    }
    const root = this.#roots.get(first);
    if (root === undefined || unknown.some((s) => this.#roots.get(s) !== root)) return;
    if (hasDistinctSubsetSums(unknown.map((signal) => form.get(signal) ?? 0n))) {
      for (const signal of unknown) this.#learn(signal);
    } else if (this.#assumption === undefined) {
      this.#relations.set(index, form);
    }
  }

  /** Rule 2. */
  #findRoots({ A, B, C }: Constraint, unknownA: number[], unknownB: number[]): void {
    const [x] = unknownA;
    if (x === undefined || unknownA.length !== 1 || unknownB.length !== 1) return;
    if (unknownB[0] !== x || C.size > 0 || this.#assumption !== undefined) return;
    const [a, b] = [A, B].map((form) => this.#rootOf(form, x));
    if (a === undefined || b === undefined) return;
    const [keyA, keyB] = [keyOf(a), keyOf(b)];
    if (keyA === keyB) {
      this.#learn(x);
      return;
    }
    const root = a.size === 0 ? keyB : b.size === 0 ? keyA : undefined;
    if (root === undefined || this.#roots.has(x)) return;
    this.#roots.set(x, root);
    for (const index of this.#constraintsOf[x] ?? []) this.#enqueue(index);
  }

  /** The form that x equals where the given form is zero. */
  #rootOf(form: LinearForm, x: number): LinearForm {
    const scale = reduce(-inverse(form.get(x) ?? 1n));
    return new Map(
      [...form].filter(([s]) => s !== x).map(([s, value]) => [s, reduce(value * scale)]),
    );
  }

  /** Rule 4. True if it determined anything. */
  #decideClusters(): boolean {
    let isProgress = false;
    const open = [...this.#relations].filter(([, form]) => this.#unknown(form).length > 1);
    for (const [, form] of open) {
      const cluster = this.#unknown(form);
      const members = new Set(cluster);
      const relations = open
        .filter(([, other]) => {
          const unknown = this.#unknown(other);
          return unknown.length > 0 && unknown.every((signal) => members.has(signal));
        })
        .map(([, other]) => this.#relation(other));
      if (cluster.length > 1 && decideAll(cluster, relations)) {
        for (const signal of cluster) this.#learn(signal);
        isProgress = true;
      }
    }
    return isProgress;
  }

  #relation(form: LinearForm): Relation {
    const terms = new Map<number, bigint>();
    const rest: [number, bigint][] = [];
    for (const [signal, value] of form) {
      if (this.#known[signal] === 0) terms.set(signal, value);
      else rest.push([signal, value]);
    }
    const [first] = rest;
    if (rest.length === 0) return { terms, sums: [0n] };
    const isOneBit = rest.length === 1 && first !== undefined && this.#booleans.has(first[0]);
    const units = [...terms.keys()].every((s) => this.#roots.get(s) === CONSTANT_ONE);
    return { terms, sums: isOneBit && units ? [0n, reduce(-first[1])] : undefined };
  }

  /** Rule 5. True if it determined anything. */
  #splitCases(): boolean {
    let isProgress = false;
    for (const [factor, indexes] of this.#stuck) {
      const open = [...indexes].filter((index) => {
        const constraint = this.#system.constraints[index];
        return (
          constraint !== undefined &&
          [constraint.A, constraint.B, constraint.C].some((form) => this.#unknown(form).length > 0)
        );
      });
      if (open.length === 0) {
        this.#stuck.delete(factor);
        continue;
      }
      const whenZero = new Set(this.#learntIf(factor, true, open));
      const both = this.#learntIf(factor, false, open).filter((signal) => whenZero.has(signal));
      for (const signal of both) this.#learn(signal);
      // Before the next case, so that nothing of it follows from an assumption.
      this.#drain();
      isProgress ||= both.length > 0;
    }
    return isProgress;
  }

  /** The signals that follow if a factor is zero, or is not; the state is as before afterwards. */
  #learntIf(factor: string, isZero: boolean, indexes: readonly number[]): readonly number[] {
    this.#assumption = { factor, isZero };
    this.#learnt = [];
    for (const index of indexes) this.#enqueue(index);
    this.#drain(CASE_SIGNALS_MAX);
    const learnt = this.#learnt;
    for (const signal of learnt) this.#known[signal] = 0;
    this.#assumption = undefined;
    this.#learnt = [];
    return learnt;
  }
}

/**
 * Propagates from the inputs (and the constant 1) to every signal that the constraints determine.
 * `booleanInputs` are inputs that the caller of the template keeps at 0 or 1.
 */
export function determinacy(
  system: ConstraintSystem,
  booleanInputs: readonly number[] = [],
): Determinacy {
  return new Propagation(system, booleanInputs).run();
}
