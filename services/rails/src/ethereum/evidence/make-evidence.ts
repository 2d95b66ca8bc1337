/** Makes the evidence of an anchor from a whole block: the tries are built anew, and prove one entry each. */
import { equalBytes } from '@atomicity/kernel/codec/bytes';
import { proveInTrie } from './build-trie.ts';
import { encodeEvidence } from './evidence.ts';
import { readHeader } from './header.ts';
import { isBlobTransaction } from './transaction.ts';
import { readEthereumEvidence } from './verify-evidence.ts';

export type EvidenceParts = {
  readonly chainId: number;
  /** Address of the AnchorRegistry, 20 bytes. */
  readonly registry: Uint8Array;
  /** RLP of the block's header: `encodeRpcBlock` makes it. */
  readonly header: Uint8Array;
  /** Every transaction of the block in order, in canonical form (EIP-2718), without blobs. */
  readonly transactions: readonly Uint8Array[];
  /** Every receipt of the block in order, as they are hashed. */
  readonly receipts: readonly Uint8Array[];
  /** Which transaction is the anchor's. */
  readonly index: number;
  /**
   * The header's root is not over canonical transactions, as anvil's is when a block has blobs: the blob
   * transaction is kept by itself. Its receipt shows all that counts.
   */
  readonly hasForeignTransactionsRoot?: boolean;
  /** KZG commitments of its blobs, 48 bytes each; none for a call without blobs. */
  readonly commitments: readonly Uint8Array[];
  readonly blobProofs: readonly Uint8Array[];
  /** What the publisher paid, in wei, for gas and blobs. */
  readonly costWei: bigint;
};

/** What was given is not one block with an anchor in it. */
export class EvidenceError extends Error {
  override readonly name = 'EvidenceError';
  /** A refusal of the verifier, or which part does not fit the header. */
  readonly reason: string;

  constructor(reason: string) {
    super(`no evidence: ${reason}`);
    this.reason = reason;
  }
}

/**
 * The evidence of the anchor at `index`, as a file of at most 65,536 bytes. What it returns, the verifier
 * accepts. A second call with the same parts gives the same bytes.
 *
 * @throws EvidenceError when the parts do not make up the header's block, or show no anchor.
 */
export function makeEvidence(parts: EvidenceParts): Uint8Array {
  const { header, transactions, receipts, index, hasForeignTransactionsRoot, ...rest } = parts;
  const block = readHeader(header);
  if (block === undefined) throw new EvidenceError('header_malformed');
  const transaction = transactions[index];
  if (transaction === undefined) throw new EvidenceError('transaction_not_in_block');
  if (receipts.length !== transactions.length) throw new EvidenceError('receipt_not_in_block');
  const inTransactions = proveInTrie(transactions, index);
  const inReceipts = proveInTrie(receipts, index);
  const byItself = hasForeignTransactionsRoot === true && isBlobTransaction(transaction);
  if (!byItself && !equalBytes(inTransactions.root, block.transactionsRoot)) {
    throw new EvidenceError('transactions_root_mismatch');
  }
  if (!equalBytes(inReceipts.root, block.receiptsRoot)) {
    throw new EvidenceError('receipts_root_mismatch');
  }
  const evidence = encodeEvidence({
    ...rest,
    header,
    transactionIndex: index,
    transactionProof: byItself ? [transaction] : inTransactions.proof,
    receiptProof: inReceipts.proof,
  });
  const verdict = readEthereumEvidence(evidence);
  if (verdict.kind === 'refused') throw new EvidenceError(verdict.reason);
  return evidence;
}
