/** Merkle trees as operations of a proof: calendars' own, and those of Bitcoin's blocks. Pure. */

import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { hashedTwice } from './block-header.ts';
import type { Operation, Timestamp } from './proof.ts';

export const SHA256: Operation = { kind: 'sha256' };

/** The timestamp that applies these operations, one after another, and ends as `end`. */
export function chainOf(operations: readonly Operation[], end: Timestamp): Timestamp {
  return operations.reduceRight<Timestamp>(
    (next, operation) => ({ attestations: [], branches: [{ operation, next }] }),
    end,
  );
}

/** Bitcoin hashes a pair twice, and pairs an odd last node with itself. */
function bitcoinParents(level: readonly Uint8Array[]): Uint8Array[] {
  const next: Uint8Array[] = [];
  for (let index = 0; index < level.length; index += 2) {
    const left = level[index];
    if (left !== undefined) next.push(hashedTwice(concatBytes(left, level[index + 1] ?? left)));
  }
  return next;
}

/** A calendar hashes a pair once; an odd last node moves up as it is. */
function calendarParents(level: readonly Uint8Array[]): Uint8Array[] {
  const next: Uint8Array[] = [];
  for (let index = 0; index < level.length; index += 2) {
    const left = level[index];
    const right = level[index + 1];
    if (left !== undefined)
      next.push(right === undefined ? left : sha256(concatBytes(left, right)));
  }
  return next;
}

function rootOf(
  leaves: readonly Uint8Array[],
  parents: (level: readonly Uint8Array[]) => Uint8Array[],
): Uint8Array {
  let level = leaves;
  while (level.length > 1) level = parents(level);
  const root = level[0];
  if (root === undefined) throw new RangeError('a tree has at least one leaf');
  return root;
}

function joining(index: number, sibling: Uint8Array): Operation {
  return { kind: index % 2 === 0 ? 'append' : 'prepend', argument: sibling };
}

/** The Merkle root of a block over its transaction ids. @throws {RangeError} without any. */
export function bitcoinRoot(leaves: readonly Uint8Array[]): Uint8Array {
  return rootOf(leaves, bitcoinParents);
}

/** From a transaction id to the block's Merkle root. @throws {RangeError} if there is no such leaf. */
export function bitcoinPath(leaves: readonly Uint8Array[], leafIndex: number): Operation[] {
  const operations: Operation[] = [];
  let index = leafIndex;
  for (let level = leaves; level.length > 1; level = bitcoinParents(level)) {
    const sibling = level[index ^ 1] ?? level[index];
    if (sibling === undefined) throw new RangeError('leaf index out of range');
    operations.push(joining(index, sibling), SHA256, SHA256);
    index >>= 1;
  }
  return operations;
}

/** The root of a calendar's tree over commitments. @throws {RangeError} without any. */
export function calendarRoot(leaves: readonly Uint8Array[]): Uint8Array {
  return rootOf(leaves, calendarParents);
}

/** From a commitment to the root of the calendar's tree. @throws {RangeError} if there is no such leaf. */
export function calendarPath(leaves: readonly Uint8Array[], leafIndex: number): Operation[] {
  if (leaves[leafIndex] === undefined) throw new RangeError('leaf index out of range');
  const operations: Operation[] = [];
  let index = leafIndex;
  for (let level = leaves; level.length > 1; level = calendarParents(level)) {
    const sibling = level[index ^ 1];
    if (sibling !== undefined) operations.push(joining(index, sibling), SHA256);
    index >>= 1;
  }
  return operations;
}
