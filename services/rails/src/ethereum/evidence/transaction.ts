/** Signed transactions in their canonical form, as they stand in a block: without the blobs. */
import { concatBytes } from '@atomicity/kernel/codec/bytes';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { countField, fixedText, integerField } from './fields.ts';
import { decodeRlp, encodeRlp, isList, isText, type RlpItem } from './rlp.ts';

/** EIP-1559's fee market, or EIP-4844's blobs; nothing else carries an anchor. */
export type TransactionType = 2 | 3;

export type Transaction = {
  readonly type: TransactionType;
  readonly hash: Uint8Array;
  readonly chainId: number;
  readonly nonce: number;
  /** Wei a gas. */
  readonly maxPriorityFeePerGas: bigint;
  readonly maxFeePerGas: bigint;
  readonly gasLimit: number;
  readonly to: Uint8Array;
  readonly data: Uint8Array;
  /** One for each blob; none for type 2. */
  readonly versionedHashes: readonly Uint8Array[];
  /** What the signature is over. */
  readonly signingHash: Uint8Array;
  readonly yParity: 0 | 1;
  readonly r: bigint;
  readonly s: bigint;
};

/** True for a blob transaction in its canonical form; no node of a trie begins like it. */
export function isBlobTransaction(bytes: Uint8Array): boolean {
  return bytes[0] === 3;
}

/** Blobs of one transaction that are still read. Source: EIP-7594 allows 6. */
const BLOBS_MAX = 16;

/** Places of what the two types have in common, and where their signatures begin. Source: EIP-1559, EIP-4844. */
const FIELDS: Readonly<Record<TransactionType, number>> = { 2: 12, 3: 14 };

function readAccessList(item: RlpItem | undefined): boolean {
  if (!isList(item)) return false;
  return item.every((entry) => {
    if (!isList(entry) || entry.length !== 2) return false;
    const [address, keys] = entry;
    if (fixedText(address, 20) === undefined || !isList(keys)) return false;
    return keys.every((key) => fixedText(key, 32) !== undefined);
  });
}

function readVersionedHashes(item: RlpItem | undefined): readonly Uint8Array[] | undefined {
  if (!isList(item) || item.length === 0 || item.length > BLOBS_MAX) return undefined;
  const hashes = item.filter(isText).filter((each) => each.length === 32 && each[0] === 1);
  return hashes.length === item.length ? hashes : undefined;
}

function readBlobFields(type: TransactionType, fields: readonly RlpItem[]) {
  if (type === 2) return [];
  const maxFeePerBlobGas = integerField(fields[9], 32);
  return maxFeePerBlobGas === undefined ? undefined : readVersionedHashes(fields[10]);
}

function readFees(fields: readonly RlpItem[]) {
  const chainId = countField(fields[0]);
  const nonce = countField(fields[1]);
  const maxPriorityFeePerGas = integerField(fields[2], 32);
  const maxFeePerGas = integerField(fields[3], 32);
  const gasLimit = countField(fields[4]);
  if (
    chainId === undefined ||
    nonce === undefined ||
    maxPriorityFeePerGas === undefined ||
    maxFeePerGas === undefined ||
    gasLimit === undefined
  ) {
    return undefined;
  }
  return { chainId, nonce, maxPriorityFeePerGas, maxFeePerGas, gasLimit };
}

function readSignature(fields: readonly RlpItem[]) {
  const [parity, first, second] = fields.slice(-3);
  const yParity = countField(parity);
  const r = integerField(first, 32);
  const s = integerField(second, 32);
  if (r === undefined || s === undefined || (yParity !== 0 && yParity !== 1)) return undefined;
  return { yParity, r, s } as const;
}

/**
 * Reads a transaction of type 2 or 3; undefined for any other bytes, so also for one in the form in
 * which it travels with its blobs.
 * Source: EIP-2718, EIP-1559, EIP-4844.
 */
export function readTransaction(bytes: Uint8Array): Transaction | undefined {
  const [type] = bytes;
  if (type !== 2 && type !== 3) return undefined;
  const fields = decodeRlp(bytes.subarray(1));
  if (!isList(fields) || fields.length !== FIELDS[type]) return undefined;
  const fees = readFees(fields);
  const to = fixedText(fields[5], 20);
  const value = integerField(fields[6], 32);
  const data = fields[7];
  const versionedHashes = readBlobFields(type, fields);
  const signature = readSignature(fields);
  if (
    fees === undefined ||
    to === undefined ||
    value === undefined ||
    !isText(data) ||
    !readAccessList(fields[8]) ||
    versionedHashes === undefined ||
    signature === undefined
  ) {
    return undefined;
  }
  const unsigned = concatBytes(Uint8Array.of(type), encodeRlp(fields.slice(0, -3)));
  return {
    type,
    hash: keccak_256(bytes),
    ...fees,
    to,
    data,
    versionedHashes,
    signingHash: keccak_256(unsigned),
    ...signature,
  };
}

/**
 * The address whose key signed, 20 bytes; undefined for a signature that no key can have made, or one in
 * the upper half, which a chain refuses.
 * Source: EIP-2.
 */
export function signerOf({ signingHash, yParity, r, s }: Transaction): Uint8Array | undefined {
  const { n } = secp256k1.Point.CURVE();
  if (r === 0n || r >= n || s === 0n || s > n / 2n) return undefined;
  try {
    const signature = new secp256k1.Signature(r, s).addRecoveryBit(yParity);
    const key = signature.recoverPublicKey(signingHash).toBytes(false);
    return keccak_256(key.subarray(1)).slice(12);
  } catch {
    // r is the x of no point.
    return undefined;
  }
}
