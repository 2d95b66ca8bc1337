import type { StreamId } from '@atomicity/kernel/units/id';
import {
  type EventStore,
  OperatingError,
  type Position,
  type StoredEnvelope,
  type StoredEvent,
} from '../port.ts';
import { Reader } from './reader.ts';

const PAGE_EVENTS = 512;

/**
 * The store's files, read while another process may be writing them. It takes no lock and changes
 * nothing; it sees what was durable when each page is read. What writes or waits is refused.
 */
export class ReadOnlyEventStore implements EventStore {
  readonly #reader: Reader;

  /** @throws SqliteError when the folder holds no store. */
  constructor(directory: string) {
    this.#reader = new Reader(directory);
  }

  async *readStream(
    stream: StreamId,
    fromRevision: number,
    limit: number,
  ): AsyncGenerator<StoredEvent> {
    let next = fromRevision;
    for (let left = limit; left > 0; ) {
      const page = this.#reader.stream(stream, next, Math.min(left, PAGE_EVENTS));
      yield* page;
      if (page.length < PAGE_EVENTS) return;
      next += page.length;
      left -= page.length;
    }
  }

  async *readAll(
    from: Position | 'start',
    limit = Number.MAX_SAFE_INTEGER,
  ): AsyncGenerator<StoredEvent> {
    const read = (after: Position | 'start', count: number) => this.#reader.after(after, count);
    for (const page of pages(from, limit, read)) yield* page;
  }

  async *readEnvelopes(
    from: Position | 'start',
    limit = Number.MAX_SAFE_INTEGER,
  ): AsyncGenerator<readonly StoredEnvelope[]> {
    yield* pages(from, limit, (after, count) => this.#reader.envelopesAfter(after, count));
  }

  append(): Promise<never> {
    return Promise.reject(readOnly());
  }

  subscribe(): Promise<never> {
    return Promise.reject(readOnly());
  }

  erasePayload(): Promise<never> {
    return Promise.reject(readOnly());
  }

  async close(): Promise<void> {
    this.#reader.close();
  }
}

function* pages<T extends StoredEnvelope>(
  from: Position | 'start',
  limit: number,
  read: (after: Position | 'start', count: number) => T[],
): Generator<T[]> {
  let after = from;
  for (let left = limit; left > 0; ) {
    const page = read(after, Math.min(left, PAGE_EVENTS));
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    after = last.position;
    left -= page.length;
  }
}

function readOnly(): OperatingError {
  return new OperatingError({
    code: 'store_read_only',
    outcome: 'not_applied',
    shortMessage: 'this store is opened for reading only',
  });
}
