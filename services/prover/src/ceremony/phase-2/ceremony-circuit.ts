import { type CircuitPin, circuitPin } from '../../artifacts/artifact-lock.ts';
import { pinFile } from '../../artifacts/build-artifacts.ts';
import type { CircuitName } from '../../artifacts/circuits.ts';
import { ensureArtifacts } from '../../artifacts/ensure-artifacts.ts';
import { CeremonyError } from './ceremony-error.ts';
import type { OnCeremonyProgress } from './run-phase-2.ts';

export type CeremonyCircuit = {
  readonly circuit: CircuitName;
  /** The compiled circuit; without it, this machine compiles its own. */
  readonly r1cs?: string;
};

export type PinnedCircuit = { readonly r1cs: string; readonly pin: CircuitPin };

/**
 * The compiled circuit of a ceremony, compared byte for byte (SHA-256) with artifacts.lock.
 * @throws CeremonyError `circuit_differs`; ArtifactError as `ensureArtifacts`.
 */
export async function pinnedCircuit(
  { circuit, r1cs }: CeremonyCircuit,
  onProgress: OnCeremonyProgress,
): Promise<PinnedCircuit> {
  const pin = circuitPin(circuit);
  if (r1cs === undefined) {
    const built = await ensureArtifacts(circuit, {
      onProgress: ({ phase, fraction }) => onProgress(`building ${circuit}: ${phase}`, fraction),
    });
    return { r1cs: built.r1cs, pin };
  }
  const expected = pin.files['circuit.r1cs'];
  const found = await pinFile(r1cs).catch((error: unknown) => {
    throw new CeremonyError('circuit', 'circuit_differs', `${r1cs}: ${String(error)}`);
  });
  if (found.sha256 !== expected.sha256) {
    const text = `${r1cs} is not the ${circuit} of artifacts.lock`;
    const facts = { expected: expected.sha256, actual: found.sha256 };
    throw new CeremonyError('circuit', 'circuit_differs', text, facts);
  }
  return { r1cs, pin };
}
