/** Claim `summary-chain`: the periods of a budget are attested in order, each upon the one before. */
import { ZERO_FIELD } from '@atomicity/kernel/units/id';
import { shortHash } from '../evidence/evidence.ts';
import type { AuditContext } from './context.ts';
import { type Finding, fails, notShown, worstOf } from './verdict.ts';

export function summaryChainClaim({ evidence }: AuditContext): Finding {
  const { attestations } = evidence;
  if (attestations.length === 0) return notShown('no period is attested in this log');
  const chains = new Map<string, { next: number; summary: string }>();
  const findings: Finding[] = [];
  for (const { object, logIndex } of attestations) {
    const { budget, periodIndex, parts, publicSignals } = object.body;
    const where = `budget ${shortHash(budget)}, log index ${logIndex}`;
    const chain = chains.get(budget) ?? { next: 0, summary: ZERO_FIELD };
    if (periodIndex !== chain.next) {
      findings.push(fails(`period ${periodIndex} attested where ${chain.next} is due`, where));
    }
    if (parts.previousSummary !== chain.summary) {
      findings.push(fails('it does not build on the summary of the period before', where));
    }
    chains.set(budget, { next: periodIndex + 1, summary: publicSignals[2] ?? ZERO_FIELD });
  }
  return worstOf(findings, `${chains.size} budgets, every period upon the totals of the last`);
}
