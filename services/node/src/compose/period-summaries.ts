import type { Attestor } from '@atomicity/attestor/attestor';
import { periodHash } from '@atomicity/kernel/period/period-hash';
import type { PeriodSummaries } from '@atomicity/ledger/period-summaries';

/** The summaries that this node's attestor made, as disclosures about this node's log. */
export function periodSummaries(
  origin: string,
  attestor: Pick<Attestor, 'opening'>,
): PeriodSummaries {
  return {
    summary: ({ budget, periodIndex }) => {
      const summary = attestor.opening({ budget, periodIndex });
      if (summary === undefined) return undefined;
      const period = periodHash(budget, periodIndex);
      return { v: 1, kind: 'summary', origin, budget, period, periodIndex, summary };
    },
  };
}
