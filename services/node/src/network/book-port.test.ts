// Goal: the router finds the signed text behind every event of a command, not only the first. Method: a
// writer, a store and a sequencer that hold one command of two events, laid down by hand.
import type { StoredEvent } from '@atomicity/event-log/port';
import type { Hash } from '@atomicity/kernel/units/id';
import { describe, expect, it } from 'vitest';
import { type BookLog, bookPort } from './book-port.ts';

const idOf = (digit: string) => digit.repeat(64) as Hash;
const [FIRST, SECOND, LAPSE, UNKNOWN] = ['1', '2', '3', '4'].map(idOf) as [Hash, Hash, Hash, Hash];

function logOf(payloads: Readonly<Record<string, string | null>>) {
  const ids = [FIRST, SECOND, LAPSE];
  let isCaughtUp = false;
  const at = (place: number) => {
    const eventId = ids[place] ?? UNKNOWN;
    return { eventId, payload: payloads[eventId] ?? null } as StoredEvent;
  };
  const log = {
    writer: {
      revisionOf: (eventId: Hash) => (eventId === FIRST ? 0 : undefined),
      flushedState: () => ({ stream: 's' }),
    },
    store: {
      async *readStream(_stream: string, revision: number) {
        yield at(revision);
      },
    },
    sequencer: {
      indexOf: (eventId: Hash) =>
        isCaughtUp && ids.includes(eventId) ? ids.indexOf(eventId) : undefined,
      catchUp: async () => {
        isCaughtUp = true;
        return ids.length;
      },
      async *events(from: number) {
        yield at(from);
      },
    },
  };
  return bookPort(log as unknown as BookLog);
}

const whole = {
  [FIRST]: '{"cause":{"object":{"body":{"type":"A","v":1},"signatures":[]}},"data":{}}',
  [SECOND]: `{"cause":{"event":"${FIRST}"},"data":{}}`,
  [LAPSE]: '{"cause":{"none":true},"data":{}}',
};

describe('the text of the object that caused an event', () => {
  it('is that of its command, for the first event and for a further one', async () => {
    const book = logOf(whole);
    const text = '{"body":{"type":"A","v":1},"signatures":[]}';
    expect(await book.causeText(FIRST)).toBe(text);
    expect(await book.causeText(SECOND)).toBe(text);
  });

  it('is none for a lapse, for what the log does not hold, and once it is erased', async () => {
    expect(await logOf(whole).causeText(LAPSE)).toBeUndefined();
    expect(await logOf(whole).causeText(UNKNOWN)).toBeUndefined();
    expect(await logOf({ ...whole, [FIRST]: null }).causeText(SECOND)).toBeUndefined();
  });
});
