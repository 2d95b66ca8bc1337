// A compiled circuit as a list of rank-1 constraints with names: what the determinacy checker, the
// mutation tool and the searches in this folder read.
import { readFileSync } from 'node:fs';
import { reduce } from '@atomicity/prover/ceremony/field-arithmetic';
import { readR1cs } from '@atomicity/prover/ceremony/r1cs-file';

/** Signal → coefficient in 1 … r−1. Signal 0 is the constant 1. */
export type LinearForm = ReadonlyMap<number, bigint>;

/** A · B = C. */
export type Constraint = {
  readonly A: LinearForm;
  readonly B: LinearForm;
  readonly C: LinearForm;
};

export type ConstraintSystem = {
  readonly constraints: readonly Constraint[];
  /** Signals of the witness, the constant 1 at index 0 included. */
  readonly signalCount: number;
  /** Signals 1 … outputCount are the outputs of the main component, inputCount inputs follow. */
  readonly outputCount: number;
  readonly inputCount: number;
};

export const SYSTEM_ONE = 0;

/** Outputs and inputs of the header of an r1cs file. Source: iden3 r1cs_bin_format.md, section 1. */
function interfaceOf(bytes: Uint8Array): { readonly outputs: number; readonly inputs: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let position = 12;
  while (view.getUint32(position, true) !== 1) {
    position += 12 + Number(view.getBigUint64(position + 4, true));
  }
  const counts = position + 12 + 4 + 32;
  return {
    outputs: view.getUint32(counts + 4, true),
    inputs: view.getUint32(counts + 8, true) + view.getUint32(counts + 12, true),
  };
}

/** Reads an r1cs file. @throws Error if the bytes are not one. */
export function constraintSystem(bytes: Uint8Array): ConstraintSystem {
  const r1cs = readR1cs(bytes);
  const { outputs, inputs } = interfaceOf(bytes);
  const constraints = Array.from({ length: r1cs.constraintCount }, () => ({
    A: new Map<number, bigint>(),
    B: new Map<number, bigint>(),
    C: new Map<number, bigint>(),
  }));
  r1cs.forEachTerm((matrix, index, signal, value) => {
    if (value !== 0n) constraints[index]?.[matrix].set(signal, value);
  });
  return {
    constraints,
    signalCount: r1cs.signalCount,
    outputCount: outputs,
    inputCount: inputs,
  };
}

/** The value of a form under an assignment, in 0 … r−1. */
export function evaluate(form: LinearForm, values: readonly bigint[]): bigint {
  let sum = 0n;
  for (const [signal, coefficient] of form) {
    const value = values[signal] ?? 0n;
    if (value !== 0n) sum += coefficient * value;
  }
  return reduce(sum);
}

/** True if every constraint holds under the assignment. */
export function isSatisfied(system: ConstraintSystem, values: readonly bigint[]): boolean {
  return system.constraints.every(
    ({ A, B, C }) => reduce(evaluate(A, values) * evaluate(B, values)) === evaluate(C, values),
  );
}

/**
 * The names in a .sym file by signal of the witness, without the leading `main.`; an eliminated signal
 * has none. A signal that several names share has the first.
 */
export function signalNames(symbols: string): ReadonlyMap<number, string> {
  const names = new Map<number, string>([[SYSTEM_ONE, '1']]);
  for (const line of symbols.split('\n')) {
    const [, witness, , name] = line.split(',');
    if (witness === undefined || name === undefined) continue;
    const signal = Number(witness);
    if (signal >= 0 && !names.has(signal)) names.set(signal, name.replace(/^main\./, ''));
  }
  return names;
}

export type NamedSystem = {
  readonly system: ConstraintSystem;
  readonly names: ReadonlyMap<number, string>;
};

/** Loads a compiled circuit and its names. */
export function readNamedSystem(r1csPath: string, symbolsPath: string): NamedSystem {
  return {
    system: constraintSystem(readFileSync(r1csPath)),
    names: signalNames(readFileSync(symbolsPath, 'utf8')),
  };
}
