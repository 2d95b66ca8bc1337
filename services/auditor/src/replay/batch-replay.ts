/**
 * The batches that a full bundle's log says it closed, each with the payload that its span must have: folded
 * from the log's own events with the kernel's own functions.
 */
import { batchId, decodeAnchorEvent } from '@atomicity/kernel/anchor/event-codec';
import type { AnchorEventData, Batch, BatchSettlement } from '@atomicity/kernel/anchor/events';
import { type LeftOut, splitDiffs } from '@atomicity/kernel/batch/left-out';
import { decodeEvent } from '@atomicity/kernel/book/event-codec';
import {
  type CollectedDiffs,
  type DiffEvent,
  isDiffEventType,
  type LoggedDiffFacts,
  StateDiffCollector,
} from '@atomicity/kernel/state-diff/collect-diffs';
import { encodeStateDiffs } from '@atomicity/kernel/state-diff/encode';
import type { StateDiff } from '@atomicity/kernel/state-diff/state-diff';
import type { Hash } from '@atomicity/kernel/units/id';
import type { EventRecord } from '../bundle/records.ts';
import { type Finding, fails, holds, notShown } from '../claims/verdict.ts';
import { bytesHash } from '../crypto/bytes-hash.ts';
import { FactKeeper } from './diff-facts.ts';

/** A batch as the log says that it was closed. */
export type LoggedBatch = {
  readonly batch: Batch;
  /** Whether its payload is what its span of the log gives. */
  readonly finding: Finding;
};

type Closed = AnchorEventData['BatchClosed'];

export class BatchReplay {
  private readonly collector = new StateDiffCollector();
  private readonly facts = new FactKeeper();
  /** Events after the last batch's span, which a later batch may end before. */
  private readonly ahead: LoggedDiffFacts[] = [];
  private leftOut: LeftOut = new Map();
  /** Numbers of an edge, one for each book that it stands in; of the first `numbered` edges. */
  private readonly numbers = new Map<Hash, number[]>();
  private numbered = 0;
  /** Diffs that an erased payload hides were left out: what later batches carry of them is not known. */
  private hidden = false;
  /** A closing was erased since the last one that could be read: where the next span begins is not known. */
  private isCut = false;
  private readonly batches = new Map<Hash, LoggedBatch>();
  private readonly unread: Finding[] = [];

  /** Takes the events of a full bundle in log order. */
  add({ index, envelope, payload }: EventRecord): void {
    const { stream, at, type } = envelope;
    if (isDiffEventType(type)) {
      const event = payload === null ? null : diffEventOf(type, payload['data'] ?? null);
      const facts = event === null ? null : this.facts.factsOf(event);
      this.ahead.push({ index, stream: this.facts.kept(stream), at, type, event: facts });
    } else if (type === 'BatchClosed') {
      this.close(payload, index);
    }
  }

  private close(payload: EventRecord['payload'], index: number): void {
    if (payload === null) {
      this.isCut = true;
      this.hidden = true;
      this.unread.push(notShown('a batch whose closing was erased', `log index ${index}`));
      return;
    }
    const closed = closedOf(payload['data'] ?? null);
    if (closed === undefined) {
      this.unread.push(fails('a batch that cannot be read', `log index ${index}`));
      return;
    }
    const finding = this.judgeClosing(closed, index);
    this.batches.set(closed.batch, { batch: closed, finding });
  }

  private judgeClosing(closed: Closed, index: number): Finding {
    const where = `batch of ${closed.from} … ${closed.subject.size}`;
    if (closed.subject.size > index) return fails('closed over what came later', where);
    const { batch, reason: _reason, quarantined: _quarantined, ...content } = closed;
    if (batchId(content) !== batch) return fails('its id is not that of its content', where);
    // The second would take the place of what the first was worth.
    if (this.batches.has(batch)) return fails('closed a second time', where);
    return this.judge(closed, where);
  }

  private judge(closed: Closed, where: string): Finding {
    const span = this.spanTo(closed.subject.size);
    if (span === undefined) return fails('a batch over a span that another one ended', where);
    const { isCut } = this;
    this.isCut = false;
    const quarantined = this.numbersOf(closed);
    if (span.kind === 'refused') {
      // What earlier batches left out went with this one, unless it left that out again.
      const still = [...this.leftOut].filter(([edge]) => quarantined.has(edge));
      this.leftOut = new Map(still);
      this.hidden ||= quarantined.size > 0;
      return notShown(`its diffs cannot be collected: ${span.reason}`, where);
    }
    if (span.from !== closed.from && isCut) return notShown('the closing before was erased', where);
    if (span.from !== closed.from) return fails(`its span begins at ${span.from}`, where);
    const expected = this.expect(span, quarantined);
    if (expected === undefined) return notShown('its diffs are more than a payload holds', where);
    const { batch, payload } = expected;
    if (bytesHash(payload) === closed.payload) return this.judgeSums(closed, batch, where);
    return this.hidden
      ? notShown('it may carry diffs that an erased payload hides', where)
      : fails('its state diffs are not those of the log', where);
  }

  /** That the event counts and adds up its diffs as they are. */
  private judgeSums(
    { diffs, values }: Closed,
    batch: readonly StateDiff[],
    where: string,
  ): Finding {
    const sums = new Map<string, bigint>();
    for (const { edge, delta } of batch) {
      const denomination = this.collector.edges[edge]?.denomination;
      if (denomination === undefined || delta === 0n) continue;
      sums.set(denomination, (sums.get(denomination) ?? 0n) + (delta < 0n ? -delta : delta));
    }
    const isSum =
      values.length === sums.size &&
      values.every(({ denomination, amount }) => sums.get(denomination) === amount);
    if (diffs !== batch.length || !isSum) {
      // The sums of what an erased payload hides went into the values of a later batch.
      if (this.hidden) return notShown('its values may be of diffs that were erased', where);
      return fails('it says another number or value of its diffs', where);
    }
    return holds(`${batch.length} state diffs, as the log has them`, where);
  }

  /** The numbers of the edges that a batch left out. */
  private numbersOf({ quarantined }: Closed): ReadonlySet<number> {
    const { edges } = this.collector;
    for (; this.numbered < edges.length; this.numbered += 1) {
      const known = edges[this.numbered];
      if (known === undefined) break;
      const numbers = this.numbers.get(known.edge) ?? [];
      numbers.push(known.number);
      this.numbers.set(known.edge, numbers);
    }
    return new Set(quarantined.flatMap(({ edge }) => this.numbers.get(edge) ?? []));
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

  /** Those that can be read by id, in log order; and what is to be said of the others. */
  result(): {
    readonly batches: ReadonlyMap<Hash, LoggedBatch>;
    readonly unreadBatches: readonly Finding[];
  } {
    return { batches: this.batches, unreadBatches: this.unread };
  }
}

/** Whether `replay` finds fault with an event that cannot be read is that claim's matter. */
function diffEventOf(
  type: DiffEvent['type'],
  data: Parameters<typeof decodeEvent>[1],
): DiffEvent | null {
  try {
    return decodeEvent(type, data) as DiffEvent;
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
