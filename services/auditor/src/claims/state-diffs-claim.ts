/** Claim `state-diffs`: every batch that the log closed carries the log's own diffs, and is what left the node. */
import { hexToBytes } from '@atomicity/kernel/codec/bytes';
import { decodeDescription } from '@atomicity/rails/lightning/description';
import { decodeEvidence } from '@atomicity/rails/lightning/evidence';
import type { AnchorRecord } from '../bundle/records.ts';
import { isSettlementOf, type LoggedBatch } from '../replay/batch-replay.ts';
import { payloadOf, readEthereumAnchor } from './anchors/ethereum-anchor.ts';
import type { AuditContext } from './context.ts';
import { type Finding, fails, notShown, worstOf } from './verdict.ts';

/** A batch that the log does not show: one of those that cannot be read, if there are any. */
function unknownBatch({ evidence }: AuditContext, what: string, where: string): Finding {
  const isErased = evidence.unreadBatches.some(({ verdict }) => verdict === 'not shown');
  return isErased
    ? notShown(`${what} a batch whose closing may be erased`, where)
    : fails(`${what} a batch that the log does not know`, where);
}

/** What was recorded on the chain is a batch of the log: same id, span and payload. */
function judgePublished(context: AuditContext, record: AnchorRecord): readonly Finding[] {
  const where = `checkpoint of size ${record.size}`;
  const anchor = readEthereumAnchor(context, record);
  // Evidence that shows nothing is the claim `anchors`' matter.
  if ('verdict' in anchor) return [];
  const logged = context.evidence.batches.get(anchor.batch);
  if (logged === undefined) return [unknownBatch(context, 'published as', where)];
  const { from, payload, subject } = logged.batch;
  const isSame =
    from === anchor.from && subject.size === anchor.size && payload === anchor.payloadHash;
  if (!isSame) return [fails('published with another span or payload than the log’s', where)];
  // The registry believes the payload's hash: only with the payload does a blob say anything.
  return anchor.availability === 'blob' && payloadOf(context, anchor) === undefined
    ? [notShown('the bundle lacks what the blobs of a batch hold', where)]
    : [];
}

/** What an invoice was paid for is what the batch of the log settles, under the batch's checkpoint. */
function judgePaid(context: AuditContext, record: AnchorRecord): readonly Finding[] {
  const where = `checkpoint of size ${record.size}`;
  const evidence = decodeEvidence(hexToBytes(record.proof));
  if (evidence.kind === 'refused') return [];
  const described = decodeDescription(evidence.value.description);
  if (described.kind === 'refused') return [];
  const { description } = described;
  const logged = context.evidence.batches.get(description.batch);
  if (logged === undefined) return [unknownBatch(context, 'paid for', where)];
  const { settles, subject } = logged.batch;
  if (subject.size !== description.size || subject.root !== description.root) {
    return [fails('paid for a batch under another checkpoint than the log’s', where)];
  }
  return isSettlementOf(settles, description)
    ? []
    : [fails('paid another debt than the batch of the log settles', where)];
}

/** That a batch was closed over this log and its root at that size. */
function judgeSubject({ evidence, log }: AuditContext, { batch }: LoggedBatch): readonly Finding[] {
  const { from, subject } = batch;
  const isOfLog =
    subject.origin === evidence.header.origin && subject.root === log.rootAt(subject.size);
  return isOfLog
    ? []
    : [fails('closed over another log or root', `batch of ${from} … ${subject.size}`)];
}

function judgeLeft(context: AuditContext): readonly Finding[] {
  return context.evidence.anchors.flatMap((record) => {
    if (record.rail === 'ethereum') return judgePublished(context, record);
    return record.rail === 'lightning' ? judgePaid(context, record) : [];
  });
}

export function stateDiffsClaim(context: AuditContext): Finding {
  const { header, batches, unreadBatches } = context.evidence;
  if (header.kind === 'sealed') return notShown('a sealed bundle carries no payloads');
  const findings = [...batches.values()].map(({ finding }) => finding);
  const count = batches.size;
  const summary = count === 0 ? 'no batch was closed' : `${count} batches, each as the log has it`;
  const subjects = [...batches.values()].flatMap((logged) => judgeSubject(context, logged));
  return worstOf([...findings, ...subjects, ...unreadBatches, ...judgeLeft(context)], summary);
}
