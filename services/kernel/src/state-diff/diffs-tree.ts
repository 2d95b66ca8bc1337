/**
 * The tree over a batch's diffs: leaves are the 18-byte records in ascending order of their edges, hashed
 * with SHA-256 as RFC 6962 does. Its root, less one byte, is the first element of a batch's first blob, so
 * one opening of the blob and one path show one diff.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { equalBytes } from '../codec/bytes.ts';
import { encodeRecords18, RECORD_18_BYTES } from './record18.ts';
import type { StateDiff } from './state-diff.ts';

/** Of the root: a field element of a blob holds 31 whole bytes. */
export const DIFFS_ROOT_BYTES = 31;
export const DIFFS_HASH_BYTES = 32;

const LEAF = 0;
const NODE = 1;

const leafInput = new Uint8Array(1 + RECORD_18_BYTES);
leafInput[0] = LEAF;
const nodeInput = new Uint8Array(1 + 2 * DIFFS_HASH_BYTES);
nodeInput[0] = NODE;

function leafHash(record: Uint8Array): Uint8Array {
  leafInput.set(record, 1);
  return sha256(leafInput);
}

function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  nodeInput.set(left, 1);
  nodeInput.set(right, 1 + DIFFS_HASH_BYTES);
  return sha256(nodeInput);
}

/** The diffs by ascending edge. @throws RangeError if two are of one edge. */
export function inEdgeOrder(diffs: readonly StateDiff[]): readonly StateDiff[] {
  const sorted = [...diffs].sort((left, right) => left.edge - right.edge);
  for (const [i, diff] of sorted.entries()) {
    if (i > 0 && sorted[i - 1]?.edge === diff.edge) {
      throw new RangeError(`edge ${diff.edge} has one diff, not two`);
    }
  }
  return sorted;
}

const recordAt = (records: Uint8Array, i: number): Uint8Array =>
  records.subarray(i * RECORD_18_BYTES, (i + 1) * RECORD_18_BYTES);

/** Hashes of every level, leaves first; an unpaired last node stands unchanged on the level above. */
function levelsOf(diffs: readonly StateDiff[]): readonly (readonly Uint8Array[])[] {
  const records = encodeRecords18(inEdgeOrder(diffs));
  let level = diffs.map((_, i) => leafHash(recordAt(records, i)));
  const levels = [level];
  while (level.length > 1) {
    const above: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const [left, right] = [level[i], level[i + 1]];
      if (left !== undefined) above.push(right === undefined ? left : nodeHash(left, right));
    }
    level = above;
    levels.push(level);
  }
  return levels;
}

/**
 * The 32-byte root over the diffs, in whatever order they are given; SHA-256 of nothing for none.
 * @throws RangeError for a diff out of range or two of one edge.
 * Source: RFC 6962 §2.1.
 */
export function diffsRoot(diffs: readonly StateDiff[]): Uint8Array {
  return levelsOf(diffs).at(-1)?.[0] ?? sha256(new Uint8Array(0));
}

/** Where a diff stands among a batch's, and what leads from it to the root. */
export type DiffPath = {
  /** Place of the diff, 0 … size − 1. */
  readonly index: number;
  /** Diffs of the batch. */
  readonly size: number;
  /** Siblings of 32 bytes, lowest first. */
  readonly path: readonly Uint8Array[];
};

/**
 * The path of the diff of `edge`; `undefined` if none is of it.
 * @throws RangeError for a diff out of range or two of one edge.
 * Source: RFC 6962 §2.1.1.
 */
export function diffPath(diffs: readonly StateDiff[], edge: number): DiffPath | undefined {
  const index = inEdgeOrder(diffs).findIndex((diff) => diff.edge === edge);
  if (index < 0) return undefined;
  const path: Uint8Array[] = [];
  let place = index;
  for (const level of levelsOf(diffs).slice(0, -1)) {
    const sibling = level[place % 2 === 0 ? place + 1 : place - 1];
    if (sibling !== undefined) path.push(sibling);
    place = Math.floor(place / 2);
  }
  return { index, size: diffs.length, path };
}

const half = (n: number): number => Math.floor(n / 2);

/** The root to which `path` leads from `leaf`, or `undefined` where its length is wrong. */
function rootFrom(leaf: Uint8Array, { index, size, path }: DiffPath): Uint8Array | undefined {
  let first = index;
  let last = size - 1;
  let hash = leaf;
  for (const sibling of path) {
    if (last === 0 || sibling.length !== DIFFS_HASH_BYTES) return undefined;
    if (first % 2 === 1 || first === last) {
      hash = nodeHash(sibling, hash);
      // An unpaired node has no sibling on these levels.
      while (first % 2 === 0 && first !== 0) {
        first = half(first);
        last = half(last);
      }
    } else {
      hash = nodeHash(hash, sibling);
    }
    first = half(first);
    last = half(last);
  }
  return last === 0 ? hash : undefined;
}

/**
 * Whether `path` shows that `record` (18 bytes) is a leaf under `root`: 32 bytes, or the first 31 as a blob
 * has them. Total: anything malformed is `false`.
 * Source: RFC 9162 §2.1.3.2.
 */
export function verifyDiffPath(record: Uint8Array, path: DiffPath, root: Uint8Array): boolean {
  const { index, size } = path;
  if (!Number.isSafeInteger(size) || !Number.isSafeInteger(index)) return false;
  if (index < 0 || index >= size || record.length !== RECORD_18_BYTES) return false;
  if (root.length !== DIFFS_HASH_BYTES && root.length !== DIFFS_ROOT_BYTES) return false;
  const reached = rootFrom(leafHash(record), path);
  return reached !== undefined && equalBytes(reached.subarray(0, root.length), root);
}
