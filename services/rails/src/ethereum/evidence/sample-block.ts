/**
 * Blocks that no chain has, with anchors in them: for tests and vectors. Everything but the chain is real:
 * signatures, tries and hashes.
 */
import { concatBytes, utf8 } from '@atomicity/kernel/codec/bytes';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { versionedHash } from '../kzg/versioned-hash.ts';
import { type AnchorCall, anchoredLog, encodeAnchorCall } from './anchor-call.ts';
import { trieRoot } from './build-trie.ts';
import type { EvidenceParts } from './make-evidence.ts';
import type { LogEntry } from './receipt.ts';
import { encodeRlp, integerBytes, type RlpItem } from './rlp.ts';

export type SampleAnchor = {
  readonly chainId: number;
  /** 20 bytes. */
  readonly registry: Uint8Array;
  /** 32 bytes: the publisher's key. */
  readonly secretKey: Uint8Array;
  readonly call: AnchorCall;
  /** Of the blobs; none unless the call's payload is in blobs. */
  readonly commitments: readonly Uint8Array[];
  readonly blobProofs: readonly Uint8Array[];
};

/** What a sample does otherwise than a real block, to see it refused. */
export type SampleFlaws = {
  readonly type?: number;
  /** Of the receipt alone. */
  readonly receiptType?: number;
  readonly status?: number;
  readonly log?: (log: LogEntry) => LogEntry;
  readonly logs?: number;
  readonly to?: Uint8Array;
  readonly data?: Uint8Array;
  readonly highS?: boolean;
};

export type SamplePlace = {
  /** Transactions of the block, 1 or more; all but one are of nobody. */
  readonly count?: number;
  readonly index?: number;
  readonly number?: number;
  /** Seconds since 1970. */
  readonly timestamp?: number;
};

const bytes = (label: string, size = 32): Uint8Array => {
  return sha256(utf8(`sample ${label}`)).slice(0, size);
};

/** The address of a key's transactions. Source: Yellow Paper, appendix F. */
export function addressOf(secretKey: Uint8Array): Uint8Array {
  return keccak_256(secp256k1.getPublicKey(secretKey, false).subarray(1)).slice(12);
}

function signed(type: number, fields: readonly RlpItem[], key: Uint8Array, highS: boolean) {
  const head = Uint8Array.of(type);
  const digest = keccak_256(concatBytes(head, encodeRlp(fields)));
  const signature = secp256k1.sign(digest, key, { prehash: false, format: 'recovered' });
  const { r, s, recovery = 0 } = secp256k1.Signature.fromBytes(signature, 'recovered');
  const high = secp256k1.Point.CURVE().n - s;
  const ends = highS ? [1 - recovery, r, high] : [recovery, r, s];
  return concatBytes(head, encodeRlp([...fields, ...ends.map(integerBytes)]));
}

function anchorTransaction(anchor: SampleAnchor, flaws: SampleFlaws): Uint8Array {
  const { chainId, registry, secretKey, call, commitments } = anchor;
  const isBlob = call.availability === 'blob';
  const fees = [0, 1_000_000_000, 20_000_000_000, 90_000].map(integerBytes);
  const fields: RlpItem[] = [
    integerBytes(chainId),
    ...fees,
    flaws.to ?? registry,
    new Uint8Array(),
    flaws.data ?? encodeAnchorCall(call),
    [],
  ];
  if (isBlob) fields.push(integerBytes(1_000_000_000), commitments.map(versionedHash));
  return signed(flaws.type ?? (isBlob ? 3 : 2), fields, secretKey, flaws.highS ?? false);
}

function anchorReceipt(anchor: SampleAnchor, place: number, flaws: SampleFlaws): Uint8Array {
  const { registry, secretKey, call, commitments } = anchor;
  const hashes = commitments.map(versionedHash);
  const { log: change = (same) => same } = flaws;
  const log = change(anchoredLog(registry, addressOf(secretKey), call, hashes));
  const entry: RlpItem = [log.address, log.topics, log.data];
  const { status = 1, logs = status } = flaws;
  const body = encodeRlp([
    integerBytes(status),
    integerBytes(60_000 * (place + 1)),
    new Uint8Array(256),
    Array.from({ length: logs }, () => entry),
  ]);
  const type = flaws.receiptType ?? flaws.type ?? (call.availability === 'blob' ? 3 : 2);
  return concatBytes(Uint8Array.of(type), body);
}

/** Entries of others: only their bytes matter. */
const otherTransaction = (place: number) =>
  concatBytes(Uint8Array.of(2), encodeRlp([bytes(`transaction ${place}`), bytes('more', 20)]));
const otherReceipt = (place: number) =>
  concatBytes(Uint8Array.of(2), encodeRlp([integerBytes(1), bytes(`receipt ${place}`), []]));

function headerOver(
  transactions: Uint8Array,
  receipts: Uint8Array,
  place: SamplePlace,
): Uint8Array {
  const { number = 1, timestamp = 1_800_000_000 } = place;
  const numbers = [0, number, 30_000_000, 60_000, timestamp].map(integerBytes);
  return encodeRlp([
    bytes('parent'),
    bytes('ommers'),
    bytes('fee recipient', 20),
    bytes('state'),
    transactions,
    receipts,
    new Uint8Array(256),
    ...numbers,
    utf8('sample'),
    bytes('randao'),
    new Uint8Array(8),
    integerBytes(7),
    bytes('withdrawals'),
    integerBytes(131_072),
    new Uint8Array(),
    bytes('beacon root'),
    bytes('requests'),
  ]);
}

/** A block with one anchor in it, as the parts that evidence is made from. */
export function sampleBlock(
  anchor: SampleAnchor,
  place: SamplePlace = {},
  flaws: SampleFlaws = {},
): EvidenceParts {
  const { count = 1, index = 0 } = place;
  const at = <T>(mine: T, theirs: (i: number) => T) =>
    Array.from({ length: count }, (_, i) => (i === index ? mine : theirs(i)));
  const transactions = at(anchorTransaction(anchor, flaws), otherTransaction);
  const receipts = at(anchorReceipt(anchor, index, flaws), otherReceipt);
  return {
    chainId: anchor.chainId,
    registry: anchor.registry,
    header: headerOver(trieRoot(transactions), trieRoot(receipts), place),
    transactions,
    receipts,
    index,
    commitments: anchor.commitments,
    blobProofs: anchor.blobProofs,
    costWei: 1_200_000_000_000n,
  };
}
