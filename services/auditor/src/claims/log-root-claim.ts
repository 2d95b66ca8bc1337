/** Claim `log-root`: the envelopes of the bundle are the log that the last checkpoint signs. */
import type { AuditContext } from './context.ts';
import { type Finding, fails, holds } from './verdict.ts';

export function logRootClaim({ evidence, log }: AuditContext): Finding {
  const last = log.checkpoints.at(-1);
  const where = `checkpoint of size ${evidence.header.size}`;
  if (last === undefined) return fails('the last checkpoint is malformed', where);
  return log.rootAt(last.size) === last.root
    ? holds(`root ${last.root} recomputed from ${last.size} envelopes`)
    : fails('the envelopes have another root than the checkpoint signs', where);
}
