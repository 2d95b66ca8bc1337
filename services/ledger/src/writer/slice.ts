import type { AppendResult, NewEvent } from '@atomicity/event-log/port';
import type { RecordedEvent } from '@atomicity/kernel/book/events';
import type { CommandOutcome } from './command-outcome.ts';

export type Answer = (outcome: CommandOutcome) => void;

/** What one turn decided: events to append, and answers that hold once those are durable. */
export type Slice = {
  readonly events: RecordedEvent[];
  readonly texts: NewEvent[];
  readonly answers: { readonly answer: Answer; readonly outcome: CommandOutcome }[];
};

export function emptySlice(): Slice {
  return { events: [], texts: [], answers: [] };
}

/** True if the append put its events right after `revision`, now or in an earlier try of the store. */
export function continues(result: AppendResult, revision: number): boolean {
  return (
    (result.kind === 'appended' || result.kind === 'already_appended') &&
    result.firstRevision === revision + 1
  );
}

export function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
