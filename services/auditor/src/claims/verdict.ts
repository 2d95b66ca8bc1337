/** Verdicts, and how those of many findings and of the claims below become one row. */

export type Verdict = 'holds' | 'fails' | 'not shown';

/**
 * What checking one subject (a note, a period, a checkpoint) gave. `fails` means that the bundle shows
 * the claim to be false; `not shown` that it, or the trust file, does not say enough.
 */
export type Finding = {
  readonly verdict: Verdict;
  readonly reason: string;
  /** The place: a log index, a budget and period, a checkpoint. */
  readonly where?: string;
};

export const holds = (reason: string, where?: string): Finding => finding('holds', reason, where);
export const fails = (reason: string, where?: string): Finding => finding('fails', reason, where);
export const notShown = (reason: string, where?: string): Finding =>
  finding('not shown', reason, where);

function finding(verdict: Verdict, reason: string, where: string | undefined): Finding {
  return where === undefined ? { verdict, reason } : { verdict, reason, where };
}

const RANK: Readonly<Record<Verdict, number>> = { holds: 0, 'not shown': 1, fails: 2 };

/** The worse of two verdicts: `fails`, then `not shown`, then `holds`. */
export function worse(left: Verdict, right: Verdict): Verdict {
  return RANK[left] >= RANK[right] ? left : right;
}

/**
 * One finding for all: the first of the worst, with how many more there are like it. Where all hold,
 * `summary` is the reason.
 */
export function worstOf(findings: readonly Finding[], summary: string): Finding {
  const verdict = findings.reduce<Verdict>((worst, next) => worse(worst, next.verdict), 'holds');
  if (verdict === 'holds') return holds(summary);
  const alike = findings.filter((candidate) => candidate.verdict === verdict);
  const [first] = alike;
  if (first === undefined) return holds(summary);
  const more = alike.length - 1;
  return more === 0 ? first : { ...first, reason: `${first.reason} (and ${more} more)` };
}
