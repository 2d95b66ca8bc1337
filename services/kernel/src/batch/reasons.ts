/** Why a batch was closed, and why a closure was left out of one. */
import type { Hash } from '../units/id.ts';

/**
 * - `exposure_over_cap`: more stands unsettled than the principal allows.
 * - `timelock_near`: the earliest timelock is inside the safety margin; whatever it costs.
 * - `fee_low`: the fee is below the wanted percentile of its recent history.
 * - `age_over_max`: the oldest closure has waited as long as it may.
 * - `asked`: an operator asked for it.
 */
export const BATCH_REASONS = [
  'exposure_over_cap',
  'timelock_near',
  'fee_low',
  'age_over_max',
  'asked',
] as const;

export type BatchReason = (typeof BATCH_REASONS)[number];

/**
 * - `disputed`: the ends of the edge signed states that exclude each other.
 * - `invalid_closure`: the closure contradicts the book.
 * - `amount_not_payable`: the rail cannot pay the amount exactly.
 */
export const QUARANTINE_REASONS = ['disputed', 'invalid_closure', 'amount_not_payable'] as const;

export type QuarantineReason = (typeof QUARANTINE_REASONS)[number];

export type Quarantined = { readonly edge: Hash; readonly reason: QuarantineReason };
