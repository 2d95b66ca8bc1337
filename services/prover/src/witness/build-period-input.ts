import type { CircuitInput } from '../prove/groth16-prover.ts';
import { buildBatchInput } from './build-batch-input.ts';
import { buildSpendInput } from './build-spend-input.ts';
import type { PeriodWitness } from './period-witness.ts';

/**
 * The input of the circuit that the parts of a period name, checked.
 * @throws WitnessError, RangeError as the builder of that circuit.
 */
export function buildPeriodInput(witness: PeriodWitness): CircuitInput {
  return witness.parts.circuit === 'batch' ? buildBatchInput(witness) : buildSpendInput(witness);
}
