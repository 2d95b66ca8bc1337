/** The audit: a bundle and a trust file in, one verdict for each claim out. */
import type { IssuedList } from '@atomicity/kernel/period-close/issued-list';
import { readBundle } from './bundle/read-bundle.ts';
import type { HeaderRecord } from './bundle/records.ts';
import { type BundleRefusal, UnusableBundle } from './bundle/refusal.ts';
import { type AnchorReport, anchorsClaim, judgeAnchors } from './claims/anchors-claim.ts';
import { balancesClaim } from './claims/balances-claim.ts';
import { bundleClaim } from './claims/bundle-claim.ts';
import type { AuditContext, ProofVerifier } from './claims/context.ts';
import { delegatedKeysClaim } from './claims/delegated-keys-claim.ts';
import { disclosuresClaim } from './claims/disclosures-claim.ts';
import { endingsClaim } from './claims/endings-claim.ts';
import { feeMismatchesClaim } from './claims/fee-mismatches-claim.ts';
import { leavesRootClaim } from './claims/leaves-root-claim.ts';
import { logConsistencyClaim } from './claims/log-consistency-claim.ts';
import { logRootClaim } from './claims/log-root-claim.ts';
import { logSignatureClaim } from './claims/log-signature-claim.ts';
import { noEquivocationClaim } from './claims/no-equivocation-claim.ts';
import { noteOrderClaim } from './claims/note-order-claim.ts';
import { noteSignaturesClaim } from './claims/note-signatures-claim.ts';
import { notesPresentClaim } from './claims/notes-present-claim.ts';
import { nullifiersClaim } from './claims/nullifiers-claim.ts';
import { payloadsClaim } from './claims/payloads-claim.ts';
import { periodDigestClaim } from './claims/period-digest-claim.ts';
import { policyClaim } from './claims/policy-claim.ts';
import { replayClaim } from './claims/replay-claim.ts';
import { type ClaimRow, reportOf } from './claims/report.ts';
import { spendProofClaim } from './claims/spend-proof-claim.ts';
import { stateDiffsClaim } from './claims/state-diffs-claim.ts';
import { streamRevisionsClaim } from './claims/stream-revisions-claim.ts';
import { summaryChainClaim } from './claims/summary-chain-claim.ts';
import { tokensRootClaim } from './claims/tokens-root-claim.ts';
import type { Finding } from './claims/verdict.ts';
import { voidsClaim } from './claims/voids-claim.ts';
import { withinBudgetClaim } from './claims/within-budget-claim.ts';
import { SignatureQueue } from './crypto/signature-queue.ts';
import { auditTreeHasher } from './crypto/tree-hasher.ts';
import { type DisclosureToJudge, judgeDisclosure } from './disclosure/judge-disclosure.ts';
import { collectEvidence } from './evidence/collect.ts';
import type { Evidence } from './evidence/evidence.ts';
import { viewLog } from './evidence/log-view.ts';
import { judgeKeys, type KeyReport, type SuppliedTranscript } from './keys/judge-keys.ts';
import type { TrustFile } from './trust/trust-file.ts';

export type AuditOptions = {
  readonly trust: TrustFile;
  readonly proofs: ProofVerifier;
  /** What principals say that they issued: their periods are compared with it. */
  readonly issued?: readonly IssuedList[];
  /** Transcripts of ceremonies: a key that one contradicts is not trusted. */
  readonly transcripts?: readonly SuppliedTranscript[];
  /** Judged by the bundle after its claims. */
  readonly disclosure?: DisclosureToJudge;
  /** Told how far a step is: its name, and the fraction done, 0 … 1. */
  readonly onProgress?: (step: string, fraction: number) => void;
};

export type AuditResult =
  | {
      readonly kind: 'audited';
      readonly header: HeaderRecord;
      readonly rows: readonly ClaimRow[];
      /** Every key that is listed, used or supplied with a transcript, in the order of their hashes. */
      readonly keys: readonly KeyReport[];
      /** Every anchor, by size of its checkpoint, then rail. */
      readonly anchors: readonly AnchorReport[];
      /** On the disclosure that was asked about. */
      readonly disclosure?: Finding;
    }
  | { readonly kind: 'unusable'; readonly refusal: BundleRefusal };

type Progress = (step: string, fraction: number) => void;

async function judge(
  context: AuditContext,
  anchors: readonly AnchorReport[],
  onProgress: Progress,
): Promise<readonly ClaimRow[]> {
  return reportOf({
    bundle: bundleClaim(context),
    'log-signature': logSignatureClaim(context),
    'log-root': logRootClaim(context),
    'log-consistency': logConsistencyClaim(context),
    'stream-revisions': streamRevisionsClaim(context),
    disclosures: disclosuresClaim(context),
    payloads: payloadsClaim(context),
    'notes-present': notesPresentClaim(context),
    'note-signatures': await noteSignaturesClaim(context),
    'note-order': noteOrderClaim(context),
    'no-equivocation': noEquivocationClaim(context),
    voids: voidsClaim(context),
    endings: endingsClaim(context),
    'delegated-keys': delegatedKeysClaim(context),
    policy: policyClaim(context),
    'leaves-root': leavesRootClaim(context),
    'tokens-root': tokensRootClaim(context),
    'period-digest': periodDigestClaim(context),
    nullifiers: nullifiersClaim(context),
    'summary-chain': summaryChainClaim(context),
    'spend-proof': await spendProofClaim(context, (done, count) =>
      onProgress('verifying proofs', done / count),
    ),
    'within-budget': withinBudgetClaim(context),
    'fee-mismatches': feeMismatchesClaim(context),
    replay: replayClaim(context),
    balances: balancesClaim(context),
    'state-diffs': stateDiffsClaim(context),
    anchors: anchorsClaim(context, anchors),
  });
}

function contextOf(
  evidence: Evidence,
  { trust, proofs, issued = [], transcripts = [] }: AuditOptions,
  signatures: SignatureQueue,
): AuditContext {
  const { header, leafHashes, checkpoints, attestations, batches } = evidence;
  const sizes = [
    ...attestations.map(({ object }) => object.body.parts.lastTreeSize),
    ...[...batches.values()].map(({ batch }) => batch.subject.size),
  ];
  const key = { origin: header.origin, key: header.logKey };
  const log = viewLog(leafHashes, checkpoints, key, sizes, auditTreeHasher);
  const keys = judgeKeys(evidence, trust, transcripts);
  return { evidence, log, trust, keys, issued, proofs, signatures };
}

/**
 * Audits a bundle offline: reads nothing but `pieces`, believes nothing but the trust file. Refused
 * forms of file give `unusable`; everything else gives one row for each claim. Errors of `pieces` pass
 * through. A second call on the same bytes gives the same answer.
 */
export async function audit(
  pieces: AsyncIterable<Uint8Array>,
  options: AuditOptions,
): Promise<AuditResult> {
  const onProgress = options.onProgress ?? (() => undefined);
  try {
    const signatures = new SignatureQueue();
    const evidence = await collectEvidence(readBundle(pieces), {
      trust: options.trust,
      signatures,
      onEvents: (done, count) => onProgress('reading and replaying', done / count),
    });
    if (evidence === undefined) {
      return { kind: 'unusable', refusal: { reason: 'missing_record', line: 1 } };
    }
    const context = contextOf(evidence, options, signatures);
    const anchors = judgeAnchors(context);
    const rows = await judge(context, anchors, onProgress);
    const { header } = evidence;
    const keys = [...context.keys.values()];
    if (options.disclosure === undefined) return { kind: 'audited', header, rows, keys, anchors };
    const { trust, disclosure } = options;
    const judged = await judgeDisclosure(evidence, trust, rows, disclosure);
    return { kind: 'audited', header, rows, keys, anchors, disclosure: judged };
  } catch (error) {
    if (error instanceof UnusableBundle) return { kind: 'unusable', refusal: error.refusal };
    throw error;
  }
}
