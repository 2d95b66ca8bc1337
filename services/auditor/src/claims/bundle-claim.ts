/** Claim `bundle`: the file is complete by its own account, and nothing in it hangs loose. */
import { hexToBytes } from '@atomicity/kernel/codec/bytes';
import { readEthereumEvidence } from '@atomicity/rails/ethereum/evidence/verify-evidence';
import type { Evidence } from '../evidence/evidence.ts';
import type { LogView } from '../evidence/log-view.ts';
import { type Finding, fails, worstOf } from './verdict.ts';

/** Every payload is the one of its hash, and published in blobs by an anchor that can be read. */
function payloadFindings({ anchors, payloads, payloadsMisnamed }: Evidence): readonly Finding[] {
  const published = new Set(
    anchors.flatMap(({ rail, proof }) => {
      if (rail !== 'ethereum') return [];
      const read = readEthereumEvidence(hexToBytes(proof));
      if (read.kind === 'refused' || read.anchor.availability !== 'blob') return [];
      return [read.anchor.payloadHash];
    }),
  );
  return [
    ...payloadsMisnamed.map((hash) => fails('a payload that is not the one of its hash', hash)),
    ...[...payloads.keys()].flatMap((hash) =>
      published.has(hash) ? [] : [fails('a payload that no anchor published in blobs', hash)],
    ),
  ];
}

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
  findings.push(...payloadFindings(evidence));
  const { kind, size } = evidence.header;
  return worstOf(findings, `${kind} bundle of ${size} events, whole by its own digest`);
}
