/** Claim `nullifiers`: every attestation carries the nullifier of its budget and period, each once. */
import { fieldToHex } from '@atomicity/kernel/codec/field';
import { nullifier } from '@atomicity/kernel/period/period-digest';
import { shortHash } from '../evidence/evidence.ts';
import type { AuditContext } from './context.ts';
import { type Finding, fails, notShown, worstOf } from './verdict.ts';

export function nullifiersClaim({ evidence }: AuditContext): Finding {
  const { attestations } = evidence;
  if (attestations.length === 0) return notShown('no period is attested in this log');
  const seen = new Set<string>();
  const findings: Finding[] = [];
  for (const { object, logIndex } of attestations) {
    const { budget, periodIndex, publicSignals } = object.body;
    const where = `budget ${shortHash(budget)}, period ${periodIndex}, log index ${logIndex}`;
    const expected = fieldToHex(nullifier(budget, periodIndex));
    if (publicSignals[5] !== expected) findings.push(fails('another nullifier', where));
    if (seen.has(expected)) findings.push(fails('one period is attested twice', where));
    seen.add(expected);
  }
  return worstOf(findings, `${seen.size} periods, each attested once`);
}
