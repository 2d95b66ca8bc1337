/** All books of a log replayed side by side, and what they end with compared to what is claimed. */

import { BOOK_EVENT_TYPES } from '@atomicity/kernel/book/event-codec';
import type { BookEvent } from '@atomicity/kernel/book/events';
import { stateHash } from '@atomicity/kernel/book/state-codec';
import { canonicalJson, type JsonValue } from '@atomicity/kernel/codec/canonical-json';
import type { FieldHex, Hash, StreamId } from '@atomicity/kernel/units/id';
import { type BundleDigest, eventIdsDigest } from '../bundle/digest.ts';
import { positionsOfBook } from '../bundle/positions.ts';
import type { BookRecord, EventRecord, SnapshotRecord } from '../bundle/records.ts';
import { type Finding, fails, notShown, worstOf } from '../claims/verdict.ts';
import type { SignatureQueue } from '../crypto/signature-queue.ts';
import { BookReplay } from './book-replay.ts';

const BOOK_TYPES: ReadonlySet<string> = new Set(BOOK_EVENT_TYPES);

type Book = {
  readonly replay: BookReplay;
  readonly ids: BundleDigest;
  revision: number;
};

function compare(book: Book, claimed: BookRecord): readonly Finding[] {
  const where = `book ${claimed.stream}`;
  const findings: Finding[] = [];
  if (claimed.revision !== book.revision) {
    findings.push(fails(`claimed at revision ${claimed.revision}, not ${book.revision}`, where));
  }
  if (book.ids.finish() !== claimed.eventIds) {
    findings.push(fails('the event ids are not those of the claim', where));
  }
  const { state } = book.replay;
  if (state === undefined)
    return [...findings, notShown('the replay does not reach the end', where)];
  const positions = canonicalJson(positionsOfBook(state) as unknown as JsonValue);
  if (positions !== canonicalJson(claimed.positions as unknown as JsonValue)) {
    findings.push(fails('the claimed balances are not the replayed ones', where));
  }
  if (stateHash(state) !== claimed.stateHash) {
    findings.push(fails('the claimed state hash is not the replayed one', where));
  }
  return findings;
}

/** The two roots of a period as its close was decided again here. */
export type DecidedRoots = { readonly leavesRoot: FieldHex; readonly tokensRoot: FieldHex };

export class Replay {
  private readonly books = new Map<StreamId, Book>();
  private readonly claims: BookRecord[] = [];
  private readonly origin: string;
  private readonly trustedSnapshots: ReadonlySet<Hash>;
  private readonly signatures: SignatureQueue;
  private lastIndex = -1;
  /** Streams of other services, such as the anchors' outbox: they hold no book. */
  private readonly others = new Set<StreamId>();
  private misplaced: Finding | undefined;
  /** By period. Only of closes that an unbroken replay decided from the signed objects. */
  readonly decidedRoots = new Map<Hash, DecidedRoots>();

  constructor(origin: string, trustedSnapshots: ReadonlySet<Hash>, signatures: SignatureQueue) {
    this.origin = origin;
    this.trustedSnapshots = trustedSnapshots;
    this.signatures = signatures;
  }

  private readonly note = (event: BookEvent): void => {
    if (event.type !== 'PeriodClosed') return;
    const { period, leavesRoot, tokensRoot } = event.data;
    this.decidedRoots.set(period, { leavesRoot, tokensRoot });
  };

  private bookOf(stream: StreamId): Book {
    const known = this.books.get(stream);
    if (known !== undefined) return known;
    const { origin, trustedSnapshots, signatures, note: onEvent } = this;
    const replay = new BookReplay({ stream, origin, trustedSnapshots, signatures, onEvent });
    const book: Book = { replay, ids: eventIdsDigest(), revision: -1 };
    this.books.set(stream, book);
    return book;
  }

  /** Takes the events of a full bundle in log order. */
  add(event: EventRecord): void {
    const { stream, revision, type } = event.envelope;
    // A book says what it is in its first event.
    if (revision === 0 && type !== 'BookOpened') this.others.add(stream);
    if (this.others.has(stream)) {
      this.lastIndex = event.index;
      if (BOOK_TYPES.has(type)) {
        this.misplaced ??= fails(`${type} outside of a book`, `log index ${event.index}`);
      }
      return;
    }
    const book = this.bookOf(event.envelope.stream);
    if (event.eventId !== null) book.ids.add(event.eventId);
    book.revision = event.envelope.revision;
    this.lastIndex = event.index;
    book.replay.add(event);
  }

  addSnapshot(record: SnapshotRecord): void {
    this.bookOf(record.stream).replay.resume(record, this.lastIndex);
  }

  addClaim(record: BookRecord): void {
    this.claims.push(record);
  }

  /** The findings after the last record of the bundle. Called once, when the queue is idle. */
  finish(): { readonly replay: Finding; readonly balances: Finding } {
    const books = [...this.books.values()];
    const claimed = new Set(this.claims.map(({ stream }) => stream));
    const compared = this.claims.flatMap((claim) => {
      const book = this.books.get(claim.stream);
      const where = `book ${claim.stream}`;
      return book === undefined
        ? [fails('a claim on a book that the log does not hold', where)]
        : compare(book, claim);
    });
    const unclaimed = [...this.books.keys()]
      .filter((stream) => !claimed.has(stream))
      .map((stream) => fails('the bundle claims nothing of this book', `book ${stream}`));
    const findings = books.map(({ replay }) => replay.finding());
    if (this.misplaced !== undefined) findings.push(this.misplaced);
    const [only] = findings;
    const summary = findings.length === 1 && only ? only.reason : `${books.length} books replayed`;
    return {
      replay: worstOf(findings, summary),
      balances: worstOf(
        [...compared, ...unclaimed],
        `${books.length} books end with the claimed balances and state`,
      ),
    };
  }
}
