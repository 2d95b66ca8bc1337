import type { BatchItem } from '@atomicity/kernel/note/batch-commitment';
import type { PeriodParts } from '@atomicity/kernel/period/period-digest';
import type { SummaryOpening } from '@atomicity/kernel/period/summary';
import type { Policy } from '@atomicity/kernel/policy/policy-digest';
import type { Amount } from '@atomicity/kernel/units/amount';
import type { Hash, Nonce } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';

/** One authorization of the period, at the place of its index. */
export type WitnessSlot =
  | {
      /** Spent, or lapsed without a showing that it was not used: its spend counts. */
      readonly status: 'counted';
      readonly authorization: Hash;
      readonly category: number;
      /** Amount + fee, in ledger units. */
      readonly spend: Amount;
      /** Authorization time. */
      readonly at: UnixMs;
      readonly regime: number;
      /**
       * The payments of a batch note, together `spend`: in every counted slot of a period of circuit
       * `batch`, in none of circuit `spend`.
       */
      readonly items?: readonly BatchItem[];
      /** The salt of the note's commitment. */
      readonly salt: Nonce;
    }
  | {
      /** Void, or shown unspent: issued, but nothing of it counts. */
      readonly status: 'void';
      readonly authorization: Hash;
      readonly category: number;
    };

/** Everything private and public that a proof of one period rests on. */
export type PeriodWitness = {
  readonly policy: Policy;
  /** Public; the tier decides the circuit. `previousSummary` is zero exactly for period 0. */
  readonly parts: PeriodParts;
  /** Opening of the summary of the period before; `null` for period 0. */
  readonly previous: SummaryOpening | null;
  /** In index order, without gaps; at most the tier. */
  readonly slots: readonly WitnessSlot[];
  /** 128 random bits, one draw for each summary. */
  readonly summarySalt: Nonce;
};
