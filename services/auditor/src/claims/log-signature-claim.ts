/** Claim `log-signature`: a log key of the trust file signed the last checkpoint. */
import type { AuditContext } from './context.ts';
import { type Finding, fails, holds, notShown } from './verdict.ts';

export function logSignatureClaim({ evidence, log, trust }: AuditContext): Finding {
  const { origin, logKey, size } = evidence.header;
  const where = `checkpoint of size ${size}`;
  const last = log.checkpoints.at(-1);
  if (last === undefined) return fails('the last checkpoint is malformed', where);
  if (last.size !== size) {
    return fails(`the last checkpoint is of size ${last.size}, the bundle of ${size}`, where);
  }
  if (!last.signed) return fails('the checkpoint is not signed by the key of the bundle', where);
  const trusted = trust.logs.some((entry) => entry.origin === origin && entry.key === logKey);
  if (!trusted) {
    return notShown(`the trust file lists no log ${origin} with key ${logKey}`, where);
  }
  return holds(`${origin} signed size ${size}`);
}
