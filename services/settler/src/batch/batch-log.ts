/** The node's log as batches see it: events of the store in the order of their dense index. */
import { type EventStore, OperatingError, type Position } from '@atomicity/event-log/port';
import { decodeEvent } from '@atomicity/kernel/book/event-codec';
import type { BookEvent } from '@atomicity/kernel/book/events';
import { isJsonObject, parseCanonicalJson } from '@atomicity/kernel/codec/canonical-json';
import { parseEnvelope } from '@atomicity/kernel/log/envelope';
import { isDiffEventType, type LoggedDiffEvent } from '@atomicity/kernel/state-diff/collect-diffs';
import type { StreamId } from '@atomicity/kernel/units/id';
import type { BatchLog } from './batch-desk.ts';

/** The dense order of the log, as the sequencer keeps it. */
export interface LogOrder {
  readonly size: number;
  catchUp(): Promise<number>;
  entry(index: number): Promise<{ readonly position: Position } | undefined>;
  checkpoint(): Promise<{ readonly size: number; readonly root: Uint8Array }>;
}

export type BatchLogParts = {
  readonly store: Pick<EventStore, 'readAll'>;
  readonly order: LogOrder;
  readonly origin: string;
  readonly book: StreamId;
};

/** The log of a node, read for batches. */
export function batchLog({ store, order, origin, book }: BatchLogParts): BatchLog {
  return {
    origin,
    book,
    size: () => order.catchUp(),
    checkpoint: () => order.checkpoint(),
    async *events(from, size) {
      const before = from === 0 ? undefined : await order.entry(from - 1);
      if (from > 0 && before === undefined) throw unreadable(from, 'no such index');
      let index = from;
      for await (const stored of store.readAll(before?.position ?? 'start', size - from)) {
        yield eventAt(index, stored.envelope, stored.payload);
        index += 1;
      }
    },
  };
}

function eventAt(index: number, bytes: Uint8Array, payload: string | null): LoggedDiffEvent {
  const parsed = parseEnvelope(bytes);
  if (parsed.kind === 'refused') throw unreadable(index, parsed.refusal.reason);
  const { stream, type, at } = parsed.envelope;
  // Most events move nothing: their payloads are not parsed.
  const matters = isDiffEventType(type) && payload !== null;
  return { index, stream, type, at, event: matters ? eventOf(index, type, payload) : null };
}

function eventOf(index: number, type: string, payload: string): BookEvent {
  const parsed = parseCanonicalJson(payload);
  if (!parsed.ok) throw unreadable(index, parsed.reason);
  if (!isJsonObject(parsed.value)) throw unreadable(index, 'a payload is an object');
  return decodeEvent(type, parsed.value['data'] ?? null);
}

function unreadable(index: number, shortMessage: string): OperatingError {
  return new OperatingError({
    code: 'batch_log_unreadable',
    outcome: 'not_applied',
    shortMessage,
    facts: { index },
  });
}
