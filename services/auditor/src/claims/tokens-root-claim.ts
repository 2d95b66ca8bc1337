/**
 * Claim `tokens-root`: the principal itself states how many authorizations a period issued and their
 * root; the log has as many notes and the proof the same root. It is what makes the notes complete. Where a
 * principal hands over its own list of what it issued, the period is compared with that, one by one.
 */
import type { PartyId } from '@atomicity/kernel/units/id';
import {
  type Evidence,
  type LoggedPeriodClose,
  shortHash,
  shortKey,
} from '../evidence/evidence.ts';
import type { AuditContext } from './context.ts';
import { issuedFindings } from './issued-findings.ts';
import { type Finding, fails, notShown, worstOf } from './verdict.ts';

function judge(
  evidence: Evidence,
  close: LoggedPeriodClose,
  root: string | undefined,
): readonly Finding[] {
  const { period, tokensRoot: stated, count, periodIndex, budget } = close.object.body;
  const where = `period ${shortHash(period)}`;
  const findings: Finding[] = [];
  const ofPeriod = evidence.periods.get(period);
  if ((ofPeriod?.closes.length ?? 0) > 1) findings.push(fails('two closes of one period', where));
  if ((ofPeriod?.cores.length ?? 0) !== count) {
    findings.push(fails(`${count} authorizations stated, another number of notes`, where));
  }
  const late = ofPeriod?.cores.at(-1);
  if (late !== undefined && late.logIndex > close.logIndex) {
    findings.push(fails('a note after the close of its period', where));
  }
  const order = evidence.periodCloses.filter(({ object }) => object.body.budget === budget);
  if (order[periodIndex] !== close) findings.push(fails('closes out of order', where));
  if (root !== undefined && root !== stated) {
    findings.push(fails('the authorizations in the payloads have another root', where));
  }
  for (const { object } of ofPeriod?.attestations ?? []) {
    if (object.body.publicSignals[1] !== stated) {
      findings.push(fails('the proof is about other authorizations', where));
    }
  }
  return findings;
}

export function tokensRootClaim({ evidence, trust, issued }: AuditContext): Finding {
  const { periodCloses } = evidence;
  if (periodCloses.length === 0) return notShown('no principal has closed a period in this log');
  const principals = new Map<string, PartyId>(
    evidence.policies.map(({ object }) => [object.body.budget, object.body.principal]),
  );
  let recomputed = 0;
  const findings = periodCloses.flatMap((close) => {
    const { budget, period } = close.object.body;
    const root = evidence.decidedRoots.get(period)?.tokensRoot;
    if (root !== undefined) recomputed += 1;
    const found = judge(evidence, close, root);
    const principal = principals.get(budget);
    if (found.length > 0 || (principal !== undefined && trust.principals.has(principal))) {
      return found;
    }
    const name = principal === undefined ? 'of no stated policy' : shortKey(principal);
    const reason = `completeness rests on the principal ${name}, whom the trust file does not list`;
    return [notShown(reason, `period ${shortHash(period)}`)];
  });
  const compared = issued.flatMap((list) => issuedFindings(evidence, list));
  const total = periodCloses.length;
  const from = `${recomputed} of them recomputed from payloads`;
  const complete =
    issued.length === 0 ? '' : `, ${issued.length} complete by the principals’ lists`;
  return worstOf(
    [...compared, ...findings],
    `${total} roots as the principals closed them, ${from}${complete}`,
  );
}
