/**
 * Why a slot is excluded from a cycle, with the number that the contract stores. Where several apply
 * the smallest number is given. Never renumbered: the chain keeps them.
 */
export const FAILURE_CODES = {
  /** A dispute over the slot's budget or over an edge it paid on is open. */
  pending_dispute: 1,
  /** The two ends do not agree yet: a claimed or unconfirmed hop, or a close that one has not signed. */
  stale_state: 2,
  /** The credential that the agent spent under ended before its last payment. */
  credential_expired: 3,
  /** No attestation of the slot's period verifies. */
  proof_missing: 4,
  /** The budget went on into a later period, which the slot's nullifier does not cover. */
  period_overflow: 5,
  /** The cumulative total is above the slot's sub-cap. */
  over_sub_cap: 6,
} as const;

export type FailureCode = keyof typeof FAILURE_CODES;

const NAMES: ReadonlyMap<number, FailureCode> = new Map(
  (Object.keys(FAILURE_CODES) as FailureCode[]).map((code) => [FAILURE_CODES[code], code]),
);

/** The code of a number from the chain; `undefined` for one that this version does not know. */
export function failureCodeOf(number: number): FailureCode | undefined {
  return NAMES.get(number);
}
