/** A transaction in a block that the auditor knows recorded the root of a checkpoint, and what it published. */
import { hexToBytes } from '@atomicity/kernel/codec/bytes';
import { DIFFS_ROOT_BYTES } from '@atomicity/kernel/state-diff/diffs-tree';
import { blobFill, toBlobs } from '@atomicity/kernel/state-diff/field-elements';
import {
  type EthereumAnchor,
  verifyEthereumEvidence,
} from '@atomicity/rails/ethereum/evidence/verify-evidence';
import { blobsMatch } from '@atomicity/rails/ethereum/kzg/verify-blob';
import type { AnchorRecord } from '../../bundle/records.ts';
import type { AuditContext } from '../context.ts';
import { type Finding, fails, holds, notShown } from '../verdict.ts';

/** What the evidence of an anchor shows, or why it shows nothing of this log. */
export function readEthereumAnchor(
  { log }: Pick<AuditContext, 'log'>,
  { size, proof }: AnchorRecord,
): EthereumAnchor | Finding {
  const where = `checkpoint of size ${size}`;
  const root = log.rootAt(size);
  if (root === undefined) return fails('evidence for no checkpoint', where);
  const verdict = verifyEthereumEvidence(hexToBytes(proof), { root });
  if (verdict.kind === 'refused') {
    const field = verdict.field === undefined ? '' : `: ${verdict.field}`;
    return fails(`not evidence of the root on Ethereum: ${verdict.reason}${field}`, where);
  }
  if (verdict.anchor.size !== size) return fails('an anchor of another size', where);
  return verdict.anchor;
}

/** Whether the trust file knows the chain's block, the registry and who published. */
function judgeChain({ trust }: AuditContext, anchor: EthereumAnchor, where: string): Finding {
  const { chainId, blockNumber, blockHash, registry, publisher } = anchor;
  const chain = trust.ethereum[String(chainId)];
  const block = `block ${blockNumber} of chain ${chainId}`;
  const known = chain?.blocks[String(blockNumber)];
  if (known === undefined) return notShown(`the trust file does not list ${block}`, where);
  if (known !== blockHash) return fails(`${block} of the trust file is another one`, where);
  if (!chain?.registries.has(registry)) {
    return notShown(`the trust file does not list registry ${registry}`, where);
  }
  if (!chain.publishers.has(publisher)) {
    return notShown(`the trust file does not list publisher ${publisher}`, where);
  }
  return holds(`${block} holds the root`, where);
}

/** The payload that an anchor published, from its call or from the bundle; undefined if neither has it. */
export function payloadOf(
  { evidence }: Pick<AuditContext, 'evidence'>,
  { payload, payloadHash }: EthereumAnchor,
): Uint8Array | undefined {
  if (payload !== null) return payload;
  const record = evidence.payloads.get(payloadHash);
  return record === undefined ? undefined : hexToBytes(record.data);
}

/** Whether blobs hold a payload, by the names of both: what one bundle repeats is paired once. */
export type KnownBlobs = Map<string, boolean>;

/** Pairs each blob, about 60 ms: once for the same blobs and payload, whatever proofs come with them. */
function holdsPayload(anchor: EthereumAnchor, payload: Uint8Array, known: KnownBlobs): boolean {
  const { payloadHash, versionedHashes } = anchor;
  const key = [payloadHash, ...versionedHashes].join();
  const before = known.get(key);
  if (before !== undefined) return before;
  const count = versionedHashes.length;
  // Longer or shorter payloads take other numbers of blobs, which `blobsMatch` refuses.
  const fits = payload.length >= DIFFS_ROOT_BYTES && blobFill(payload.length).blobs === count;
  const matches = fits && blobsMatch(anchor, toBlobs(payload, { blobsMax: count }));
  known.set(key, matches);
  return matches;
}

/** That the payload of the bundle is what the blobs hold. */
function judgeBlobs(
  context: AuditContext,
  anchor: EthereumAnchor,
  known: KnownBlobs,
  where: string,
): Finding {
  if (anchor.availability === 'calldata') return holds('published in the call', where);
  if (anchor.availability === 'external') return holds('its payload is published elsewhere', where);
  const payload = payloadOf(context, anchor);
  if (payload === undefined) return notShown('the bundle lacks what the blobs hold', where);
  if (!holdsPayload(anchor, payload, known)) {
    return fails('the payload is not what the blobs hold', where);
  }
  const count = anchor.versionedHashes.length;
  return holds(`${count} ${count === 1 ? 'blob holds' : 'blobs hold'} the state diffs`, where);
}

/** Blobs are only looked at in a block that the auditor knows: any other evidence costs no pairing. */
export function judgeEthereumAnchor(
  context: AuditContext,
  record: AnchorRecord,
  known: KnownBlobs,
): Finding {
  const anchor = readEthereumAnchor(context, record);
  if ('verdict' in anchor) return anchor;
  const where = `checkpoint of size ${record.size}`;
  const chain = judgeChain(context, anchor, where);
  if (chain.verdict !== 'holds') return chain;
  const blobs = judgeBlobs(context, anchor, known, where);
  if (blobs.verdict === 'fails') return blobs;
  return { ...chain, reason: `${chain.reason}, ${blobs.reason}` };
}
