/** Claim `notes-present`: no hold that drew on a budget lacks its note. */
import type { AuditContext } from './context.ts';
import { type Finding, worstOf } from './verdict.ts';

export function notesPresentClaim({ evidence }: AuditContext): Finding {
  const notes = evidence.allCores.length;
  return worstOf(
    evidence.holdsWithoutNote,
    `${notes} notes; no hold under a budget is without one`,
  );
}
