/** What waits for the next batch. */
import type { Amount, SignedAmount } from '../units/amount.ts';
import type { Denomination } from '../units/denomination.ts';
import type { Hash } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';

/** One edge's movement since the last batch that it was part of. */
export type Closure = {
  readonly edge: Hash;
  readonly denomination: Denomination;
  /** Balance at the end of that batch, seen from a; 0 before the first. */
  readonly before: SignedAmount;
  /** Balance at the end of the span less `before`; what leaves ±(2^63−1) goes into no batch. */
  readonly delta: bigint;
  /** Movements, 1 or more. */
  readonly moves: number;
  /** When the first of them was recorded. */
  readonly since: UnixMs;
  /** What the batch pays outside for this edge, in ledger units; null when no money moves. */
  readonly pays: Amount | null;
};
