/** Anchors and batches from a data directory, whose node may be running. */
import type { Anchor } from '@atomicity/kernel/anchor/anchor';
import type { ClosedBatch } from '@atomicity/kernel/anchor/batches';
import { type Exposure, unsettledExposure } from '@atomicity/kernel/batch/exposure';
import { parseStreamId, type StreamId } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import { AnchorStream } from '@atomicity/settler/anchor-stream';
import { batchLog } from '@atomicity/settler/batch/batch-log';
import { ClosureFold } from '@atomicity/settler/batch/closure-fold';
import type { OfflineNode } from '../compose/offline-node.ts';

export type OfflineAnchors = {
  /** Oldest first. */
  readonly anchors: readonly Anchor[];
  /** Oldest first. */
  readonly batches: readonly ClosedBatch[];
};

export async function offlineAnchors({ log, config }: OfflineNode): Promise<OfflineAnchors> {
  // The clock is for appending, which nobody does here.
  const stream = new AnchorStream(log.store, streamOf(config.anchors), () => unixMs(0));
  await stream.catchUp();
  return { anchors: [...stream.anchors.values()], batches: stream.batches };
}

/** What moved and is in no batch, one entry a denomination. Reads the whole log. */
export async function waitingOffline(
  { log, config, book }: OfflineNode,
  batches: readonly ClosedBatch[],
): Promise<readonly Exposure[]> {
  const order = {
    size: log.size,
    catchUp: async () => log.size,
    entry: (index: number) => log.entry(index),
    checkpoint: () => Promise.reject(new Error('invariant: nothing is signed here')),
  };
  const events = batchLog({ store: log.store, order, origin: config.origin, book }).events;
  const fold = new ClosureFold(book);
  const catchUp = async (size: number) => {
    if (size <= fold.size) return;
    for await (const event of events(fold.size, size)) fold.add(event);
  };
  for (const { subject, quarantined } of batches) {
    await catchUp(subject.size);
    fold.take(new Set(quarantined.map(({ edge }) => edge)));
  }
  await catchUp(log.size);
  return unsettledExposure(fold.closures(() => undefined));
}

function streamOf(text: string): StreamId {
  const stream = parseStreamId(text);
  if (stream === undefined) throw new Error('invariant: the configuration was checked');
  return stream;
}
