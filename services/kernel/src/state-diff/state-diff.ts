/** What one edge moved in the span of a batch: the whole of what has to be published of it. */
import type { SignedAmount } from '../units/amount.ts';

/**
 * - `closed`: at the end of the span the edge takes no more payments: both limits are 0, or it had expired
 *   by the span's last movement of any edge.
 * - `disputed`: in the span the ends were shown to have signed states that exclude each other.
 * - `settled`: a part of the movement was paid outside.
 */
export const DIFF_FLAGS = { closed: 1, disputed: 2, settled: 4 } as const;

export type StateDiff = {
  /** Number of the edge: how many edges the log opened before it, 0 … 2^32−1. */
  readonly edge: number;
  /** Balance at the end of the span less that at its begin, seen from a; −2^63+1 … 2^63−1. */
  readonly delta: SignedAmount;
  /** Events of the span that moved the edge or disputed it, 1 … 2^32−1. */
  readonly moves: number;
  /** Bits of DIFF_FLAGS, 0 … 2^16−1. */
  readonly flags: number;
};
