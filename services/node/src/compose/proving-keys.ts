import { ArtifactError } from '@atomicity/prover/artifacts/artifact-error';
import { hasCeremonyLock, readCeremonyLock } from '@atomicity/prover/artifacts/ceremony-lock';
import { artifactsDirectory } from '@atomicity/prover/artifacts/circuit-paths';
import { CIRCUITS, type CircuitName } from '@atomicity/prover/artifacts/circuits';
import type { KeyChoice } from '@atomicity/prover/artifacts/ensure-artifacts';

/** The keys that a node proves with, for its log. */
export type ProvingKeys = {
  readonly keys: Exclude<KeyChoice, 'installed'>;
  /** True if proofs under any of them prove nothing to outsiders: development keys, or a rehearsal's. */
  readonly unsafe: boolean;
  /** Circuits with keys of a ceremony; there are development keys for every circuit. */
  readonly circuits: readonly CircuitName[];
};

/**
 * Which keys a choice comes to on this machine, so that a node that was told to prove with those of a
 * ceremony does not start without any. A circuit that the ceremonies left out is refused when it is proved.
 * @throws ArtifactError `ceremony_keys_missing`, `lock_unreadable`.
 */
export function provingKeys(choice: KeyChoice, directory = artifactsDirectory()): ProvingKeys {
  if (choice === 'development' || (choice === 'installed' && !hasCeremonyLock(directory))) {
    return { keys: 'development', unsafe: true, circuits: [] };
  }
  const { circuits } = readCeremonyLock(directory);
  const installed = CIRCUITS.flatMap(({ name }) => (circuits[name] === undefined ? [] : [name]));
  if (installed.length === 0) {
    const text = 'no keys of a ceremony are installed; development keys are not taken instead';
    throw new ArtifactError('ceremony_keys_missing', text, { directory });
  }
  const unsafe = installed.some((name) => circuits[name]?.provenance.unsafe !== false);
  return { keys: 'ceremony', unsafe, circuits: installed };
}
