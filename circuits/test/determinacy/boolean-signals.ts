// Signals that the constraints alone keep at 0 or 1, whether or not they are determined.
import { inverse, reduce } from '@atomicity/prover/ceremony/field-arithmetic';
import type { Constraint, ConstraintSystem, LinearForm } from './constraint-system.ts';
import { SYSTEM_ONE } from './constraint-system.ts';

/** `signal` is boolean if `source` is; no source: always. */
type Rule = { readonly signal: number; readonly source: number | undefined };

/** The form that a form without quadratic part states to be zero. */
function linearForm({ A, B, C }: Constraint): LinearForm | undefined {
  if (A.size === 0 || B.size === 0) return C;
  for (const [factor, other] of [
    [A, B],
    [B, A],
  ] as const) {
    const constant = factor.size === 1 ? factor.get(SYSTEM_ONE) : undefined;
    if (constant === undefined) continue;
    const form = new Map<number, bigint>();
    for (const [signal, value] of other) form.set(signal, reduce(constant * value));
    for (const [signal, value] of C) form.set(signal, reduce((form.get(signal) ?? 0n) - value));
    return new Map([...form].filter(([, value]) => value !== 0n));
  }
  return undefined;
}

/** x = y, x = 1 − y, x = 0 or x = 1. */
function rulesOfLinear(form: LinearForm): readonly Rule[] {
  const signals = [...form.keys()].filter((signal) => signal !== SYSTEM_ONE);
  const constant = form.get(SYSTEM_ONE) ?? 0n;
  const [x, y] = signals;
  if (x === undefined || signals.length > 2) return [];
  const scale = reduce(-inverse(form.get(x) ?? 1n));
  const offset = reduce(constant * scale);
  if (y === undefined) return offset <= 1n ? [{ signal: x, source: undefined }] : [];
  const slope = reduce((form.get(y) ?? 0n) * scale);
  const isCopy = slope === 1n && offset === 0n;
  const isComplement = slope === reduce(-1n) && offset === 1n;
  return isCopy || isComplement
    ? [
        { signal: x, source: y },
        { signal: y, source: x },
      ]
    : [];
}

/** x · (x − g) = 0 with g = 1 or another signal. */
function rulesOfProduct({ A, B, C }: Constraint): readonly Rule[] {
  if (C.size > 0) return [];
  for (const [factor, other] of [
    [A, B],
    [B, A],
  ] as const) {
    const [x] = [...factor.keys()];
    if (x === undefined || x === SYSTEM_ONE || factor.size !== 1 || other.size !== 2) continue;
    const [g] = [...other.keys()].filter((signal) => signal !== x);
    const slope = other.get(x);
    if (g === undefined || slope === undefined) continue;
    if (reduce(slope + (other.get(g) ?? 0n)) !== 0n) continue;
    return [{ signal: x, source: g === SYSTEM_ONE ? undefined : g }];
  }
  return [];
}

/** Every signal that is 0 or 1 in every witness, given that the named inputs are. */
export function booleanSignals(
  system: ConstraintSystem,
  booleanInputs: readonly number[],
): ReadonlySet<number> {
  const dependents = new Map<number, number[]>();
  const booleans = new Set<number>();
  const queue = [...booleanInputs];
  for (const constraint of system.constraints) {
    const form = linearForm(constraint);
    for (const { signal, source } of form ? rulesOfLinear(form) : rulesOfProduct(constraint)) {
      if (source === undefined) queue.push(signal);
      else dependents.set(source, [...(dependents.get(source) ?? []), signal]);
    }
  }
  for (let signal = queue.pop(); signal !== undefined; signal = queue.pop()) {
    if (booleans.has(signal)) continue;
    booleans.add(signal);
    queue.push(...(dependents.get(signal) ?? []));
  }
  return booleans;
}
