import type { SummaryDisclosure } from '@atomicity/kernel/disclosure/summary-opening';
import type { PeriodPlace } from '@atomicity/kernel/period/closed-period';

/** Who made the attestations of this book, and so knows what their summaries hide. */
export type PeriodSummaries = {
  /** The totals of an attested period as its principal may pass them on; undefined before it is attested. */
  readonly summary: (place: PeriodPlace) => SummaryDisclosure | undefined;
};
