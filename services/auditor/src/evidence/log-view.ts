/** The log as the envelopes give it: the root at any size, and the checkpoints read beside it. */
import { CompactRange } from '@atomicity/event-log/merkle/compact-range';
import type { TreeHasher } from '@atomicity/event-log/merkle/tree-hasher';
import { type Hash, hashFromBytes, type PartyId } from '@atomicity/kernel/units/id';
import type { CheckpointRecord } from '../bundle/records.ts';
import { type ReadCheckpoint, readCheckpoint } from './checkpoint.ts';

export type LogView = {
  /** One for each record; undefined where the note is malformed. */
  readonly checkpoints: readonly (ReadCheckpoint | undefined)[];
  /** Root of the first `size` envelopes; undefined beyond the bundle's last. */
  readonly rootAt: (size: number) => Hash | undefined;
};

/** Reads the checkpoints and computes the roots at `sizes` and at theirs in one pass over the leaves. */
export function viewLog(
  leafHashes: readonly Uint8Array[],
  records: readonly CheckpointRecord[],
  log: { readonly origin: string; readonly key: PartyId },
  sizes: Iterable<number>,
  hasher: TreeHasher,
): LogView {
  const checkpoints = records.map((record) => readCheckpoint(record.note, log));
  const wanted = new Set(sizes);
  for (const checkpoint of checkpoints) if (checkpoint) wanted.add(checkpoint.size);
  const roots = new Map<number, Hash>();
  const range = new CompactRange(hasher);
  if (wanted.has(0)) roots.set(0, hashFromBytes(range.root()));
  for (const leaf of leafHashes) {
    range.append(leaf);
    if (wanted.has(range.size)) roots.set(range.size, hashFromBytes(range.root()));
  }
  return { checkpoints, rootAt: (size) => roots.get(size) };
}
