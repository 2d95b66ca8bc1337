/** Claim `leaves-root`: the notes root of every closed period is that of its notes and endings. */
import { fieldToHex } from '@atomicity/kernel/codec/field';
import type { Tier } from '@atomicity/kernel/codec/merkle-16';
import { leavesRoot } from '@atomicity/kernel/note/roots';
import type { Hash } from '@atomicity/kernel/units/id';
import { type Evidence, type LoggedPeriodClose, shortHash } from '../evidence/evidence.ts';
import type { AuditContext } from './context.ts';
import { type Finding, fails, notShown, worstOf } from './verdict.ts';

/** The tier of each budget, as its policy states it. */
export function tiersOf(evidence: Evidence): ReadonlyMap<Hash, Tier> {
  return new Map(evidence.policies.map(({ object }) => [object.body.budget, object.body.tier]));
}

/** The root of a close: from the replay if it decided the close itself, else from the notes. */
function rootOf(evidence: Evidence, close: LoggedPeriodClose, tier: Tier): string {
  const { period } = close.object.body;
  const decided = evidence.decidedRoots.get(period);
  if (decided !== undefined) return decided.leavesRoot;
  const slots = (evidence.periods.get(period)?.cores ?? []).map(({ core }) => ({
    status: close.statuses[core.index] ?? 'lapsed',
    commitment: core.commitment,
  }));
  return fieldToHex(leavesRoot(slots, tier));
}

function judge(
  evidence: Evidence,
  close: LoggedPeriodClose,
  tier: Tier | undefined,
): readonly Finding[] {
  const { period } = close.object.body;
  const where = `period ${shortHash(period)}`;
  const ofPeriod = evidence.periods.get(period);
  const count = ofPeriod?.cores.length ?? 0;
  if (tier === undefined) return [fails('a close of a budget without a policy', where)];
  if (count > tier) return [fails(`${count} notes in a tier of ${tier}`, where)];
  const root = rootOf(evidence, close, tier);
  const findings: Finding[] = [];
  if (root !== close.leavesRoot) findings.push(fails('the close states another root', where));
  for (const { object } of ofPeriod?.attestations ?? []) {
    if (object.body.publicSignals[0] !== root) {
      findings.push(fails('the proof is about other notes', where));
    }
  }
  return findings;
}

export function leavesRootClaim({ evidence }: AuditContext): Finding {
  const { periodCloses } = evidence;
  if (periodCloses.length === 0) return notShown('no period is closed in this log');
  const tiers = tiersOf(evidence);
  const findings = periodCloses.flatMap((close) =>
    judge(evidence, close, tiers.get(close.object.body.budget)),
  );
  return worstOf(findings, `${periodCloses.length} roots recomputed from notes and endings`);
}
