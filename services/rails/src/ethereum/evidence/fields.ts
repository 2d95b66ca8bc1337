/** Fields of RLP lists: texts of fixed size, and numbers in their shortest form. */
import { bytesToHex, integerFromBytes } from '@atomicity/kernel/codec/bytes';
import type { Hex } from '../context.ts';
import { isText, type RlpItem } from './rlp.ts';

/** The bytes as `0x` and lower-case hex digits. */
export function hexOf(bytes: Uint8Array): Hex {
  return `0x${bytesToHex(bytes)}`;
}

/** A text of exactly `sizeBytes`. */
export function fixedText(item: RlpItem | undefined, sizeBytes: number): Uint8Array | undefined {
  return isText(item) && item.length === sizeBytes ? item : undefined;
}

/** A number of at most `sizeBytes` bytes; undefined for one with a leading zero. */
export function integerField(item: RlpItem | undefined, sizeBytes: number): bigint | undefined {
  if (!isText(item) || item.length > sizeBytes || item[0] === 0) return undefined;
  return integerFromBytes(item);
}

/** A number that TypeScript holds exactly, 0 … 2^53−1. */
export function countField(item: RlpItem | undefined): number | undefined {
  const value = integerField(item, 7);
  return value === undefined || value > Number.MAX_SAFE_INTEGER ? undefined : Number(value);
}
