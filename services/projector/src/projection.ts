import { existsSync } from 'node:fs';
import { OperatingError } from '@atomicity/event-log/port';
import { evolve } from '@atomicity/kernel/book/evolve';
import { type BookState, emptyBook } from '@atomicity/kernel/book/state';
import { decodeState, encodeState, stateHash } from '@atomicity/kernel/book/state-codec';
import type { AsOf } from '@atomicity/kernel/book/views';
import { canonicalJson } from '@atomicity/kernel/codec/canonical-json';
import { taggedTextHash } from '@atomicity/kernel/codec/tagged-hash';
import type { Hash, StreamId } from '@atomicity/kernel/units/id';
import { type LoggedEvent, recordedEvent } from './logged-event.ts';
import { writeRows } from './rows/write-rows.ts';
import { numberOf, ProjectionFile, textOf } from './sqlite/projection-file.ts';

/** Where a projection stood: what ties its rows to the log. */
export type ProjectionCheckpoint = {
  /** Events of the log that the rows include. */
  readonly size: number;
  /** Root of the log at that size. */
  readonly root: Hash;
  /** Hash over the states of all books at that size. */
  readonly stateHash: Hash;
};

/**
 * The tables over one log, the states of its books, and the cursor: one SQLite file, changed in one
 * transaction per batch. Synchronous, and without a clock: what it holds depends on the events only.
 */
export class Projection {
  readonly #origin: string;
  readonly #path: string;
  readonly #file: ProjectionFile;
  #books = new Map<StreamId, BookState>();
  /** Streams of the log that hold no book; their events only move the cursor. */
  #others = new Set<StreamId>();
  /** Events that the states include; behind `size` only until a restart has caught up. */
  #folded = 0;
  #size = 0;
  #at = 0;

  /**
   * Opens the file, or creates it. An erasure that a crash interrupted is finished first.
   * @throws OperatingError `projection_version` (not_applied).
   */
  constructor(path: string, origin: string) {
    this.#path = path;
    this.#origin = origin;
    this.#file = new ProjectionFile(path);
    this.#load();
  }

  /** For the queries: they read, never write. The same object through a rebuild. */
  get file(): ProjectionFile {
    return this.#file;
  }

  /** Events of the log that the rows include: the dense index of the next one. */
  get size(): number {
    return this.#size;
  }

  /** Dense index from which `apply` wants events: below `size` after a restart. */
  get nextIndex(): number {
    return this.#folded;
  }

  get asOf(): AsOf {
    return { logIndex: this.#size - 1, at: this.#at };
  }

  /** Revision of the last projected event of a stream, or -1. */
  revisionOf(stream: string): number {
    const row = this.#file.one('SELECT revision FROM streams WHERE stream = ?', stream);
    return row === undefined ? -1 : numberOf(row, 'revision');
  }

  book(stream: StreamId): BookState | undefined {
    return this.#books.get(stream);
  }

  /**
   * Applies events in log order; the first one has index `nextIndex`. Rows and cursor move in one
   * transaction. What an applied event erases is gone from every file of the projection when this
   * returns.
   *
   * @throws OperatingError (not_applied) `log_gap` when the order has a hole, `payload_erased`,
   * `payload_unreadable`, `envelope_unreadable`. The projection stands where it stood.
   */
  apply(events: readonly LoggedEvent[]): void {
    const before = {
      books: new Map(this.#books),
      others: new Set(this.#others),
      folded: this.#folded,
      size: this.#size,
      at: this.#at,
    };
    let erases = false;
    try {
      this.#file.transaction(() => {
        for (const event of events) erases = this.#applyOne(event) || erases;
        this.#file.run('UPDATE cursor SET size = ?, at = ?', this.#size, this.#at);
        if (erases) this.#beginErasure();
      });
    } catch (error) {
      this.#books = before.books;
      this.#others = before.others;
      this.#folded = before.folded;
      this.#size = before.size;
      this.#at = before.at;
      throw error;
    }
    if (erases) this.#finishErasure();
  }

  /** True when the event erases a payload. */
  #applyOne(logged: LoggedEvent): boolean {
    const { index, envelope } = logged;
    if (index !== this.#folded) {
      throw new OperatingError({
        code: 'log_gap',
        outcome: 'not_applied',
        shortMessage: 'events come in log order without gaps',
        facts: { index, expected: this.#folded },
      });
    }
    const { stream, revision, type } = envelope;
    // A book says what it is in its first event; the streams of other services are passed over.
    if (revision === 0 && type !== 'BookOpened') this.#others.add(stream);
    const isBook = !this.#others.has(stream);
    const fresh = index >= this.#size;
    let erases = false;
    if (isBook) {
      const event = recordedEvent(logged);
      const state = evolve(this.#books.get(stream) ?? emptyBook(stream, this.#origin), event);
      this.#books.set(stream, state);
      if (fresh) writeRows(this.#file, event, state, index);
      if (fresh && event.type === 'PayloadErased') erases = true;
    }
    this.#folded = index + 1;
    if (!fresh) return false;
    this.#size = index + 1;
    this.#at = envelope.at;
    this.#file.run(
      'INSERT OR REPLACE INTO streams VALUES (?, ?, ?)',
      stream,
      isBook ? 1 : 0,
      revision,
    );
    return erases;
  }

  /**
   * Stores the states of all books, so that a restart folds only what came later, and records where
   * the projection stands. `root` is the log's root at `size`. A second call replaces the first.
   */
  checkpoint(root: Hash): ProjectionCheckpoint {
    const checkpoint = { size: this.#size, root, stateHash: this.stateHash() };
    this.#file.transaction(() => {
      this.#writeSnapshots();
      this.#file.run(
        'INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?, ?)',
        checkpoint.size,
        root,
        checkpoint.stateHash,
        this.#at,
      );
    });
    return checkpoint;
  }

  /** The last recorded checkpoint, or undefined before the first. */
  lastCheckpoint(): ProjectionCheckpoint | undefined {
    const row = this.#file.one('SELECT * FROM checkpoints ORDER BY size DESC LIMIT 1');
    if (row === undefined) return undefined;
    return {
      size: numberOf(row, 'size'),
      root: textOf(row, 'root') as Hash,
      stateHash: textOf(row, 'state_hash') as Hash,
    };
  }

  /** taggedHash('BookStates', [[stream, state hash], …]) in the order of the stream ids. */
  stateHash(): Hash {
    return booksHash(this.#books.values());
  }

  /** Canonical JSON of the states of all books, in the order of their stream ids. */
  encodeStates(): readonly string[] {
    return sortedBooks(this.#books.values()).map(encodeState);
  }

  /**
   * Forgets everything, so that the whole log is applied again. Where payloads of the log have been
   * erased, it goes back to the copy made right after the last erasure instead: nothing but that copy
   * can say what the erased events added up to.
   */
  reset(): void {
    this.#file.replace(existsSync(this.carryPath) ? this.carryPath : null);
    this.#books = new Map();
    this.#others = new Set();
    this.#load();
  }

  /** The copy of the projection right after the last erasure; absent while nothing was erased. */
  get carryPath(): string {
    return `${this.#path}.carry`;
  }

  /** Closes the file. A second call does nothing. */
  close(): void {
    this.#file.close();
  }

  #load(): void {
    const cursor = this.#file.one('SELECT * FROM cursor');
    if (cursor === undefined) throw new Error('a projection has a cursor');
    this.#size = numberOf(cursor, 'size');
    this.#at = numberOf(cursor, 'at');
    for (const row of this.#file.all('SELECT stream FROM streams WHERE is_book = 0')) {
      this.#others.add(textOf(row, 'stream') as StreamId);
    }
    const snapshots = this.#file.all('SELECT * FROM snapshots');
    for (const row of snapshots) {
      const state = decodeState(textOf(row, 'state'));
      this.#books.set(state.stream, state);
    }
    const [first] = snapshots;
    this.#folded = first === undefined ? 0 : numberOf(first, 'size');
    if (numberOf(cursor, 'erasing') === 1) this.#finishErasure();
  }

  #writeSnapshots(): void {
    this.#file.run('DELETE FROM snapshots');
    for (const [stream, state] of this.#books) {
      this.#file.run(
        'INSERT INTO snapshots VALUES (?, ?, ?)',
        stream,
        this.#size,
        encodeState(state),
      );
    }
  }

  /** In the transaction that removed the rows: older states go with them. */
  #beginErasure(): void {
    this.#writeSnapshots();
    this.#file.run('UPDATE cursor SET erasing = 1');
  }

  /** Rewrites the file and replaces the copy that a rebuild starts from. Repeated after a crash. */
  #finishErasure(): void {
    this.#file.rewrite();
    this.#file.copyTo(this.carryPath);
    // From here no file of the projection holds the erased payload.
    this.#file.run('UPDATE cursor SET erasing = 0');
    this.#file.database.pragma('wal_checkpoint(TRUNCATE)');
  }
}

function sortedBooks(books: Iterable<BookState>): readonly BookState[] {
  return [...books].sort((x, y) => (x.stream < y.stream ? -1 : 1));
}

/** Hash over the states of several books: what a projection checkpoint and a reconciliation compare. */
export function booksHash(books: Iterable<BookState>): Hash {
  const hashes = sortedBooks(books).map((book) => [book.stream, stateHash(book)]);
  return taggedTextHash('BookStates', canonicalJson(hashes));
}
