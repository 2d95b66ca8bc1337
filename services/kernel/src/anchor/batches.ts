/** The batches of one log: a chain of spans without gaps, each closed once. A fold over `BatchClosed`. */
import type { UnixMs } from '../units/time.ts';
import { batchId } from './event-codec.ts';
import type { AnchorEvent, AnchorEventData } from './events.ts';

type BatchClosedData = AnchorEventData['BatchClosed'];

export type BatchClosedEvent = Extract<AnchorEvent, { readonly type: 'BatchClosed' }>;

/** A batch to be closed: all of it but its id, which follows. */
export type BatchClosing = Omit<BatchClosedData, 'batch'>;

export type ClosedBatch = BatchClosedData & { readonly closedAt: UnixMs };

export type BatchDecision =
  | { readonly kind: 'closes'; readonly event: BatchClosedEvent }
  /** It is closed already, for this reason or another. */
  | { readonly kind: 'closed_before'; readonly batch: ClosedBatch }
  /** Another batch ends where this one does not begin. */
  | { readonly kind: 'not_next'; readonly expectedFrom: number };

/** Where the next batch begins: the size under the last one. */
export function nextFrom(batches: readonly ClosedBatch[]): number {
  return batches.at(-1)?.subject.size ?? 0;
}

/**
 * What closing a batch adds to those there are, oldest first.
 * @throws RangeError for a batch outside its documented limits, an empty span or rails that are not
 * ascending.
 */
export function decideBatchClosed(
  batches: readonly ClosedBatch[],
  closing: BatchClosing,
): BatchDecision {
  const { reason, quarantined, ...content } = closing;
  const { rails, from, subject } = closing;
  if (subject.size <= from) throw new RangeError('batch/from: before the end of the span');
  if (rails.some((rail, at) => at > 0 && rail <= (rails[at - 1] ?? ''))) {
    throw new RangeError('batch/rails: ascending, each once');
  }
  const batch = batchId(content);
  const before = batches.find((one) => one.batch === batch);
  if (before !== undefined) return { kind: 'closed_before', batch: before };
  const expectedFrom = nextFrom(batches);
  if (from !== expectedFrom) return { kind: 'not_next', expectedFrom };
  return {
    kind: 'closes',
    event: { type: 'BatchClosed', data: { ...content, batch, reason, quarantined } },
  };
}
