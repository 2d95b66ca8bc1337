/**
 * The batches that a full bundle's log says it closed, each with the payload that its span must have: folded
 * from the log's own events with the kernel's own functions.
 */
import { decodeAnchorEvent } from '@atomicity/kernel/anchor/event-codec';
import type { Batch, BatchSettlement } from '@atomicity/kernel/anchor/events';
import { type LeftOut, splitDiffs } from '@atomicity/kernel/batch/left-out';
import { decodeEvent } from '@atomicity/kernel/book/event-codec';
import type { BookEvent } from '@atomicity/kernel/book/events';
import {
  type CollectedDiffs,
  isDiffEventType,
  type LoggedDiffEvent,
  StateDiffCollector,
} from '@atomicity/kernel/state-diff/collect-diffs';
import { encodeStateDiffs } from '@atomicity/kernel/state-diff/encode';
import type { Hash } from '@atomicity/kernel/units/id';
import type { EventRecord } from '../bundle/records.ts';
import { type Finding, fails, holds, notShown } from '../claims/verdict.ts';
import { bytesHash } from '../crypto/bytes-hash.ts';

/** A batch as the log says that it was closed. */
export type LoggedBatch = {
  readonly batch: Batch;
  /** Whether its payload is what its span of the log gives. */
  readonly finding: Finding;
};

type Closed = Batch & { readonly quarantined: readonly { readonly edge: Hash }[] };

export class BatchReplay {
  private readonly collector = new StateDiffCollector();
  /** Events after the last batch's span, which a later batch may end before. */
  private readonly ahead: LoggedDiffEvent[] = [];
  private leftOut: LeftOut = new Map();
  /** Diffs that an erased payload hides were left out: what later batches carry of them is not known. */
  private hidden = false;
  private readonly batches = new Map<Hash, LoggedBatch>();

  /** Takes the events of a full bundle in log order. */
  add({ index, envelope, payload }: EventRecord): void {
    const { stream, at, type } = envelope;
    if (isDiffEventType(type)) {
      const event = payload === null ? null : diffEventOf(type, payload['data'] ?? null);
      this.ahead.push({ index, stream, at, type, event });
    } else if (type === 'BatchClosed' && payload !== null) {
      this.close(payload['data'] ?? null, index);
    }
  }

  private close(data: Parameters<typeof decodeAnchorEvent>[1], index: number): void {
    const closed = closedOf(data);
    if (closed === undefined) return;
    const where = `batch of ${closed.from} … ${closed.subject.size}`;
    const finding =
      closed.subject.size > index ? fails('closed over what came later', where) : undefined;
    this.batches.set(closed.batch, {
      batch: closed,
      finding: finding ?? this.judge(closed, where),
    });
  }

  private judge(closed: Closed, where: string): Finding {
    const { size } = closed.subject;
    const span = this.spanTo(size);
    if (span === undefined) return fails('a batch over a span that another one ended', where);
    if (span.kind === 'refused') {
      this.hidden ||= closed.quarantined.length > 0;
      return notShown(`its diffs cannot be collected: ${span.reason}`, where);
    }
    if (span.from !== closed.from) return fails(`its span begins at ${span.from}`, where);
    const left = new Set(closed.quarantined.map(({ edge }) => edge));
    const numbers = this.collector.edges.flatMap(({ edge, number }) =>
      left.has(edge) ? [number] : [],
    );
    const expected = this.expect(span, new Set(numbers));
    if (expected === undefined) return notShown('its diffs are more than a payload holds', where);
    const { batch, payload } = expected;
    if (bytesHash(payload) === closed.payload) {
      return holds(`${batch.length} state diffs, as the log has them`, where);
    }
    return this.hidden
      ? notShown('it may carry diffs that an erased payload hides', where)
      : fails('its state diffs are not those of the log', where);
  }

  /** What the batch must carry; undefined where sums or counts leave what a payload can say. */
  private expect(
    { diffs, registrySize }: Extract<CollectedDiffs, { kind: 'collected' }>,
    quarantined: ReadonlySet<number>,
  ) {
    try {
      const { batch, leftOut } = splitDiffs(diffs, this.leftOut, quarantined);
      this.leftOut = leftOut;
      return { batch, payload: encodeStateDiffs({ registrySize, diffs: batch }) };
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.hidden = true;
      return undefined;
    }
  }

  private spanTo(size: number): ReturnType<StateDiffCollector['cut']> | undefined {
    const behind = this.ahead.findIndex(({ index }) => index >= size);
    const count = behind < 0 ? this.ahead.length : behind;
    try {
      for (const entry of this.ahead.splice(0, count)) this.collector.add(entry);
      return this.collector.cut(size);
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }

  /** By id, in log order. */
  result(): ReadonlyMap<Hash, LoggedBatch> {
    return this.batches;
  }
}

/** Whether `replay` finds fault with an event that cannot be read is that claim's matter. */
function diffEventOf(type: string, data: Parameters<typeof decodeEvent>[1]): BookEvent | null {
  try {
    return decodeEvent(type, data);
  } catch {
    return null;
  }
}

function closedOf(data: Parameters<typeof decodeAnchorEvent>[1]): Closed | undefined {
  try {
    const event = decodeAnchorEvent('BatchClosed', data);
    return event.type === 'BatchClosed' ? event.data : undefined;
  } catch {
    return undefined;
  }
}

/** What an invoice was for agrees with what the log says that the batch pays. */
export function isSettlementOf(
  settles: BatchSettlement | null,
  paid: Pick<BatchSettlement, 'edge' | 'creditor' | 'denomination'>,
): boolean {
  return (
    settles !== null &&
    settles.edge === paid.edge &&
    settles.creditor === paid.creditor &&
    settles.denomination === paid.denomination
  );
}
