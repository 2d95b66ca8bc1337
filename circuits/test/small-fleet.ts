// The fleet circuit with four slots: every rule of the larger ones in a fifteenth of their constraints.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { artifactsDirectory, CIRCUITS_DIRECTORY } from '@atomicity/prover/artifacts/circuit-paths';
import { compileCircuit } from '@atomicity/prover/ceremony/compile-circuit';
import { readR1cs } from '@atomicity/prover/ceremony/r1cs-file';
import type { CircuitInput } from '@atomicity/prover/prove/groth16-prover';
import { uncheckedFleetSignals } from '@atomicity/prover/witness/build-fleet-input';
import type { FleetWitness } from '@atomicity/prover/witness/fleet-witness';
import { constraintChecker } from './constraint-checker.ts';
import { uncheckedGenerator, witnessGenerator } from './witness-generators.ts';

export const SMALL_FLEET_SLOTS = 4;

/** Policy root, summaries root, amounts, included, context. */
export const FLEET_SIGNAL_NAMES = [
  'policyRoot',
  'summariesRoot',
  'amounts',
  'included',
  'context',
] as const;

/** The circuit's input for a cycle of at most four slots, unchecked. */
export function smallFleetInput(witness: FleetWitness): CircuitInput {
  // No artifact is made of it: the name only says which circuit it is an instance of.
  return { circuit: 'fleet-64', signals: uncheckedFleetSignals(witness, SMALL_FLEET_SLOTS) };
}

/** Compiles the circuit; about 5 s. */
export async function compileSmallFleet() {
  const directory = join(artifactsDirectory(), `small-fleet-${process.pid}`);
  mkdirSync(directory, { recursive: true });
  try {
    const main = join(directory, 'small-fleet.circom');
    const include = relative(directory, join(CIRCUITS_DIRECTORY, 'src', 'fleet.circom'));
    writeFileSync(
      main,
      `pragma circom 2.1.6;\ninclude "${include}";\ncomponent main {public [context]} = Fleet(${SMALL_FLEET_SLOTS});\n`,
    );
    const { r1cs, wasm } = await compileCircuit(main, directory);
    const circuit = readR1cs(readFileSync(r1cs));
    return {
      circuit,
      checker: constraintChecker(circuit),
      shipped: witnessGenerator(wasm),
      unchecked: uncheckedGenerator(wasm),
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
