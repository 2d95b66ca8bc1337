/**
 * Claim `policy`: every budget has one policy digest, stated by a principal of the trust file before
 * the budget's first note, and each attestation of the budget is about that digest.
 */
import { periodHash } from '@atomicity/kernel/period/period-hash';
import type { Hash } from '@atomicity/kernel/units/id';
import type { Evidence, LoggedObject } from '../evidence/evidence.ts';
import { shortHash, shortKey } from '../evidence/evidence.ts';
import type { AuditContext } from './context.ts';
import { type Finding, fails, notShown, worstOf } from './verdict.ts';

type Policy = LoggedObject<'PolicyStatement'>;

/** The periods that a budget can have had by the end of the log: the closed ones and the next. */
export function periodsOf(evidence: Evidence, budget: Hash): readonly Hash[] {
  const closes = evidence.periodCloses.filter(({ object }) => object.body.budget === budget);
  return Array.from({ length: closes.length + 1 }, (_, index) => periodHash(budget, index));
}

function judgeAttestations({ evidence }: AuditContext, policy: Policy): readonly Finding[] {
  const { budget, policyDigest, principal, agent, tier } = policy.object.body;
  return evidence.attestations.flatMap(({ object, logIndex }) => {
    const { body } = object;
    if (body.budget !== budget) return [];
    const where = `log index ${logIndex}`;
    if (body.publicSignals[3] !== policyDigest) {
      return [fails('an attestation about another policy than was stated', where)];
    }
    const { parts } = body;
    return parts.principal === principal && parts.agent === agent && parts.tier === tier
      ? []
      : [fails('an attestation that names another principal, agent or tier', where)];
  });
}

export function policyClaim(context: AuditContext): Finding {
  const { evidence, trust } = context;
  const findings: Finding[] = [];
  const stated = new Set<Hash>();
  const owned = new Set<Hash>();
  for (const policy of evidence.policies) {
    const { budget, principal } = policy.object.body;
    const where = `budget ${shortHash(budget)}`;
    if (stated.has(budget)) findings.push(fails('a second policy for one budget', where));
    stated.add(budget);
    for (const period of periodsOf(evidence, budget)) {
      owned.add(period);
      const first = evidence.periods.get(period)?.cores[0];
      if (first !== undefined && first.logIndex < policy.logIndex) {
        findings.push(fails('a note before the policy of its budget', where));
      }
    }
    findings.push(...judgeAttestations(context, policy));
    if (!trust.principals.has(principal)) {
      const reason = `the trust file does not list the principal ${shortKey(principal)}`;
      findings.push(notShown(reason, where));
    }
  }
  for (const { core, logIndex } of evidence.allCores) {
    if (owned.has(core.period)) continue;
    findings.push(fails('a note of a period that no stated policy has', `log index ${logIndex}`));
    break;
  }
  for (const { object, logIndex } of evidence.attestations) {
    if (stated.has(object.body.budget)) continue;
    findings.push(fails('an attestation of a budget without a policy', `log index ${logIndex}`));
  }
  if (findings.length === 0 && stated.size === 0)
    return notShown('no policy is stated in this log');
  return worstOf(
    findings,
    `${stated.size} policies, each stated by a trusted principal before notes`,
  );
}
