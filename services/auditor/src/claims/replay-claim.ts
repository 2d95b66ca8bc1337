/** Claim `replay`: deciding every signed object again gives the events that the log holds. */
import type { AuditContext } from './context.ts';
import { type Finding, notShown } from './verdict.ts';

export function replayClaim({ evidence }: AuditContext): Finding {
  if (evidence.header.kind === 'sealed') return notShown('a sealed bundle carries no payloads');
  return evidence.replay;
}
