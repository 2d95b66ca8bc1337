/** A paid invoice: a Lightning node that the auditor knows signed for the root of a checkpoint and was paid. */
import { hexToBytes } from '@atomicity/kernel/codec/bytes';
import { hashToBytes } from '@atomicity/kernel/units/id';
import { verifyLightningEvidence } from '@atomicity/rails/lightning/evidence';
import type { AnchorRecord } from '../../bundle/records.ts';
import type { AuditContext } from '../context.ts';
import { type Finding, fails, holds, notShown } from '../verdict.ts';

/** A public key as messages show it. */
const shortNode = (node: string): string => `${node.slice(0, 10)}…`;

export function judgeLightningAnchor(
  { evidence, log, trust }: AuditContext,
  { size, proof }: AnchorRecord,
): Finding {
  const where = `checkpoint of size ${size}`;
  const root = log.rootAt(size);
  if (root === undefined) return fails('evidence for no checkpoint', where);
  const shown = verifyLightningEvidence(hexToBytes(proof), { root: hashToBytes(root) });
  if (shown.kind === 'refused') {
    return fails(`not a paid invoice for the root: ${shown.reason}: ${shown.detail}`, where);
  }
  const { description, payee, amountMsat, network } = shown;
  if (description.size !== size || description.origin !== evidence.header.origin) {
    return fails('an invoice for another checkpoint or log', where);
  }
  const node = shortNode(payee);
  if (!trust.lightning.nodes.has(payee)) {
    return notShown(`the trust file does not list Lightning node ${node}`, where);
  }
  if (!trust.lightning.networks.has(network)) {
    return notShown(`the trust file does not count payments on ${network}`, where);
  }
  const paid = network === 'bitcoin' ? `${amountMsat} msat` : `${amountMsat} msat of ${network}`;
  return holds(`Lightning node ${node} was paid ${paid} for the root`, where);
}
