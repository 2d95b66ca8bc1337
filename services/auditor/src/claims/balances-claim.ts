/** Claim `balances`: the replayed books end with the balances and state hashes that are claimed. */
import type { AuditContext } from './context.ts';
import { type Finding, notShown } from './verdict.ts';

export function balancesClaim({ evidence }: AuditContext): Finding {
  if (evidence.header.kind === 'sealed') return notShown('a sealed bundle claims no balances');
  return evidence.balances;
}
