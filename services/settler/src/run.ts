import type { Hash } from '@atomicity/kernel/units/id';

export type SettlerFailure = {
  readonly anchor: Hash;
  readonly rail: string;
  readonly code: string;
  /** The rail's own word for why, letters, digits and `_`; null where it has none. */
  readonly reason: string | null;
  /** What the rail said, with parties and amounts perhaps: for an operator, not for a log. */
  readonly message: string | null;
};

/** What one run did, for logs and metrics. */
export type SettlerRun = {
  /** Anchors that have evidence since this run. */
  readonly submitted: number;
  /** Anchors whose evidence got better, without being confirmed. */
  readonly upgraded: number;
  readonly confirmed: number;
  /** Anchors whose evidence no longer stands. */
  readonly dropped: number;
  /** Anchors that could not move on. */
  readonly failures: readonly SettlerFailure[];
};
