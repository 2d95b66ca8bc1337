/** The rows of an in-memory store and the append rules of the port over them. Used by both fakes. */

import { randomBytes } from 'node:crypto';
import type { Hash, StreamId } from '@atomicity/kernel/units/id';
import { envelopeText, payloadCommitmentHex, SALT_BYTES } from '../envelope/seal-event.ts';
import type {
  AppendedAt,
  AppendResult,
  EraseResult,
  NewEvent,
  Position,
  StoredEnvelope,
  StoredEvent,
} from '../port.ts';

type Row = {
  readonly stored: StoredEnvelope;
  readonly type: string;
  payload: string | null;
  salt: Uint8Array | null;
};

export class EventTable {
  readonly #streams = new Map<StreamId, Row[]>();
  readonly #rows: Row[] = [];
  readonly #byId = new Map<Hash, Row>();

  /** What the port answers, or undefined when the events are to be written. */
  check(
    stream: StreamId,
    expectedRevision: number,
    events: readonly NewEvent[],
  ): AppendResult | undefined {
    const known = this.#alreadyThere(stream, events);
    if (known !== undefined) return known;
    const actual = (this.#streams.get(stream)?.length ?? 0) - 1;
    return actual === expectedRevision ? undefined : { kind: 'wrong_expected_revision', actual };
  }

  #alreadyThere(stream: StreamId, events: readonly NewEvent[]): AppendResult | undefined {
    const rows = events.map((event) => this.#byId.get(event.eventId));
    const taken = events.find((_, index) => rows[index] !== undefined);
    if (taken === undefined) return undefined;
    const first = rows[0]?.stored.revision ?? 0;
    const different = events.find((event, index) => {
      const row = rows[index];
      return row === undefined || !isSame(row, stream, first + index, event);
    });
    if (different === undefined) return { kind: 'already_appended', ...at(first, events.length) };
    const named = rows[events.indexOf(different)] === undefined ? taken : different;
    return { kind: 'exists_with_different_payload', eventId: named.eventId };
  }

  write(stream: StreamId, events: readonly NewEvent[], nextPosition: () => Position): AppendResult {
    const rows = this.#streams.get(stream) ?? [];
    this.#streams.set(stream, rows);
    const first = rows.length;
    for (const event of events) {
      const salt = Uint8Array.from(event.salt ?? randomBytes(SALT_BYTES));
      const commitment = payloadCommitmentHex(salt, event.payload);
      const envelope = Buffer.from(envelopeText(stream, rows.length, event, commitment));
      const { eventId, disclosure, type, payload } = event;
      const revision = rows.length;
      const position = nextPosition();
      const stored = { eventId, stream, revision, position, envelope, disclosure };
      const row = { stored, type, payload, salt };
      rows.push(row);
      this.#rows.push(row);
      this.#byId.set(eventId, row);
    }
    return { kind: 'appended', ...at(first, events.length) };
  }

  stream(stream: StreamId, fromRevision: number, limit: number): StoredEvent[] {
    const rows = this.#streams.get(stream) ?? [];
    return rows.slice(fromRevision, fromRevision + limit).map(toEvent);
  }

  after(from: Position | 'start', limit: number): StoredEvent[] {
    const start = from === 'start' ? 0 : this.#firstAfter(from);
    return this.#rows.slice(start, start + limit).map(toEvent);
  }

  #firstAfter(position: Position): number {
    let low = 0;
    let high = this.#rows.length;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const row = this.#rows[middle];
      if (row !== undefined && row.stored.position <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  erase(eventId: Hash): EraseResult {
    const row = this.#byId.get(eventId);
    if (row === undefined) return 'unknown';
    if (row.salt === null) return 'already_erased';
    row.salt = null;
    row.payload = null;
    return 'erased';
  }
}

function isSame(row: Row, stream: StreamId, revision: number, event: NewEvent): boolean {
  return (
    row.stored.stream === stream &&
    row.stored.revision === revision &&
    row.type === event.type &&
    row.stored.disclosure === event.disclosure &&
    (row.payload === null || row.payload === event.payload)
  );
}

function at(firstRevision: number, count: number): AppendedAt {
  const nextRevision = firstRevision + count;
  return { firstRevision, lastRevision: nextRevision - 1, nextRevision };
}

// Callers get copies of the bytes: what they do to them must not change the store.
function toEvent(row: Row): StoredEvent {
  const envelope = Uint8Array.from(row.stored.envelope);
  const salt = row.salt === null ? null : Uint8Array.from(row.salt);
  return { ...row.stored, envelope, payload: row.payload, salt };
}

/** The event without its private part. */
export function withoutPayload(event: StoredEvent): StoredEnvelope {
  const { eventId, stream, revision, position, envelope, disclosure } = event;
  return { eventId, stream, revision, position, envelope, disclosure };
}
