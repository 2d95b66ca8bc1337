/** Claim `period-digest`: each proof is about this log, this period, and a root this log had. */
import { fieldToHex } from '@atomicity/kernel/codec/field';
import { circuitOf, periodDigest } from '@atomicity/kernel/period/period-digest';
import { periodHash } from '@atomicity/kernel/period/period-hash';
import { type LoggedObject, shortHash } from '../evidence/evidence.ts';
import type { AuditContext } from './context.ts';
import { type Finding, fails, notShown, worstOf } from './verdict.ts';

type Attestation = LoggedObject<'AttestationSummary'>;

/** What the parts say of the log, checked against it. */
function judgeTrees({ evidence, log }: AuditContext, attestation: Attestation, where: string) {
  const findings: Finding[] = [];
  const { parts } = attestation.object.body;
  const ofPeriod = evidence.periods.get(parts.period);
  const first = ofPeriod?.cores[0];
  if (ofPeriod?.cores.some(({ core }) => circuitOf(core.kind) !== parts.circuit)) {
    findings.push(fails('the proof is of a circuit for notes of another kind', where));
  }
  const close = ofPeriod?.closes[0];
  if (parts.origin !== evidence.header.origin) {
    findings.push(fails(`a proof for another log: ${parts.origin}`, where));
  }
  if (parts.lastTreeSize > attestation.logIndex || close === undefined) {
    findings.push(fails('a proof before the close of its period', where));
  } else if (parts.lastTreeSize <= close.logIndex) {
    findings.push(fails('the close lies beyond the log root that the proof names', where));
  }
  if (first !== undefined && parts.firstTreeSize > first.logIndex) {
    findings.push(fails('the period starts before the tree size that the proof names', where));
  }
  if (log.rootAt(parts.lastTreeSize) !== parts.lastRoot) {
    findings.push(fails('the log had another root at the proof’s tree size', where));
  }
  return findings;
}

function judge(context: AuditContext, attestation: Attestation): readonly Finding[] {
  const { body } = attestation.object;
  const { parts } = body;
  const where = `period ${shortHash(body.period)}, log index ${attestation.logIndex}`;
  const findings: Finding[] = [];
  const agrees =
    parts.period === body.period &&
    parts.budget === body.budget &&
    parts.periodIndex === body.periodIndex &&
    parts.tier === body.circuit.tier &&
    parts.circuit === body.circuit.name &&
    body.period === periodHash(body.budget, body.periodIndex);
  if (!agrees)
    findings.push(fails('the parts name another period, budget, circuit or tier', where));
  if (fieldToHex(periodDigest(parts)) !== body.publicSignals[4]) {
    findings.push(fails('the proof is about another period digest', where));
  }
  return [...findings, ...judgeTrees(context, attestation, where)];
}

export function periodDigestClaim(context: AuditContext): Finding {
  const { attestations } = context.evidence;
  if (attestations.length === 0) return notShown('no period is attested in this log');
  const findings = attestations.flatMap((attestation) => judge(context, attestation));
  return worstOf(
    findings,
    `${attestations.length} digests recomputed; their log roots are this log’s`,
  );
}
