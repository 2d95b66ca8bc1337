/** Findings → the rows of the report, in their order, with what rests on what applied. */
import { CLAIMS, type ClaimName, RESTS_ON } from './names.ts';
import type { Finding, Verdict } from './verdict.ts';

export type ClaimRow = {
  readonly claim: ClaimName;
  readonly verdict: Verdict;
  readonly reason: string;
  readonly where?: string;
};

function inherited(claim: ClaimName, own: Finding, above: ReadonlyMap<ClaimName, ClaimRow>) {
  if (own.verdict !== 'holds') return own;
  for (const base of RESTS_ON[claim]) {
    const row = above.get(base);
    if (row !== undefined && row.verdict === 'holds') continue;
    const verdict = row?.verdict === 'fails' ? 'fails' : 'is not shown';
    return {
      verdict: 'not shown' as const,
      reason: `rests on ${base}, which ${verdict}; by itself: ${own.reason}`,
    };
  }
  return own;
}

/**
 * Turns one finding for each claim into the report. A finding that holds becomes `not shown` where a
 * claim that it rests on does not hold; one that fails stays.
 */
export function reportOf(findings: Readonly<Record<ClaimName, Finding>>): readonly ClaimRow[] {
  const rows = new Map<ClaimName, ClaimRow>();
  for (const claim of CLAIMS) {
    rows.set(claim, { claim, ...inherited(claim, findings[claim], rows) });
  }
  return [...rows.values()];
}

/**
 * Exit code: 0 if no claim fails, the log's signature holds and so does every required claim; else 1.
 */
export function exitCodeOf(rows: readonly ClaimRow[], required: readonly ClaimName[]): 0 | 1 {
  const verdicts = new Map(rows.map((row) => [row.claim, row.verdict]));
  if (rows.some((row) => row.verdict === 'fails')) return 1;
  const needed: readonly ClaimName[] = ['log-signature', ...required];
  return needed.every((claim) => verdicts.get(claim) === 'holds') ? 0 : 1;
}
