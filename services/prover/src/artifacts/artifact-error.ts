/**
 * `lock_unreadable`: artifacts.lock is absent or malformed. `circuit_not_locked`: it does not name the
 * circuit. `sources_changed`: the circuit sources or
 * the compiler differ from what the lock pins. `compile_failed`: the compiler refused.
 * `artifact_mismatch`: a file, built or cached, differs from the lock.
 */
export type ArtifactErrorCode =
  | 'lock_unreadable'
  | 'circuit_not_locked'
  | 'sources_changed'
  | 'compile_failed'
  | 'artifact_mismatch';

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
