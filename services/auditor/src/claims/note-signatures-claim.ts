/** Claim `note-signatures`: payers signed the cores, payees the tails; every tail belongs to a core. */
import type { LoggedTail } from '../evidence/evidence.ts';
import type { AuditContext } from './context.ts';
import { type Finding, fails, worstOf } from './verdict.ts';

function judgeTail({ evidence }: AuditContext, { tail, logIndex }: LoggedTail) {
  const where = `log index ${logIndex}`;
  const logged = evidence.cores.get(tail.core);
  if (logged === undefined) return fails('a tail without a core in this log', where);
  const { core } = logged;
  if (logged.logIndex >= logIndex) return fails('a tail before its core', where);
  return core.payer === tail.payer && core.payee === tail.payee && core.period === tail.period
    ? undefined
    : fails('the tail names another pair or period than its core', where);
}

/** Resolves when all signatures of notes are verified, as many at a time as there are cores. */
export async function noteSignaturesClaim(context: AuditContext): Promise<Finding> {
  const { evidence, signatures } = context;
  const findings: Finding[] = [];
  const expect = async (result: Promise<boolean>, reason: string, logIndex: number) => {
    if (!(await result)) findings.push(fails(reason, `log index ${logIndex}`));
  };
  const checks: Promise<void>[] = [];
  for (const { core, hash, sig, logIndex } of evidence.allCores) {
    if (core.origin !== evidence.header.origin) {
      findings.push(fails(`a note of another log: ${core.origin}`, `log index ${logIndex}`));
    }
    const result = signatures.checkId(core.payer, hash, sig);
    checks.push(expect(result, 'the payer’s signature is invalid', logIndex));
  }
  for (const logged of evidence.tails) {
    const { tail, hash, sig, logIndex } = logged;
    const finding = judgeTail(context, logged);
    if (finding !== undefined) findings.push(finding);
    const result = signatures.checkId(tail.payee, hash, sig);
    checks.push(expect(result, 'the payee’s signature is invalid', logIndex));
  }
  await Promise.all(checks);
  const { allCores, tails } = evidence;
  return worstOf(findings, `${allCores.length} payers’ and ${tails.length} payees’ signatures`);
}
