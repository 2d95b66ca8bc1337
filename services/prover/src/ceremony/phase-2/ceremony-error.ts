/** The steps of a ceremony that a verifier checks, in this order. */
export const CEREMONY_STEPS = [
  'circuit',
  'powers-of-tau',
  'initial-key',
  'contributions',
  'expected-contributions',
  'beacon',
  'key-points',
  'verification-key',
  'transcript',
] as const;

export type CeremonyStep = (typeof CEREMONY_STEPS)[number];

export type CeremonyErrorCode =
  /** The compiled circuit is not the one that artifacts.lock pins. */
  | 'circuit_differs'
  | 'powers_unreadable'
  | 'powers_hash_differs'
  /** `snarkjs powersoftau prepare phase2` has not run on the file, or left it incomplete. */
  | 'powers_unprepared'
  | 'powers_too_small'
  /** Nobody contributed to phase 1: its secret is known to whoever made it. */
  | 'powers_without_contributions'
  | 'key_unreadable'
  /** The key starts from another circuit or another phase 1. */
  | 'initial_key_differs'
  | 'contribution_invalid'
  | 'contribution_missing'
  | 'no_contributions'
  | 'name_unusable'
  | 'beacon_unusable'
  | 'beacon_missing'
  | 'beacon_not_last'
  | 'beacon_differs'
  /** The points of the key do not follow from the first key and the contributions. */
  | 'key_points_differ'
  | 'verification_key_refused'
  | 'transcript_malformed'
  | 'transcript_differs'
  | 'output_exists'
  | 'process_failed';

/** A step of a ceremony was refused or failed. No file got its name. Messages carry no secret. */
export class CeremonyError extends Error {
  readonly step: CeremonyStep;
  readonly code: CeremonyErrorCode;
  readonly shortMessage: string;
  readonly facts: Readonly<Record<string, string | number>>;
  readonly outcome = 'not_applied';

  constructor(
    step: CeremonyStep,
    code: CeremonyErrorCode,
    shortMessage: string,
    facts: Readonly<Record<string, string | number>> = {},
  ) {
    super(`${step}: ${code}: ${shortMessage}`);
    this.name = 'CeremonyError';
    this.step = step;
    this.code = code;
    this.shortMessage = shortMessage;
    this.facts = facts;
  }
}
