/**
 * Claim `within-budget`: the conclusion. Every note of every budget lies in a closed and attested
 * period; with the claims below it, all spending that the parties logged kept its policy.
 */
import { type LoggedCore, type PeriodEvidence, shortHash } from '../evidence/evidence.ts';
import type { AuditContext } from './context.ts';
import { type Finding, notShown, worstOf } from './verdict.ts';

function judge({ period, cores, closes, attestations }: PeriodEvidence): Finding | undefined {
  const where = `period ${shortHash(period)}`;
  const notes = countOf(cores);
  if (closes.length === 0 && cores.length > 0) {
    return notShown(`${notes} in a period that is still open`, where);
  }
  return attestations.length === 0 && cores.length > 0
    ? notShown(`${notes} in a period that is closed and not yet attested`, where)
    : undefined;
}

const countOf = (cores: readonly LoggedCore[]) =>
  cores.length === 1 ? '1 note' : `${cores.length} notes`;

export function withinBudgetClaim({ evidence }: AuditContext): Finding {
  if (evidence.attestations.length === 0) return notShown('no period is attested in this log');
  const findings = [...evidence.periods.values()].flatMap((period) => judge(period) ?? []);
  const { length } = evidence.attestations;
  return worstOf(
    findings,
    `${countOf(evidence.allCores)} in ${length} attested periods kept their policies`,
  );
}
