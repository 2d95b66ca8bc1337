/** Claim `fee-mismatches`: whoever the log says kept another fee than published did so by its own word. */
import { checkFeeMismatch } from '@atomicity/kernel/evidence/fee-mismatch';
import { refuseChecks, requiredChecks } from '@atomicity/kernel/wire/signatures';
import { verifyRaw } from '../crypto/signatures.ts';
import { shortKey } from '../evidence/evidence.ts';
import type { AuditContext } from './context.ts';
import { type Finding, fails, worstOf } from './verdict.ts';

export function feeMismatchesClaim({ evidence }: AuditContext): Finding {
  const findings: Finding[] = [];
  const proved = new Set<string>();
  for (const { object, logIndex } of evidence.feeMismatches) {
    const verdict = checkFeeMismatch(object.body);
    const isSigned = refuseChecks(requiredChecks(object), verifyRaw) === undefined;
    if (isSigned && !('reason' in verdict)) {
      proved.add(shortKey(verdict.hop));
      continue;
    }
    findings.push(
      fails('a recorded proof of a fee mismatch that proves none', `log index ${logIndex}`),
    );
  }
  // Another's overcharge is no fault of this log: it is shown, and the claim holds.
  const shown = [...proved].sort().join(', ');
  const count = evidence.feeMismatches.length;
  return worstOf(
    findings,
    count === 0 ? 'none recorded' : `${count} recorded and proved, of ${shown}`,
  );
}
