import type { StoredEvent } from '@atomicity/event-log/port';
import type { IndexedEvent } from '@atomicity/event-log/sequencer/sequencer';
import { decodeEvent } from '@atomicity/kernel/book/event-codec';
import { evolve } from '@atomicity/kernel/book/evolve';
import { type BookState, emptyBook } from '@atomicity/kernel/book/state';
import { decodeState } from '@atomicity/kernel/book/state-codec';
import { isJsonObject, type JsonValue } from '@atomicity/kernel/codec/canonical-json';
import { type Envelope, parseEnvelope } from '@atomicity/kernel/log/envelope';
import type { StreamId } from '@atomicity/kernel/units/id';
import { recorded } from '@atomicity/ledger/writer/event-text';
import type { BookSnapshot } from '@atomicity/ledger/writer/snapshots';

export type FoldedBook = {
  readonly stream: StreamId;
  /** Revision of the last event. */
  readonly revision: number;
  /** Undefined when an erased payload hides it and no snapshot follows. */
  readonly state: BookState | undefined;
  /** Where the snapshot was taken as the state, with the dense index of that event. */
  readonly resumed: (BookSnapshot & { readonly index: number }) | undefined;
};

export type FoldOptions = {
  readonly origin: string;
  /** The book that the snapshot is of. */
  readonly book: StreamId;
  readonly snapshot: BookSnapshot | undefined;
  /** `when-lost`: only behind an erased payload. `always`: the snapshot's word against a replay. */
  readonly resume: 'when-lost' | 'always';
};

/** The books among these events, given in log order from the first on, each folded to its last event. */
export async function foldBooks(
  events: AsyncIterable<IndexedEvent>,
  options: FoldOptions,
): Promise<readonly FoldedBook[]> {
  const books = new Map<StreamId, FoldedBook>();
  for await (const event of events) {
    const envelope = envelopeOf(event.envelope);
    const { stream, revision } = envelope;
    // A book says what it is in its first event; the streams of other services are passed over.
    if (revision === 0 && envelope.type === 'BookOpened') {
      const state = emptyBook(stream, options.origin);
      books.set(stream, { stream, revision: -1, state, resumed: undefined });
    }
    const book = books.get(stream);
    if (book === undefined) continue;
    const state = next(book.state, event, envelope);
    books.set(stream, resumeAt({ ...book, revision, state }, event.index, options));
  }
  return [...books.values()];
}

function resumeAt(book: FoldedBook, index: number, options: FoldOptions): FoldedBook {
  const { snapshot, resume } = options;
  if (book.stream !== options.book || snapshot?.revision !== book.revision) return book;
  if (resume === 'when-lost' && book.state !== undefined) return book;
  return { ...book, state: decodeState(snapshot.state), resumed: { ...snapshot, index } };
}

/** The state after an event, or undefined from an erased payload on. */
function next(
  state: BookState | undefined,
  event: StoredEvent,
  { stream, revision, at, type }: Envelope,
): BookState | undefined {
  if (state === undefined || event.payload === null) return undefined;
  const payload: JsonValue = JSON.parse(event.payload);
  if (!isJsonObject(payload)) throw new Error('invariant: a payload is an object');
  const decoded = decodeEvent(type, payload['data'] ?? null);
  return evolve(state, recorded(decoded, { stream, revision, at, eventId: event.eventId }));
}

/** @throws Error for bytes that no node wrote. */
export function envelopeOf(bytes: Uint8Array): Envelope {
  const parsed = parseEnvelope(bytes);
  if (parsed.kind === 'refused') throw new Error(`an envelope: ${parsed.refusal.reason}`);
  return parsed.envelope;
}
