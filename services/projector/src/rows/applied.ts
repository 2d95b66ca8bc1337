import type { BookEventType, RecordedEvent } from '@atomicity/kernel/book/events';
import type { BookState } from '@atomicity/kernel/book/state';
import type { ProjectionFile } from '../sqlite/projection-file.ts';

/** An event with the state right after it and its place in the log. */
export type Applied<T extends BookEventType = BookEventType> = {
  [K in T]: {
    readonly event: Extract<RecordedEvent, { readonly type: K }>;
    readonly state: BookState;
    /** Dense log index of the event. */
    readonly index: number;
  };
}[T];

/** What writes the rows of one event type. */
export type Writer<T extends BookEventType> = (file: ProjectionFile, applied: Applied<T>) => void;
