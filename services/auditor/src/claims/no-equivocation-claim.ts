/** Claim `no-equivocation`: nobody signed two notes for one place, as far as this bundle shows. */
import { refuseChecks, requiredChecks } from '@atomicity/kernel/wire/signatures';
import { verifyRaw } from '../crypto/signatures.ts';
import { shortKey } from '../evidence/evidence.ts';
import type { AuditContext } from './context.ts';
import { type Finding, fails, worstOf } from './verdict.ts';

/** Finds a second, different object for a place that is taken. */
function duplicates<T>(
  items: readonly T[],
  placeOf: (item: T) => string,
  hashOf: (item: T) => string,
): readonly T[] {
  const taken = new Map<string, string>();
  return items.filter((item) => {
    const place = placeOf(item);
    const first = taken.get(place);
    if (first === undefined) taken.set(place, hashOf(item));
    return first !== undefined && first !== hashOf(item);
  });
}

export function noEquivocationClaim({ evidence }: AuditContext): Finding {
  const findings: Finding[] = [];
  const cores = duplicates(
    evidence.allCores,
    ({ core }) => `${core.payer}/${core.period}/${core.index}`,
    ({ hash }) => hash,
  );
  for (const { core, logIndex } of cores) {
    const reason = `${shortKey(core.payer)} signed two cores for one index`;
    findings.push(fails(reason, `log index ${logIndex}`));
  }
  const tails = duplicates(
    evidence.tails,
    ({ tail }) => `${tail.payer}/${tail.payee}/${tail.period}/${tail.seq}`,
    ({ hash }) => hash,
  );
  for (const { tail, logIndex } of tails) {
    const reason = `${shortKey(tail.payee)} signed two tails for one seq`;
    findings.push(fails(reason, `log index ${logIndex}`));
  }
  for (const { object, logIndex } of evidence.equivocations) {
    const { body } = object;
    const key = body.kind === 'core' ? body.first.object.payer : body.first.object.payee;
    const proved = refuseChecks(requiredChecks(object), verifyRaw) === undefined;
    const reason = proved
      ? `${shortKey(key)} equivocated: the log holds the proof`
      : 'a recorded proof of equivocation whose signatures are invalid';
    findings.push(fails(reason, `log index ${logIndex}`));
  }
  return worstOf(findings, 'no two notes for one place; no recorded proof of any');
}
