/** Receipts of typed transactions: what happened, and what the contracts logged. */
import { countField, fixedText } from './fields.ts';
import { decodeRlp, isList, isText, type RlpItem } from './rlp.ts';

export type LogEntry = {
  readonly address: Uint8Array;
  readonly topics: readonly Uint8Array[];
  readonly data: Uint8Array;
};

export type Receipt = {
  readonly type: number;
  readonly succeeded: boolean;
  /** Of the block up to and with this transaction. */
  readonly cumulativeGasUsed: number;
  readonly logs: readonly LogEntry[];
};

function readLog(item: RlpItem): LogEntry | undefined {
  if (!isList(item) || item.length !== 3) return undefined;
  const address = fixedText(item[0], 20);
  const [, topics, data] = item;
  if (address === undefined || !isList(topics) || topics.length > 4 || !isText(data)) {
    return undefined;
  }
  const words = topics.filter(isText).filter(({ length }) => length === 32);
  return words.length === topics.length ? { address, topics: words, data } : undefined;
}

function readStatus(item: RlpItem | undefined): boolean | undefined {
  const status = countField(item);
  return status === 0 || status === 1 ? status === 1 : undefined;
}

/**
 * Reads a receipt of type 2 or 3; undefined for any other bytes.
 * Source: EIP-2718, EIP-658, Yellow Paper §4.3.1.
 */
export function readReceipt(bytes: Uint8Array): Receipt | undefined {
  const [type] = bytes;
  if (type !== 2 && type !== 3) return undefined;
  const fields = decodeRlp(bytes.subarray(1));
  if (!isList(fields) || fields.length !== 4) return undefined;
  const succeeded = readStatus(fields[0]);
  const cumulativeGasUsed = countField(fields[1]);
  const bloom = fixedText(fields[2], 256);
  const [, , , entries] = fields;
  if (
    succeeded === undefined ||
    cumulativeGasUsed === undefined ||
    bloom === undefined ||
    !isList(entries)
  ) {
    return undefined;
  }
  const logs = entries.map(readLog).filter((each) => each !== undefined);
  return logs.length === entries.length ? { type, succeeded, cumulativeGasUsed, logs } : undefined;
}
