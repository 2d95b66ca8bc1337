import { FIELD_ORDER, fieldToHex } from '@atomicity/kernel/codec/field';
import type { FieldHex } from '@atomicity/kernel/units/id';
import { type CircuitName, circuitRow } from '../artifacts/circuits.ts';
import { ProverError } from './groth16-prover.ts';

/** Public signals as the wire carries them. @throws ProverError unless the circuit has as many, all below r. */
export function wireSignals(
  circuit: CircuitName,
  decimals: readonly string[],
): readonly FieldHex[] {
  const { publicSignals } = circuitRow(circuit);
  if (decimals.length !== publicSignals) {
    throw new ProverError(
      'prover_failed',
      `${decimals.length} public signals, not ${publicSignals}`,
    );
  }
  return decimals.map((text) => {
    const value = BigInt(text);
    if (value < FIELD_ORDER) return fieldToHex(value);
    throw new ProverError('prover_failed', 'a public signal is no field element');
  });
}
