/** Claim `disclosures`: the public part of every event is the one that its envelope commits to. */
import type { AuditContext } from './context.ts';
import { type Finding, worstOf } from './verdict.ts';

export function disclosuresClaim({ evidence }: AuditContext): Finding {
  const withheld = evidence.withheldDisclosures;
  const shown = 'every disclosure matches its envelope';
  return worstOf(
    evidence.disclosureFindings,
    withheld === 0 ? shown : `${shown}; ${withheld} key records of unnamed parties are sealed`,
  );
}
