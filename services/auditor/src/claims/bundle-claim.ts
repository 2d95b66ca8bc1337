/** Claim `bundle`: the file is complete by its own account, and nothing in it hangs loose. */
import type { Evidence } from '../evidence/evidence.ts';
import type { LogView } from '../evidence/log-view.ts';
import { type Finding, fails, worstOf } from './verdict.ts';

/**
 * Order, counts and digest were checked on reading; here, that every key is named by an attestation
 * and every anchor by a checkpoint, so that no line is left which no claim looks at.
 */
export function bundleClaim({ evidence, log }: { evidence: Evidence; log: LogView }): Finding {
  const findings: Finding[] = [];
  const named = new Set(evidence.attestations.map(({ object }) => object.body.verificationKeyHash));
  for (const hash of evidence.verificationKeys.keys()) {
    if (!named.has(hash)) findings.push(fails('a verification key that nothing names', hash));
  }
  const sizes = new Set(log.checkpoints.map((checkpoint) => checkpoint?.size));
  for (const { size } of evidence.anchors) {
    if (!sizes.has(size)) findings.push(fails('an anchor of no checkpoint', `size ${size}`));
  }
  const { kind, size } = evidence.header;
  return worstOf(findings, `${kind} bundle of ${size} events, whole by its own digest`);
}
