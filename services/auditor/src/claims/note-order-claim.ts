/** Claim `note-order`: `index` of each period and `seq`, `prev` of each pair have no gaps. */
import { ZERO_HASH } from '@atomicity/kernel/units/id';
import { shortHash } from '../evidence/evidence.ts';
import type { AuditContext } from './context.ts';
import { type Finding, fails, worstOf } from './verdict.ts';

function indexFindings({ evidence }: AuditContext): readonly Finding[] {
  const findings: Finding[] = [];
  for (const { period, cores } of evidence.periods.values()) {
    for (const [expected, { core, logIndex }] of cores.entries()) {
      if (core.index === expected) continue;
      const where = `log index ${logIndex}, period ${shortHash(period)}`;
      findings.push(fails(`index ${core.index} where ${expected} is due`, where));
      break;
    }
  }
  return findings;
}

function sequenceFindings({ evidence }: AuditContext): readonly Finding[] {
  const findings: Finding[] = [];
  const pairs = new Map<string, { seq: number; tail: string }>();
  for (const { tail, hash, logIndex } of evidence.tails) {
    const pair = `${tail.period}/${tail.payer}/${tail.payee}`;
    const last = pairs.get(pair) ?? { seq: 0, tail: ZERO_HASH };
    const where = `log index ${logIndex}`;
    if (tail.seq !== last.seq + 1) {
      findings.push(fails(`seq ${tail.seq} where ${last.seq + 1} is due`, where));
    } else if (tail.prev !== last.tail) {
      findings.push(fails('prev is not the tail before it in its pair', where));
    }
    pairs.set(pair, { seq: tail.seq, tail: hash });
  }
  return findings;
}

export function noteOrderClaim(context: AuditContext): Finding {
  const findings = [...indexFindings(context), ...sequenceFindings(context)];
  const { periods, tails } = context.evidence;
  return worstOf(
    findings,
    `${periods.size} periods by index, ${tails.length} tails by seq and prev`,
  );
}
