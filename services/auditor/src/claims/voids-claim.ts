/** Claim `voids`: every void names a core of this log and is signed by that core's payee. */
import { voidHash } from '@atomicity/kernel/note/note';
import { verifyIdSignature } from '../crypto/signatures.ts';
import type { LoggedVoid } from '../evidence/evidence.ts';
import type { AuditContext } from './context.ts';
import { type Finding, fails, worstOf } from './verdict.ts';

function judge({ evidence }: AuditContext, { noteVoid, sig, logIndex }: LoggedVoid) {
  const where = `log index ${logIndex}`;
  const logged = evidence.cores.get(noteVoid.core);
  if (logged === undefined) return fails('a void without a core in this log', where);
  return verifyIdSignature(logged.core.payee, voidHash(noteVoid), sig)
    ? undefined
    : fails('the void is not signed by the payee', where);
}

export function voidsClaim(context: AuditContext): Finding {
  const { voids } = context.evidence;
  const findings = voids.flatMap((entry) => judge(context, entry) ?? []);
  return worstOf(findings, `${voids.length} voids, each signed by its payee`);
}
