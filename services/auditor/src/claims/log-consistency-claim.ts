/** Claim `log-consistency`: every checkpoint in the bundle is of a prefix of the one log. */
import type { AuditContext } from './context.ts';
import { type Finding, fails, worstOf } from './verdict.ts';

export function logConsistencyClaim({ log }: AuditContext): Finding {
  const findings: Finding[] = [];
  let before = -1;
  for (const [position, checkpoint] of log.checkpoints.entries()) {
    if (checkpoint === undefined) {
      findings.push(fails('a malformed checkpoint', `checkpoint ${position}`));
      continue;
    }
    const where = `checkpoint of size ${checkpoint.size}`;
    if (!checkpoint.signed) findings.push(fails('not signed by the log key', where));
    if (checkpoint.size <= before) findings.push(fails('checkpoints do not grow', where));
    if (log.rootAt(checkpoint.size) !== checkpoint.root) {
      findings.push(fails('its root is not that of the log at its size: the log forked', where));
    }
    before = checkpoint.size;
  }
  return worstOf(findings, `${log.checkpoints.length} checkpoints, each of a prefix of the next`);
}
