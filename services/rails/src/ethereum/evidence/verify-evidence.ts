/**
 * Verifies the evidence of an Ethereum anchor offline: from the file alone it follows that a block with
 * this hash holds a successful call of the registry by this publisher with this root. Whether that block
 * is on the chain, and whose the addresses are, the caller has to know.
 */
import { equalBytes } from '@atomicity/kernel/codec/bytes';
import { type Hash, hashFromBytes } from '@atomicity/kernel/units/id';
import { sha256 } from '@noble/hashes/sha2.js';
import type { Hex } from '../context.ts';
import { versionedHash } from '../kzg/versioned-hash.ts';
import { type AnchorCall, type Availability, anchoredLog, readAnchorCall } from './anchor-call.ts';
import { decodeEvidence, type EthereumEvidence, type FormatRefusal } from './evidence.ts';
import { hexOf } from './fields.ts';
import { type BlockHeader, readHeader } from './header.ts';
import { type LogEntry, readReceipt } from './receipt.ts';
import { isBlobTransaction, readTransaction, signerOf, type Transaction } from './transaction.ts';
import { valueInTrie } from './trie.ts';

/** Why evidence shows nothing, in order of precedence. */
export type EvidenceRefusal =
  | FormatRefusal
  | 'header_malformed'
  | 'transaction_not_in_block'
  | 'transaction_malformed'
  | 'other_chain'
  | 'other_registry'
  | 'signature_invalid'
  | 'call_malformed'
  | 'payload_mismatch'
  | 'blobs_mismatch'
  | 'receipt_not_in_block'
  | 'receipt_malformed'
  | 'call_failed'
  | 'log_mismatch'
  | 'other_root'
  | 'other_batch';

/** What evidence shows, given that the block is on the chain. */
export type EthereumAnchor = {
  readonly chainId: number;
  /** Addresses and hashes of the chain are `0x` and lower-case hex. */
  readonly registry: Hex;
  /** Who signed the transaction. */
  readonly publisher: Hex;
  readonly blockNumber: number;
  readonly blockHash: Hex;
  /** Seconds since 1970, as the block says. */
  readonly blockTimestamp: number;
  readonly transactionHash: Hex;
  /**
   * False when the transaction stands by itself, without a proof: the publisher signed it, and the receipt shows
   * that the call was made, yet perhaps by another transaction with the same blobs and words.
   */
  readonly isTransactionProven: boolean;
  readonly batch: Hash;
  readonly root: Hash;
  readonly from: number;
  readonly size: number;
  /** SHA-256 of the payload. */
  readonly payloadHash: Hash;
  readonly availability: Availability;
  /** One for each blob, in order. */
  readonly versionedHashes: readonly Hex[];
  readonly commitments: readonly Uint8Array[];
  /** Not verified here: `verifyBlob` does, with the blob. */
  readonly blobProofs: readonly Uint8Array[];
  /** The payload, where it came with the call. */
  readonly payload: Uint8Array | null;
  /** As the publisher says; nothing shows it. */
  readonly costWei: bigint;
};

export type EvidenceVerdict =
  | { readonly kind: 'shown'; readonly anchor: EthereumAnchor }
  | { readonly kind: 'refused'; readonly reason: EvidenceRefusal; readonly field?: string };

/** What the evidence must be of; without `batch`, of any batch with this root. */
export type ExpectedAnchor = { readonly root: Hash; readonly batch?: Hash };

class Refused extends Error {
  readonly reason: EvidenceRefusal;

  constructor(reason: EvidenceRefusal) {
    super(reason);
    this.reason = reason;
  }
}

function demand(condition: boolean, reason: EvidenceRefusal): void {
  if (!condition) throw new Refused(reason);
}

function found<T>(value: T | undefined, reason: EvidenceRefusal): T {
  if (value === undefined) throw new Refused(reason);
  return value;
}

/**
 * A blob transaction that stands by itself, where the header has no root over canonical transactions: it is
 * signed by the publisher, and the registry's event under the receipts' root says the same.
 */
function loneTransaction({ transactionProof }: EthereumEvidence): Uint8Array | undefined {
  const [only] = transactionProof;
  return transactionProof.length === 1 && only !== undefined && isBlobTransaction(only)
    ? only
    : undefined;
}

function transactionIn(evidence: EthereumEvidence, header: BlockHeader): Transaction {
  const { transactionIndex, transactionProof, chainId, registry } = evidence;
  const bytes = found(
    loneTransaction(evidence) ??
      valueInTrie(header.transactionsRoot, transactionIndex, transactionProof),
    'transaction_not_in_block',
  );
  const transaction = found(readTransaction(bytes), 'transaction_malformed');
  demand(transaction.chainId === chainId, 'other_chain');
  demand(equalBytes(transaction.to, registry), 'other_registry');
  return transaction;
}

function callIn({ data, versionedHashes }: Transaction, evidence: EthereumEvidence): AnchorCall {
  const call = found(readAnchorCall(data), 'call_malformed');
  const { payload, payloadHash, availability } = call;
  demand(payload === null || equalBytes(sha256(payload), payloadHash), 'payload_mismatch');
  const { commitments, blobProofs } = evidence;
  demand(
    (availability === 'blob') === versionedHashes.length > 0 &&
      commitments.length === versionedHashes.length &&
      blobProofs.length === versionedHashes.length &&
      commitments.every((each, i) => {
        return equalBytes(versionedHash(each), versionedHashes[i] ?? new Uint8Array());
      }),
    'blobs_mismatch',
  );
  return call;
}

function isSameLog(log: LogEntry | undefined, expected: LogEntry): boolean {
  return (
    log !== undefined &&
    equalBytes(log.address, expected.address) &&
    log.topics.length === expected.topics.length &&
    log.topics.every((topic, i) => equalBytes(topic, expected.topics[i] ?? new Uint8Array())) &&
    equalBytes(log.data, expected.data)
  );
}

function checkReceipt(
  evidence: EthereumEvidence,
  header: BlockHeader,
  type: number,
  expected: LogEntry,
): void {
  const { transactionIndex, receiptProof } = evidence;
  const bytes = found(
    valueInTrie(header.receiptsRoot, transactionIndex, receiptProof),
    'receipt_not_in_block',
  );
  const receipt = found(readReceipt(bytes), 'receipt_malformed');
  demand(receipt.type === type, 'receipt_malformed');
  demand(receipt.succeeded, 'call_failed');
  // The registry calls nobody and logs once, so another number of logs is another contract.
  demand(receipt.logs.length === 1 && isSameLog(receipt.logs[0], expected), 'log_mismatch');
}

function shown(evidence: EthereumEvidence): EthereumAnchor {
  const header = found(readHeader(evidence.header), 'header_malformed');
  const transaction = transactionIn(evidence, header);
  const publisher = found(signerOf(transaction), 'signature_invalid');
  const call = callIn(transaction, evidence);
  const { registry, chainId, commitments, blobProofs, costWei } = evidence;
  const { versionedHashes } = transaction;
  const log = anchoredLog(registry, publisher, call, versionedHashes);
  checkReceipt(evidence, header, transaction.type, log);
  return {
    chainId,
    registry: hexOf(registry),
    publisher: hexOf(publisher),
    blockNumber: header.number,
    blockHash: hexOf(header.hash),
    blockTimestamp: header.timestamp,
    transactionHash: hexOf(transaction.hash),
    isTransactionProven: loneTransaction(evidence) === undefined,
    batch: hashFromBytes(call.batch),
    root: hashFromBytes(call.root),
    from: call.from,
    size: call.size,
    payloadHash: hashFromBytes(call.payloadHash),
    availability: call.availability,
    versionedHashes: versionedHashes.map(hexOf),
    commitments,
    blobProofs,
    payload: call.payload,
    costWei,
  };
}

/**
 * What evidence shows, whatever it is of.
 *
 * Pure and total: any bytes are answered with what they show or with the first reason that they do not.
 */
export function readEthereumEvidence(bytes: Uint8Array): EvidenceVerdict {
  const decoded = decodeEvidence(bytes);
  if (decoded.kind === 'refused') return decoded;
  try {
    return { kind: 'shown', anchor: shown(decoded.evidence) };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { kind: 'refused', reason: error.reason };
  }
}

/**
 * What evidence shows of an expected root, and batch if one is given.
 *
 * The block's hash, the registry and the publisher are answers, not checks: the caller holds them against
 * what it trusts. Pure and total.
 */
export function verifyEthereumEvidence(
  bytes: Uint8Array,
  expected: ExpectedAnchor,
): EvidenceVerdict {
  const verdict = readEthereumEvidence(bytes);
  if (verdict.kind === 'refused') return verdict;
  const { root, batch } = verdict.anchor;
  if (root !== expected.root) return { kind: 'refused', reason: 'other_root' };
  const isOther = expected.batch !== undefined && batch !== expected.batch;
  return isOther ? { kind: 'refused', reason: 'other_batch' } : verdict;
}
