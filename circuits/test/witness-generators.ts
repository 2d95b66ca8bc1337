// Two witness generators of a circuit: the shipped one, which stops at the first broken constraint, and
// the same one with its assertions cut out, which computes a whole witness for any input.
import { readFileSync } from 'node:fs';
import type { CircuitInput } from '@atomicity/prover/prove/groth16-prover';
import { type WitnessProgram, witnessProgram } from './witness-program.ts';

export type WitnessGenerator = (input: CircuitInput) => Promise<readonly bigint[]>;

/** Rejects where the program throws. */
function generator(program: WitnessProgram): WitnessGenerator {
  return async (input) => program.run(input.signals);
}

/** The generator that a prover runs. */
export function witnessGenerator(wasmPath: string): WitnessGenerator {
  return generator(witnessProgram(readFileSync(wasmPath), { armed: true }));
}

/** The same generator without its assertions. @throws Error if it has none. */
export function uncheckedGenerator(wasmPath: string): WitnessGenerator {
  return generator(witnessProgram(readFileSync(wasmPath), { bare: false }));
}
