/**
 * A block as a node's JSON-RPC tells it, back in the bytes that its hashes are of. The header's hash and
 * both roots are computed anew, so a node that leaves something out or tells it wrong is found out.
 */
import {
  bytesToHex,
  concatBytes,
  equalBytes,
  hexToBytes,
  integerFromBytes,
} from '@atomicity/kernel/codec/bytes';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { trieRoot } from './build-trie.ts';
import { EvidenceError } from './make-evidence.ts';
import { encodeRlp, integerBytes, type RlpItem } from './rlp.ts';
import { isBlobTransaction } from './transaction.ts';

export type BlockBytes = {
  /** RLP of the header. */
  readonly header: Uint8Array;
  /** In canonical form, without blobs. */
  readonly transactions: readonly Uint8Array[];
  readonly receipts: readonly Uint8Array[];
  /** The header's root is over blob transactions together with their blobs, as anvil makes it. */
  readonly hasForeignTransactionsRoot: boolean;
};

type Told = Readonly<Record<string, unknown>>;

/** `data` is bytes as they are, `quantity` a number in its shortest form. */
type Kind = 'data' | 'quantity';

/** In the order of the header. Source: Yellow Paper §4.3; EIP-1559, 4895, 4844, 4788, 7685, 7928, 7843. */
const HEADER_FIELDS: readonly (readonly [string, Kind])[] = [
  ['parentHash', 'data'],
  ['sha3Uncles', 'data'],
  ['miner', 'data'],
  ['stateRoot', 'data'],
  ['transactionsRoot', 'data'],
  ['receiptsRoot', 'data'],
  ['logsBloom', 'data'],
  ['difficulty', 'quantity'],
  ['number', 'quantity'],
  ['gasLimit', 'quantity'],
  ['gasUsed', 'quantity'],
  ['timestamp', 'quantity'],
  ['extraData', 'data'],
  ['mixHash', 'data'],
  ['nonce', 'data'],
  ['baseFeePerGas', 'quantity'],
  ['withdrawalsRoot', 'data'],
  ['blobGasUsed', 'quantity'],
  ['excessBlobGas', 'quantity'],
  ['parentBeaconBlockRoot', 'data'],
  ['requestsHash', 'data'],
  ['blockAccessListHash', 'data'],
  ['slotNumber', 'quantity'],
];

function isTold(value: unknown): value is Told {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function told(value: unknown, field: string): Told {
  if (!isTold(value)) throw new EvidenceError(`${field}_missing`);
  return value;
}

function listOf(value: unknown, field: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new EvidenceError(`${field}_missing`);
  return value;
}

function data(value: unknown, field: string): Uint8Array {
  if (typeof value !== 'string' || !/^0x(?:[0-9a-fA-F]{2})*$/.test(value)) {
    throw new EvidenceError(`${field}_malformed`);
  }
  return hexToBytes(value.slice(2));
}

function quantity(value: unknown, field: string): Uint8Array {
  if (typeof value !== 'string' || !/^0x[0-9a-fA-F]{1,64}$/.test(value)) {
    throw new EvidenceError(`${field}_malformed`);
  }
  return integerBytes(BigInt(value));
}

function fieldOf(from: Told, field: string, kind: Kind): Uint8Array {
  return kind === 'data' ? data(from[field], field) : quantity(from[field], field);
}

function headerOf(block: Told): Uint8Array {
  const fields = HEADER_FIELDS.filter(([field]) => block[field] != null);
  const header = encodeRlp(fields.map(([field, kind]) => fieldOf(block, field, kind)));
  if (!equalBytes(keccak_256(header), data(block['hash'], 'hash'))) {
    throw new EvidenceError('header_hash_mismatch');
  }
  return header;
}

function accessList(from: Told): RlpItem {
  return listOf(from['accessList'], 'accessList').map((entry) => {
    const { address, storageKeys } = told(entry, 'accessList');
    const keys = listOf(storageKeys, 'storageKeys');
    return [data(address, 'address'), keys.map((key) => data(key, 'storageKey'))];
  });
}

function authorizations(from: Told): RlpItem {
  return listOf(from['authorizationList'], 'authorizationList').map((entry) => {
    const each = told(entry, 'authorizationList');
    return [
      quantity(each['chainId'], 'chainId'),
      data(each['address'], 'address'),
      quantity(each['nonce'], 'nonce'),
      quantity(each['yParity'], 'yParity'),
      quantity(each['r'], 'r'),
      quantity(each['s'], 's'),
    ];
  });
}

/** The fields of each type before its signature. Source: EIP-155, 2930, 1559, 4844, 7702. */
function payloadOf(type: bigint, from: Told): readonly RlpItem[] {
  if (type > 4n) throw new EvidenceError('transaction_type_unknown');
  const q = (field: string) => quantity(from[field], field);
  const to = from['to'] == null ? new Uint8Array() : data(from['to'], 'to');
  const rest = [q('gas'), to, q('value'), data(from['input'], 'input')];
  const fees = [q('nonce'), ...(type < 2n ? [q('gasPrice')] : [])];
  if (type >= 2n) fees.push(q('maxPriorityFeePerGas'), q('maxFeePerGas'));
  if (type === 0n) return [...fees, ...rest];
  const typed = [q('chainId'), ...fees, ...rest, accessList(from)];
  if (type <= 2n) return typed;
  if (type === 4n) return [...typed, authorizations(from)];
  const hashes = listOf(from['blobVersionedHashes'], 'blobVersionedHashes');
  return [...typed, q('maxFeePerBlobGas'), hashes.map((each) => data(each, 'blobVersionedHash'))];
}

function transactionOf(value: unknown): Uint8Array {
  const from = told(value, 'transaction');
  const type = integerFromBytes(quantity(from['type'] ?? '0x0', 'type'));
  const payload = payloadOf(type, from);
  const parity = type === 0n ? from['v'] : (from['yParity'] ?? from['v']);
  const signature = [quantity(parity, 'v'), quantity(from['r'], 'r'), quantity(from['s'], 's')];
  const body = encodeRlp([...payload, ...signature]);
  const bytes = type === 0n ? body : concatBytes(integerBytes(type), body);
  if (!equalBytes(keccak_256(bytes), data(from['hash'], 'hash'))) {
    throw new EvidenceError('transaction_hash_mismatch');
  }
  return bytes;
}

function receiptOf(value: unknown): Uint8Array {
  const from = told(value, 'receipt');
  const logs = listOf(from['logs'], 'logs').map((each): RlpItem => {
    const log = told(each, 'log');
    const topics = listOf(log['topics'], 'topics').map((topic) => data(topic, 'topic'));
    return [data(log['address'], 'address'), topics, data(log['data'], 'data')];
  });
  const body = encodeRlp([
    quantity(from['status'], 'status'),
    quantity(from['cumulativeGasUsed'], 'cumulativeGasUsed'),
    data(from['logsBloom'], 'logsBloom'),
    logs,
  ]);
  const type = quantity(from['type'] ?? '0x0', 'type');
  return concatBytes(type, body);
}

/**
 * The bytes of a block: of its header, its transactions and its receipts.
 *
 * @param block Answer of `eth_getBlockByHash` with whole transactions.
 * @param receipts Answer of `eth_getBlockReceipts` for the same hash.
 * @throws EvidenceError naming what is missing, malformed or does not give the block's hashes.
 */
export function encodeRpcBlock(block: unknown, receipts: unknown): BlockBytes {
  const from = told(block, 'block');
  const header = headerOf(from);
  const transactions = listOf(from['transactions'], 'transactions').map(transactionOf);
  const encoded = listOf(receipts, 'receipts').map(receiptOf);
  const isRoot = (field: string, values: readonly Uint8Array[]) =>
    bytesToHex(trieRoot(values)) === bytesToHex(data(from[field], field));
  // Each transaction was held against its own hash; the receipts say what became of it.
  const hasForeignTransactionsRoot = !isRoot('transactionsRoot', transactions);
  if (hasForeignTransactionsRoot && !transactions.some(isBlobTransaction)) {
    throw new EvidenceError('transactionsRoot_mismatch');
  }
  if (!isRoot('receiptsRoot', encoded)) throw new EvidenceError('receiptsRoot_mismatch');
  return { header, transactions, receipts: encoded, hasForeignTransactionsRoot };
}
