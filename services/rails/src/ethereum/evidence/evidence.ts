/**
 * The evidence of an Ethereum anchor as a file: canonical JSON with a block's header, proofs of one
 * transaction and its receipt under that header, and what is needed to check the blobs. The transaction
 * and the receipt are the values that the proofs end in; they stand nowhere else, so nothing in the file
 * can contradict itself.
 */
import { hexToBytes, textFromUtf8, utf8 } from '@atomicity/kernel/codec/bytes';
import {
  canonicalJson,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseCanonicalJson,
} from '@atomicity/kernel/codec/canonical-json';
import { hexOf } from './fields.ts';

/** As every rail's: what the settler's events hold. */
export const EVIDENCE_SIZE_BYTES_MAX = 65_536;

export type EthereumEvidence = {
  /** EIP-155 chain id, 1 … 2^53−1. */
  readonly chainId: number;
  /** Address of the AnchorRegistry, 20 bytes. */
  readonly registry: Uint8Array;
  /** RLP of the block's header. */
  readonly header: Uint8Array;
  readonly transactionIndex: number;
  /** Nodes from the root of the transactions' trie down; or a blob transaction by itself. */
  readonly transactionProof: readonly Uint8Array[];
  /** Nodes from the root of the receipts' trie down. */
  readonly receiptProof: readonly Uint8Array[];
  /** KZG commitments of the blobs, 48 bytes each, in their order. */
  readonly commitments: readonly Uint8Array[];
  /** Proofs of the blobs against their commitments, 48 bytes each. */
  readonly blobProofs: readonly Uint8Array[];
  /** What the publisher says that it paid, in wei; nothing shows it. */
  readonly costWei: bigint;
};

/** Blobs of one batch that are still read. */
const BLOBS_MAX = 16;
const NODES_MAX = 9;
const POINT_SIZE_BYTES = 48;
const INDEX_MAX = 65_535;
const HEX = /^0x(?:[0-9a-f]{2})*$/;
const DECIMAL = /^(?:0|[1-9][0-9]{0,38})$/;

const MEMBERS = [
  'blobProofs',
  'chainId',
  'commitments',
  'costWei',
  'header',
  'rail',
  'receiptProof',
  'registry',
  'transactionIndex',
  'transactionProof',
  'v',
].join();

/** Why bytes are no evidence in this format. */
export type FormatRefusal = 'evidence_too_large' | 'evidence_malformed' | 'version_unknown';

export type DecodedEvidence =
  | { readonly kind: 'decoded'; readonly evidence: EthereumEvidence }
  | { readonly kind: 'refused'; readonly reason: FormatRefusal; readonly field?: string };

class Malformed extends Error {
  readonly field: string;

  constructor(field: string) {
    super(field);
    this.field = field;
  }
}

function hexField(value: JsonValue | undefined, field: string, sizeBytes?: number): Uint8Array {
  if (typeof value !== 'string' || !HEX.test(value)) throw new Malformed(field);
  const bytes = hexToBytes(value.slice(2));
  if (sizeBytes !== undefined && bytes.length !== sizeBytes) throw new Malformed(field);
  return bytes;
}

function hexList(object: JsonObject, field: string, most: number, sizeBytes?: number) {
  const value = object[field];
  if (!Array.isArray(value) || value.length > most) throw new Malformed(field);
  return value.map((each: JsonValue, i) => hexField(each, `${field}[${i}]`, sizeBytes));
}

function countMember(object: JsonObject, field: string, least: number, most: number): number {
  const value = object[field];
  if (typeof value !== 'number' || value < least || value > most) throw new Malformed(field);
  return value;
}

function weiMember(value: JsonValue | undefined): bigint {
  if (typeof value !== 'string' || !DECIMAL.test(value)) throw new Malformed('costWei');
  return BigInt(value);
}

function readMembers(object: JsonObject): EthereumEvidence {
  if (Object.keys(object).join() !== MEMBERS) throw new Malformed('members');
  if (object['rail'] !== 'ethereum') throw new Malformed('rail');
  return {
    chainId: countMember(object, 'chainId', 1, Number.MAX_SAFE_INTEGER),
    registry: hexField(object['registry'], 'registry', 20),
    header: hexField(object['header'], 'header'),
    transactionIndex: countMember(object, 'transactionIndex', 0, INDEX_MAX),
    transactionProof: hexList(object, 'transactionProof', NODES_MAX),
    receiptProof: hexList(object, 'receiptProof', NODES_MAX),
    commitments: hexList(object, 'commitments', BLOBS_MAX, POINT_SIZE_BYTES),
    blobProofs: hexList(object, 'blobProofs', BLOBS_MAX, POINT_SIZE_BYTES),
    costWei: weiMember(object['costWei']),
  };
}

/** Reads evidence: canonical JSON of at most 65,536 bytes with exactly the members above. Never throws. */
export function decodeEvidence(bytes: Uint8Array): DecodedEvidence {
  if (bytes.length > EVIDENCE_SIZE_BYTES_MAX) {
    return { kind: 'refused', reason: 'evidence_too_large' };
  }
  const text = textFromUtf8(bytes);
  const parsed = text === undefined ? undefined : parseCanonicalJson(text);
  if (parsed === undefined || !parsed.ok || !isJsonObject(parsed.value)) {
    return { kind: 'refused', reason: 'evidence_malformed' };
  }
  if (parsed.value['v'] !== 1) return { kind: 'refused', reason: 'version_unknown', field: 'v' };
  try {
    return { kind: 'decoded', evidence: readMembers(parsed.value) };
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return { kind: 'refused', reason: 'evidence_malformed', field: error.field };
  }
}

/** The file of this evidence; the same evidence always gives the same bytes. */
export function encodeEvidence(evidence: EthereumEvidence): Uint8Array {
  const { chainId, registry, header, transactionIndex, costWei } = evidence;
  const text = canonicalJson({
    v: 1,
    rail: 'ethereum',
    chainId,
    registry: hexOf(registry),
    header: hexOf(header),
    transactionIndex,
    transactionProof: evidence.transactionProof.map(hexOf),
    receiptProof: evidence.receiptProof.map(hexOf),
    commitments: evidence.commitments.map(hexOf),
    blobProofs: evidence.blobProofs.map(hexOf),
    costWei: `${costWei}`,
  });
  return utf8(text);
}
