import type { Hash } from '@atomicity/kernel/units/id';

export type SettlerFailure = {
  readonly anchor: Hash;
  readonly rail: string;
  readonly code: string;
  /** What the rail said about it, for the log of an operator; null where the code says all. */
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
