// A third way, for the smallest templates: every assignment, in a field small enough to list. The
// constraints are read with their coefficients as small signed numbers, so it is the same circuit over
// another prime; it says nothing about what depends on the size of the real one.
import { FIELD_ORDER } from '@atomicity/kernel/codec/field';
import type { Constraint, ConstraintSystem, LinearForm } from './constraint-system.ts';

type SmallForm = readonly (readonly [signal: number, coefficient: number])[];
type SmallConstraint = { readonly A: SmallForm; readonly B: SmallForm; readonly C: SmallForm };

function small(form: LinearForm, prime: number): SmallForm {
  return [...form].map(([signal, value]) => {
    const signed = value > FIELD_ORDER / 2n ? value - FIELD_ORDER : value;
    const rest = Number(signed % BigInt(prime));
    return [signal, rest < 0 ? rest + prime : rest];
  });
}

const value = (form: SmallForm, at: readonly number[], prime: number): number =>
  form.reduce((sum, [signal, coefficient]) => (sum + coefficient * (at[signal] ?? 0)) % prime, 0);

/**
 * How many different values of the non-input signals each choice of inputs allows, keyed by the inputs;
 * choices that allow none are left out. Constraints are tried as soon as all of their signals are set.
 */
export function solutionsOver(
  system: ConstraintSystem,
  prime: number,
): ReadonlyMap<string, readonly (readonly number[])[]> {
  const { signalCount, outputCount, inputCount } = system;
  const inputs = Array.from({ length: inputCount }, (_, i) => 1 + outputCount + i);
  const rest = Array.from({ length: signalCount - 1 }, (_, i) => i + 1).filter(
    (signal) => !inputs.includes(signal),
  );
  const order = [...inputs, ...rest];
  const rank = new Map(order.map((signal, i) => [signal, i]));
  const due: SmallConstraint[][] = order.map(() => []);
  for (const { A, B, C } of system.constraints as readonly Constraint[]) {
    const signals = [...A.keys(), ...B.keys(), ...C.keys()];
    const last = Math.max(0, ...signals.map((signal) => rank.get(signal) ?? 0));
    due[last]?.push({ A: small(A, prime), B: small(B, prime), C: small(C, prime) });
  }
  const found = new Map<string, (readonly number[])[]>();
  const at: number[] = new Array<number>(signalCount).fill(0);
  at[0] = 1;
  const visit = (position: number): void => {
    const signal = order[position];
    if (signal === undefined) {
      const key = inputs.map((input) => at[input]).join();
      found.set(key, [...(found.get(key) ?? []), [...at]]);
      return;
    }
    for (let v = 0; v < prime; v++) {
      at[signal] = v;
      const holds = due[position]?.every(
        ({ A, B, C }) =>
          (value(A, at, prime) * value(B, at, prime)) % prime === value(C, at, prime),
      );
      if (holds) visit(position + 1);
    }
  };
  visit(0);
  return found;
}
