/** Claim `spend-proof`: every attestation's proof verifies under a key of a production ceremony. */
import { periodCircuitName } from '@atomicity/prover/artifacts/circuits';
import type { LoggedObject } from '../evidence/evidence.ts';
import { shortHash } from '../evidence/evidence.ts';
import type { AuditContext } from './context.ts';
import { type Finding, fails, notShown, worstOf } from './verdict.ts';

type Attestation = LoggedObject<'AttestationSummary'>;

async function judge(context: AuditContext, attestation: Attestation): Promise<Finding[]> {
  const { evidence, proofs, trust, keys } = context;
  const { body } = attestation.object;
  const where = `period ${shortHash(body.period)}, log index ${attestation.logIndex}`;
  const record = evidence.verificationKeys.get(body.verificationKeyHash);
  if (record === undefined) return [notShown('the bundle lacks the verification key', where)];
  if (proofs.keyHash(record.key) !== record.hash) {
    return [fails('the verification key is malformed or has another hash', where)];
  }
  if (!(await proofs.verify(record.key, body.publicSignals, body.proof))) {
    return [fails('the proof is invalid', where)];
  }
  const report = keys.get(record.hash);
  const name = shortHash(record.hash);
  if (report?.trusted !== true) {
    const key =
      report?.ceremony === 'development'
        ? `a development key (${name})`
        : report?.ceremony === 'production'
          ? `key ${name}, which is not trusted: ${report.reason}`
          : `key ${name}, which the trust file does not list`;
    return [
      notShown(`it verifies under ${key}: whoever ran that setup could have forged it`, where),
    ];
  }
  const listed = trust.verificationKeys.get(record.hash)?.circuit;
  const proved = periodCircuitName(body.circuit.name, body.circuit.tier);
  if (listed === undefined || listed === proved) return [];
  return [
    notShown(`it is of ${proved}, and the trust file lists key ${name} for ${listed}`, where),
  ];
}

/** Verifies one proof after the other; `onDone` is told after each. */
export async function spendProofClaim(
  context: AuditContext,
  onDone: (done: number, count: number) => void,
): Promise<Finding> {
  const { attestations } = context.evidence;
  if (attestations.length === 0) return notShown('no period is attested in this log');
  const findings: Finding[] = [];
  for (const [position, attestation] of attestations.entries()) {
    findings.push(...(await judge(context, attestation)));
    onDone(position + 1, attestations.length);
  }
  return worstOf(
    findings,
    `${attestations.length} proofs verify under keys of production ceremonies`,
  );
}
