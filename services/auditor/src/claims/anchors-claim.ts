/** Claim `anchors`: evidence outside the node that the auditor can check holds the root of a checkpoint. */
import type { AnchorRecord } from '../bundle/records.ts';
import { judgeBitcoinAnchor } from './anchors/bitcoin-anchor.ts';
import { judgeEthereumAnchor, type KnownBlobs } from './anchors/ethereum-anchor.ts';
import { judgeLightningAnchor } from './anchors/lightning-anchor.ts';
import type { AuditContext } from './context.ts';
import { type Finding, notShown } from './verdict.ts';

/** Each rail's evidence is read by its own rules; a rail that is not known here shows nothing. */
function judge(context: AuditContext, anchor: AnchorRecord, known: KnownBlobs): Finding {
  switch (anchor.rail) {
    case 'opentimestamps':
      return judgeBitcoinAnchor(context, anchor);
    case 'ethereum':
      return judgeEthereumAnchor(context, anchor, known);
    case 'lightning':
      return judgeLightningAnchor(context, anchor);
    default:
      return notShown(`rail ${anchor.rail} is not known here`, `checkpoint of size ${anchor.size}`);
  }
}

/** What holds of the largest anchored checkpoint, one reason for each rail. */
function togetherOf(findings: readonly Finding[]): Finding | undefined {
  const [first] = findings;
  if (first === undefined) return undefined;
  const reasons = [...new Set(findings.map(({ reason }) => reason))];
  return { ...first, reason: reasons.join('; ') };
}

const findingOf = ({ verdict, reason, where }: AnchorReport): Finding =>
  where === undefined ? { verdict, reason } : { verdict, reason, where };

/** What the evidence of one anchor is worth. */
export type AnchorReport = Finding & { readonly rail: string; readonly size: number };

/** Every anchor of the bundle, in its order. */
export function judgeAnchors(context: AuditContext): readonly AnchorReport[] {
  const known: KnownBlobs = new Map();
  return context.evidence.anchors.map((anchor) => ({
    rail: anchor.rail,
    size: anchor.size,
    ...judge(context, anchor, known),
  }));
}

/**
 * Holds if the last anchored checkpoint is on a rail that the auditor can check and no anchor fails. An
 * anchor of an earlier checkpoint says nothing about later events, so the largest one decides.
 */
export function anchorsClaim(
  { evidence: { header } }: AuditContext,
  reports: readonly AnchorReport[],
): Finding {
  const failed = reports.find(({ verdict }) => verdict === 'fails');
  if (failed !== undefined) return findingOf(failed);
  const shown = reports.filter(({ verdict }) => verdict === 'holds');
  const size = shown.at(-1)?.size ?? 0;
  const finding = togetherOf(shown.filter((one) => one.size === size).map(findingOf));
  if (finding === undefined) {
    const last = reports.at(-1);
    return last === undefined ? notShown('the bundle has no anchor') : findingOf(last);
  }
  const rest = header.size - size;
  const beyond = rest === 0 ? 'all events' : `the first ${size} events; ${rest} came later`;
  return { ...finding, reason: `${finding.reason}: ${beyond}` };
}
