/** Claim `note-signatures`: payers signed the cores, payees the tails; every tail belongs to a core. */
import { verifyIdSignature } from '../crypto/signatures.ts';
import type { LoggedTail } from '../evidence/evidence.ts';
import type { AuditContext } from './context.ts';
import { type Finding, fails, worstOf } from './verdict.ts';

function judgeTail({ evidence }: AuditContext, { tail, hash, sig, logIndex }: LoggedTail) {
  const where = `log index ${logIndex}`;
  const logged = evidence.cores.get(tail.core);
  if (logged === undefined) return fails('a tail without a core in this log', where);
  const { core } = logged;
  if (logged.logIndex >= logIndex) return fails('a tail before its core', where);
  if (core.payer !== tail.payer || core.payee !== tail.payee || core.period !== tail.period) {
    return fails('the tail names another pair or period than its core', where);
  }
  return verifyIdSignature(tail.payee, hash, sig)
    ? undefined
    : fails('the payee’s signature is invalid', where);
}

export function noteSignaturesClaim(context: AuditContext): Finding {
  const { evidence } = context;
  const findings: Finding[] = [];
  for (const { core, hash, sig, logIndex } of evidence.allCores) {
    const where = `log index ${logIndex}`;
    if (core.origin !== evidence.header.origin) {
      findings.push(fails(`a note of another log: ${core.origin}`, where));
    }
    if (!verifyIdSignature(core.payer, hash, sig)) {
      findings.push(fails('the payer’s signature is invalid', where));
    }
  }
  for (const tail of evidence.tails) {
    const finding = judgeTail(context, tail);
    if (finding !== undefined) findings.push(finding);
  }
  const { allCores, tails } = evidence;
  return worstOf(findings, `${allCores.length} payers’ and ${tails.length} payees’ signatures`);
}
