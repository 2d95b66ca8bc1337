/** An OpenTimestamps proof: a Bitcoin block that the auditor knows holds the root of a checkpoint. */
import { hexToBytes } from '@atomicity/kernel/codec/bytes';
import { hashToBytes } from '@atomicity/kernel/units/id';
import { type BitcoinVerdict, verifyBitcoin } from '@atomicity/rails/opentimestamps/bitcoin';
import { decodeProof } from '@atomicity/rails/opentimestamps/decode';
import { encodeProof } from '@atomicity/rails/opentimestamps/encode';
import { type Attested, evaluate } from '@atomicity/rails/opentimestamps/evaluate';
import {
  isLocalCalendarUri,
  LOCAL_CALENDAR_LABEL,
} from '@atomicity/rails/opentimestamps/local-calendar';
import { compareBytes, type DetachedProof } from '@atomicity/rails/opentimestamps/proof';
import type { AnchorRecord } from '../../bundle/records.ts';
import type { AuditContext } from '../context.ts';
import { type Finding, fails, holds, notShown } from '../verdict.ts';

function judgeBlock(verdict: BitcoinVerdict, where: string): Finding {
  const { height } = verdict;
  switch (verdict.kind) {
    case 'matches':
      return holds(`Bitcoin block ${height} holds the root`, where);
    case 'block_not_given':
      return notShown(`the trust file does not list Bitcoin block ${height}`, where);
    case 'other_root':
      return fails(`Bitcoin block ${height} of the trust file has another Merkle root`, where);
  }
}

/** What a proof without a Bitcoin attestation is worth: nothing yet, and why. */
function judgePending({ evidence }: AuditContext, attested: readonly Attested[], size: number) {
  const where = `checkpoint of size ${size}`;
  const uris = attested.flatMap(({ attestation }) =>
    attestation.kind === 'pending' ? [attestation.uri] : [],
  );
  if (uris.length === 0)
    return notShown('the proof names no attestation that is known here', where);
  if (uris.every(isLocalCalendarUri)) return notShown(LOCAL_CALENDAR_LABEL, where);
  const time = evidence.eventTimes[size - 1] ?? 0;
  const since = new Date(time).toISOString();
  return notShown(`pending at ${uris.join(', ')}: no block since ${since}`, where);
}

/** The proof of an anchor, if its bytes are in the one normal form and it is over the root. */
function readAnchor({ log }: AuditContext, { size, proof }: AnchorRecord): DetachedProof | Finding {
  const where = `checkpoint of size ${size}`;
  const bytes = hexToBytes(proof);
  const decoded = decodeProof(bytes);
  if (decoded.kind === 'refused') return fails(`not an .ots proof: ${decoded.reason}`, where);
  if (compareBytes(encodeProof(decoded.proof), bytes) !== 0) {
    return fails('an .ots proof in another than the normal form', where);
  }
  const root = log.rootAt(size);
  const { hashOperation, digest } = decoded.proof;
  const isOverRoot =
    root !== undefined &&
    hashOperation === 'sha256' &&
    compareBytes(digest, hashToBytes(root)) === 0;
  return isOverRoot
    ? decoded.proof
    : fails('a proof over another root than the checkpoint’s', where);
}

export function judgeBitcoinAnchor(context: AuditContext, anchor: AnchorRecord): Finding {
  const proof = readAnchor(context, anchor);
  if ('verdict' in proof) return proof;
  const attested = evaluate(proof);
  const where = `checkpoint of size ${anchor.size}`;
  const blocks = verifyBitcoin(attested, context.trust.blocks).map((block) =>
    judgeBlock(block, where),
  );
  const failed = blocks.find(({ verdict }) => verdict === 'fails');
  const held = blocks.find(({ verdict }) => verdict === 'holds');
  return failed ?? held ?? blocks[0] ?? judgePending(context, attested, anchor.size);
}
