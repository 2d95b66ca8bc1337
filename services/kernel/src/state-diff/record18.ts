/**
 * The book's record of one state diff in 18 bytes, big-endian: i64 delta, u32 moves, u32 edge, u16 flags.
 * The baseline that the codec is measured against, and the leaf of the tree over a batch's diffs.
 * Source: the book, section 9.2.
 */
import { AMOUNT_MAX, type SignedAmount } from '../units/amount.ts';
import type { StateDiff } from './state-diff.ts';

export const RECORD_18_BYTES = 18;

const U32_MAX = 0xffff_ffff;

/** The largest registry: every edge number fits into a record. */
export const REGISTRY_SIZE_MAX = U32_MAX + 1;

const isWithin = (value: number, min: number, max: number): boolean =>
  Number.isInteger(value) && value >= min && value <= max;

/**
 * The rule that a diff breaks, or `undefined`. Flags may be any 16 bits: later ones must not make an
 * older reader refuse a batch.
 */
export function brokenDiffRule({ edge, delta, moves, flags }: StateDiff): string | undefined {
  if (!isWithin(edge, 0, U32_MAX)) return `edge is 0 … 2^32−1, not ${edge}`;
  if (delta < -AMOUNT_MAX || delta > AMOUNT_MAX) return `delta is −2^63+1 … 2^63−1, not ${delta}`;
  if (!isWithin(moves, 1, U32_MAX)) return `moves is 1 … 2^32−1, not ${moves}`;
  if (!isWithin(flags, 0, 0xffff)) return `flags is 0 … 2^16−1, not ${flags}`;
  return undefined;
}

function write(view: DataView, offset: number, { edge, delta, moves, flags }: StateDiff): void {
  view.setBigInt64(offset, delta);
  view.setUint32(offset + 8, moves);
  view.setUint32(offset + 12, edge);
  view.setUint16(offset + 16, flags);
}

/** The record of one diff. @throws RangeError that names the member out of range. */
export function encodeRecord18(diff: StateDiff): Uint8Array {
  const broken = brokenDiffRule(diff);
  if (broken !== undefined) throw new RangeError(broken);
  const bytes = new Uint8Array(RECORD_18_BYTES);
  write(new DataView(bytes.buffer), 0, diff);
  return bytes;
}

/** The records of many diffs in the given order. @throws RangeError that names the member out of range. */
export function encodeRecords18(diffs: readonly StateDiff[]): Uint8Array {
  const bytes = new Uint8Array(diffs.length * RECORD_18_BYTES);
  const view = new DataView(bytes.buffer);
  for (const [i, diff] of diffs.entries()) {
    const broken = brokenDiffRule(diff);
    if (broken !== undefined) throw new RangeError(broken);
    write(view, i * RECORD_18_BYTES, diff);
  }
  return bytes;
}

/** The diff of exactly 18 bytes, or `undefined` for another length, 0 moves or a delta of −2^63. */
export function decodeRecord18(bytes: Uint8Array): StateDiff | undefined {
  if (bytes.length !== RECORD_18_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, RECORD_18_BYTES);
  const delta = view.getBigInt64(0) as SignedAmount;
  const diff: StateDiff = {
    edge: view.getUint32(12),
    delta,
    moves: view.getUint32(8),
    flags: view.getUint16(16),
  };
  return brokenDiffRule(diff) === undefined ? diff : undefined;
}
