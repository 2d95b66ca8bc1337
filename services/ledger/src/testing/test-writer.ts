/** A book writer on a given store, without HTTP, and its vocabulary: given, when, then. */
import type { EventStore } from '@atomicity/event-log/port';
import { openBook } from '@atomicity/kernel/book/open-book';
import { OPERATOR, ORIGIN, START, STREAM } from '@atomicity/kernel/testing/world';
import { BookWriter, type BookWriterOptions } from '../writer/book-writer.ts';
import type { CommandOutcome } from '../writer/command-outcome.ts';

export type TestWriter = {
  readonly writer: BookWriter;
  readonly clock: { time: number; now(): number };
  readonly fatal: Error[];
};

export async function openTestWriter(
  store: EventStore,
  options: Partial<BookWriterOptions> = {},
  time: number = START,
): Promise<TestWriter> {
  const fatal: Error[] = [];
  const clock = { time, now: () => clock.time };
  const opened = openBook({ name: 'test', origin: ORIGIN, operator: OPERATOR.id });
  if (opened.type !== 'BookOpened') throw new Error('no opening');
  const writer = await BookWriter.open({
    store,
    stream: STREAM,
    clock,
    opening: opened.data,
    onFatal: (error) => fatal.push(error),
    ...options,
  });
  return { writer, clock, fatal };
}

/** An outcome in a word: `accepted`, `duplicate`, or the reason. */
export function inAWord(outcome: CommandOutcome): string {
  if (outcome.kind === 'accepted') return outcome.duplicate ? 'duplicate' : 'accepted';
  return outcome.kind === 'refused' ? outcome.refusal.reason : outcome.reason;
}
