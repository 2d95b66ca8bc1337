/** Why a batch was closed, and why a closure was left out of one. */
import type { Hash } from '../units/id.ts';

/**
 * Strongest first: of several that fire at once, the first is the reason of the batch.
 * - `timelock_near`: the earliest timelock is inside the safety margin; whatever it costs.
 * - `exposure_over_cap`: more stands unsettled than the principal allows.
 * - `age_over_max`: the oldest closure has waited as long as it may.
 * - `asked`: an operator asked for it.
 * - `blob_filled`: the payload fills its blobs so far that waiting makes no diff cheaper.
 * - `fee_low`: the fee is below the wanted percentile of its recent history.
 */
export const BATCH_REASONS = [
  'timelock_near',
  'exposure_over_cap',
  'age_over_max',
  'asked',
  'blob_filled',
  'fee_low',
] as const;

export type BatchReason = (typeof BATCH_REASONS)[number];

/**
 * In order of precedence: of several that apply, the first is given.
 * - `disputed`: the ends of the edge signed states that exclude each other.
 * - `invalid_closure`: the closure contradicts the book.
 * - `amount_not_payable`: the rail cannot pay the amount exactly.
 * - `sum_out_of_range`: with it the movement of its denomination would exceed 2^63−1, or the batch would
 *   move more denominations than it can say.
 */
export const QUARANTINE_REASONS = [
  'disputed',
  'invalid_closure',
  'amount_not_payable',
  'sum_out_of_range',
] as const;

export type QuarantineReason = (typeof QUARANTINE_REASONS)[number];

export type Quarantined = { readonly edge: Hash; readonly reason: QuarantineReason };

/** What one batch event has room for: edges that it leaves out, and denominations that it moves. */
export const QUARANTINED_MAX = 1024;
export const DENOMINATIONS_MAX = 1024;
