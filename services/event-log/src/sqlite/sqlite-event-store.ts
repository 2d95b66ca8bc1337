import type { Hash, StreamId } from '@atomicity/kernel/units/id';
import { assertAppendable } from '../envelope/seal-event.ts';
import { FeedSignal, follow } from '../feed/follow.ts';
import {
  type AppendResult,
  type EraseResult,
  type EventStore,
  type NewEvent,
  type OnEvents,
  OperatingError,
  type Position,
  type StoredEnvelope,
  type StoredEvent,
} from '../port.ts';
import { backUpStore } from './backup.ts';
import type { Synchronous } from './database.ts';
import type { IntegrityCheck } from './integrity.ts';
import { Reader } from './reader.ts';
import { startWriterThread, type WriterThread } from './writer-thread.ts';

export type SqliteStoreOptions = {
  /** Folder of the store's files; made when it is not there. */
  readonly directory: string;
  /** Called once when a flush failed. The process should end: a restart finds what is durable. */
  readonly onFatal?: ((error: OperatingError) => void) | undefined;
  /** Appends beyond so many waiting events are refused as `store_busy`. Default 65,536. */
  readonly queueEventsMax?: number | undefined;
  /** The same for the UTF-16 length of waiting payloads and disclosures. Default 64 Mi. */
  readonly queueLengthMax?: number | undefined;
  /** Default `tail`; `full` after a restore. */
  readonly integrityCheck?: IntegrityCheck | undefined;
  /** FOR TESTS: anything but FULL loses acknowledged events when the power goes. */
  readonly synchronous?: Synchronous | undefined;
};

const PAGE_EVENTS = 512;

/**
 * Opens or creates a store on SQLite.
 *
 * @throws OperatingError, all not_applied: `store_locked` when another process writes to it,
 * `store_damaged`, `store_unknown_version`, `store_unavailable` when the folder cannot be used.
 */
export async function openSqliteEventStore(options: SqliteStoreOptions): Promise<SqliteEventStore> {
  const signal = new FeedSignal();
  const writer = await startWriterThread({ ...options, onDurable: () => signal.notify() });
  return new SqliteEventStore(options.directory, writer, signal);
}

/**
 * The event store on two files: events in SQLite (WAL, synced on every commit) and salts in the vault.
 * One writer thread with group commit; reads use a connection of their own, which sees a commit only
 * after its sync.
 */
export class SqliteEventStore implements EventStore {
  readonly #directory: string;
  readonly #writer: WriterThread;
  readonly #reader: Reader;
  readonly #signal: FeedSignal;
  #closing: Promise<void> | undefined;

  constructor(directory: string, writer: WriterThread, signal: FeedSignal) {
    this.#directory = directory;
    this.#writer = writer;
    this.#reader = new Reader(directory);
    this.#signal = signal;
  }

  append(
    stream: StreamId,
    expectedRevision: number,
    events: readonly NewEvent[],
  ): Promise<AppendResult> {
    try {
      assertAppendable(stream, expectedRevision, events);
      return this.#writer.append(stream, expectedRevision, events);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async *readStream(
    stream: StreamId,
    fromRevision: number,
    limit: number,
  ): AsyncGenerator<StoredEvent> {
    let next = fromRevision;
    let left = limit;
    while (left > 0) {
      this.#assertOpen();
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
    for (const page of this.#pages(from, limit, read)) yield* page;
  }

  async *readEnvelopes(
    from: Position | 'start',
    limit = Number.MAX_SAFE_INTEGER,
  ): AsyncGenerator<readonly StoredEnvelope[]> {
    const read = (after: Position | 'start', count: number) =>
      this.#reader.envelopesAfter(after, count);
    yield* this.#pages(from, limit, read);
  }

  // A page is one short read transaction: a slow consumer holds nothing open.
  *#pages<T extends StoredEnvelope>(
    from: Position | 'start',
    limit: number,
    read: (after: Position | 'start', count: number) => T[],
  ): Generator<T[]> {
    let after = from;
    let left = limit;
    while (left > 0) {
      this.#assertOpen();
      const page = read(after, Math.min(left, PAGE_EVENTS));
      const last = page.at(-1);
      if (last === undefined) return;
      yield page;
      after = last.position;
      left -= page.length;
    }
  }

  async subscribe(
    from: Position | 'start',
    onEvents: OnEvents,
    signal: AbortSignal,
  ): Promise<void> {
    this.#assertOpen();
    const readAfter = (position: Position | 'start') => {
      const events = this.#reader.after(position, PAGE_EVENTS);
      const last = events.at(-1);
      return last === undefined ? undefined : { events, checkpoint: last.position };
    };
    await follow(from, readAfter, this.#signal, onEvents, signal);
  }

  async erasePayload(eventId: Hash): Promise<EraseResult> {
    return await this.#writer.erase(eventId);
  }

  /**
   * Copies the store, vault included, into an empty or new folder while it is in use. The copy opens as a
   * store and holds every event acknowledged before the call. Durable on resolve.
   *
   * The copy of the vault holds the salts: a payload erased later stays readable in it until that copy
   * is destroyed or erased too.
   *
   * @throws OperatingError `backup_exists`, not_applied, when the folder already holds a store.
   */
  async backup(toDirectory: string): Promise<void> {
    this.#assertOpen();
    await backUpStore(this.#directory, toDirectory);
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async #close(): Promise<void> {
    await this.#writer.close();
    this.#signal.close();
    this.#reader.close();
  }

  #assertOpen(): void {
    if (!this.#signal.closed) return;
    throw new OperatingError({
      code: 'store_closed',
      outcome: 'not_applied',
      shortMessage: 'the store has been closed',
    });
  }
}
