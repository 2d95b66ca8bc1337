/**
 * `lock_unreadable`: artifacts.lock is absent or malformed. `circuit_not_locked`: it does not name the
 * circuit. `sources_changed`: the circuit sources or
 * the compiler differ from what the lock pins. `compile_failed`: the compiler refused.
 * `artifact_mismatch`: a file, built or cached, differs from the lock. `ceremony_keys_missing`: keys of a
 * ceremony are asked for, and none are installed for the circuit. `ceremony_keys_outdated`: those installed
 * are of another version of the circuit.
 */
export type ArtifactErrorCode =
  | 'lock_unreadable'
  | 'circuit_not_locked'
  | 'sources_changed'
  | 'compile_failed'
  | 'artifact_mismatch'
  | 'ceremony_keys_missing'
  | 'ceremony_keys_outdated';

/** Circuit artifacts cannot be used. Nothing was changed that a later call would believe. */
export class ArtifactError extends Error {
  readonly code: ArtifactErrorCode;
  readonly shortMessage: string;
  readonly facts: Readonly<Record<string, string | number>>;
  readonly outcome = 'not_applied';

  constructor(
    code: ArtifactErrorCode,
    shortMessage: string,
    facts: Readonly<Record<string, string | number>> = {},
  ) {
    super(`${code}: ${shortMessage} ${JSON.stringify(facts)}`);
    this.name = 'ArtifactError';
    this.code = code;
    this.shortMessage = shortMessage;
    this.facts = facts;
  }
}
