import type { PartyId } from '@atomicity/kernel/units/id';
import { isShared } from '../sharing/concerned-neighbours.ts';
import type { ShareLog, ShareOutcome, SharePort } from '../sharing/share-ports.ts';
import type { FakeBook } from './fake-book.ts';
import { verifyForTest } from './neighbourhood.ts';

const PAGE_EVENTS = 64;

/** The stream of a book in memory, as the outbox of shared objects reads it. */
export function shareLogOf(book: FakeBook): ShareLog {
  return {
    read: async (after) => {
      const page = book.rows.slice(after + 1, after + 1 + PAGE_EVENTS).map(({ event }) => event);
      return { events: page.filter(({ type }) => isShared(type)), last: page.at(-1) };
    },
    holds: async ({ revision, eventId }) => book.rows[revision]?.event.eventId === eventId,
  };
}

/** A way to other books in memory that loses nothing. @throws (rejects) for a party without one. */
export function shareInto(bookOf: (party: PartyId) => FakeBook | undefined): SharePort {
  return {
    deliver: async (to, objects) => {
      const book = bookOf(to);
      if (book === undefined) throw new Error('nobody is there');
      return objects.map(({ text }) => outcomeIn(book, text));
    },
  };
}

function outcomeIn(book: FakeBook, text: string): ShareOutcome {
  const object = verifyForTest(text);
  if ('reason' in object) return { kind: 'refused', refusal: object };
  const outcome = book.accept(object);
  if (outcome.kind === 'refused') return outcome;
  return { kind: 'taken' };
}
