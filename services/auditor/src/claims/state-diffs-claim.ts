/** Claim `state-diffs`: every batch that the log closed carries the log's own diffs, and is what left the node. */
import { hexToBytes } from '@atomicity/kernel/codec/bytes';
import { decodeDescription } from '@atomicity/rails/lightning/description';
import { decodeEvidence } from '@atomicity/rails/lightning/evidence';
import type { AnchorRecord } from '../bundle/records.ts';
import { isSettlementOf } from '../replay/batch-replay.ts';
import { readEthereumAnchor } from './anchors/ethereum-anchor.ts';
import type { AuditContext } from './context.ts';
import { type Finding, fails, notShown, worstOf } from './verdict.ts';

/** What was recorded on the chain is a batch of the log: same id, span and payload. */
function judgePublished(context: AuditContext, record: AnchorRecord): readonly Finding[] {
  const where = `checkpoint of size ${record.size}`;
  const anchor = readEthereumAnchor(context, record);
  // Evidence that shows nothing is the claim `anchors`' matter.
  if ('verdict' in anchor) return [];
  const logged = context.evidence.batches.get(anchor.batch);
  if (logged === undefined)
    return [fails('published as a batch that the log does not know', where)];
  const { from, payload } = logged.batch;
  const isSame = from === anchor.from && payload === anchor.payloadHash;
  return isSame ? [] : [fails('published with another span or payload than the log’s', where)];
}

/** What an invoice was paid for is what the batch of the log settles. */
function judgePaid(context: AuditContext, record: AnchorRecord): readonly Finding[] {
  const where = `checkpoint of size ${record.size}`;
  const evidence = decodeEvidence(hexToBytes(record.proof));
  if (evidence.kind === 'refused') return [];
  const described = decodeDescription(evidence.value.description);
  if (described.kind === 'refused') return [];
  const { description } = described;
  const logged = context.evidence.batches.get(description.batch);
  if (logged === undefined) return [fails('paid for a batch that the log does not know', where)];
  return isSettlementOf(logged.batch.settles, description)
    ? []
    : [fails('paid another debt than the batch of the log settles', where)];
}

function judgeLeft(context: AuditContext): readonly Finding[] {
  return context.evidence.anchors.flatMap((record) => {
    if (record.rail === 'ethereum') return judgePublished(context, record);
    return record.rail === 'lightning' ? judgePaid(context, record) : [];
  });
}

export function stateDiffsClaim(context: AuditContext): Finding {
  const { header, batches } = context.evidence;
  if (header.kind === 'sealed') return notShown('a sealed bundle carries no payloads');
  const findings = [...batches.values()].map(({ finding }) => finding);
  const count = batches.size;
  const summary = count === 0 ? 'no batch was closed' : `${count} batches, each as the log has it`;
  return worstOf([...findings, ...judgeLeft(context)], summary);
}
