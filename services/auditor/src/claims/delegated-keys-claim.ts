/** Claim `delegated-keys`: the disclosed objects were signed by keys in force where they are logged. */
import type { LoggedObject } from '../evidence/evidence.ts';
import { keyRegister } from '../evidence/key-register.ts';
import type { AuditContext } from './context.ts';
import { type Finding, fails, worstOf } from './verdict.ts';

export function delegatedKeysClaim({ evidence }: AuditContext): Finding {
  const register = keyRegister(evidence);
  const findings: (Finding | undefined)[] = [...register.findings];
  for (const logged of evidence.policies) {
    findings.push(register.judge(logged, logged.object.body.principal, 'party'));
  }
  const principals = new Map(
    evidence.policies.map(({ object }) => [object.body.budget, object.body.principal]),
  );
  for (const logged of evidence.periodCloses) {
    const principal = principals.get(logged.object.body.budget);
    findings.push(
      principal === undefined
        ? fails('a PeriodClose of a budget without a policy', `log index ${logged.logIndex}`)
        : register.judge(logged, principal, 'party'),
    );
  }
  for (const logged of evidence.attestations) {
    findings.push(register.judge(logged, operatorOf(logged), 'operator'));
  }
  const { policies, periodCloses, attestations } = evidence;
  const objects = policies.length + periodCloses.length + attestations.length;
  return worstOf(
    findings.filter((finding) => finding !== undefined),
    `${objects} policies, closes and attestations by keys in force when they were logged`,
  );
}

/** An attestation carries one signature, of an operator; which operator, the log itself decides. */
function operatorOf({ object }: LoggedObject<'AttestationSummary'>) {
  return object.signatures[0]?.by ?? object.body.parts.principal;
}
