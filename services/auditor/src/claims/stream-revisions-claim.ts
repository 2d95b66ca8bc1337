/** Claim `stream-revisions`: no event of any stream is left out, and recorded times do not go back. */
import type { AuditContext } from './context.ts';
import { type Finding, worstOf } from './verdict.ts';

export function streamRevisionsClaim({ evidence }: AuditContext): Finding {
  return worstOf(evidence.revisionFindings, 'every stream counts 0, 1, 2, … in the log');
}
