/** The header of a block: what its hash is of. */
import { keccak_256 } from '@noble/hashes/sha3.js';
import { countField, fixedText } from './fields.ts';
import { decodeRlp, isList, isText } from './rlp.ts';

export type BlockHeader = {
  readonly hash: Uint8Array;
  readonly transactionsRoot: Uint8Array;
  readonly receiptsRoot: Uint8Array;
  readonly number: number;
  /** Seconds since 1970, as the block says. */
  readonly timestamp: number;
};

/** Bytes of a header that is still read: Prague's has about 600. */
const HEADER_SIZE_BYTES_MAX = 2048;

/** Fields of a header: London's 16 at least, so that there is a base fee; later forks add at the end. */
const FIELDS_MIN = 16;
const FIELDS_MAX = 32;

/** Sizes of the fields that are texts of one size, by place. Source: Yellow Paper §4.3, EIP-4399. */
const FIXED_SIZES: readonly (readonly [number, number])[] = [
  [0, 32], // parent
  [1, 32], // ommers
  [2, 20], // fee recipient
  [3, 32], // state
  [4, 32], // transactions
  [5, 32], // receipts
  [6, 256], // bloom
  [13, 32], // prevRandao
  [14, 8], // nonce
];

/** Reads a header; undefined for bytes that no block of London or later has. */
export function readHeader(bytes: Uint8Array): BlockHeader | undefined {
  if (bytes.length > HEADER_SIZE_BYTES_MAX) return undefined;
  const fields = decodeRlp(bytes);
  if (!isList(fields) || fields.length < FIELDS_MIN || fields.length > FIELDS_MAX) return undefined;
  if (!fields.every(isText)) return undefined;
  if (FIXED_SIZES.some(([place, size]) => fixedText(fields[place], size) === undefined)) {
    return undefined;
  }
  const transactionsRoot = fixedText(fields[4], 32);
  const receiptsRoot = fixedText(fields[5], 32);
  const number = countField(fields[8]);
  const timestamp = countField(fields[11]);
  if (
    transactionsRoot === undefined ||
    receiptsRoot === undefined ||
    number === undefined ||
    timestamp === undefined
  ) {
    return undefined;
  }
  return { hash: keccak_256(bytes), transactionsRoot, receiptsRoot, number, timestamp };
}
