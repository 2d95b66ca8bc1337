import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeEvent } from '@atomicity/kernel/book/event-codec';
import type { RecordedEvent } from '@atomicity/kernel/book/events';
import { canonicalJson } from '@atomicity/kernel/codec/canonical-json';
import { ZERO_HASH } from '@atomicity/kernel/units/id';
import type { LoggedEvent } from '../logged-event.ts';
import { Projection } from '../projection.ts';

/** An event of a book in memory as a log of that book alone would hold it. */
export function loggedAs(event: RecordedEvent, index: number): LoggedEvent {
  const { stream, revision, at, type, eventId } = event;
  const none = { payloadCommitment: ZERO_HASH, disclosure: null };
  return {
    index,
    eventId,
    envelope: { v: 1, stream, revision, type, at, ...none },
    payload: canonicalJson({ cause: { none: true }, data: encodeEvent(event) }),
  };
}

/** The projection of one book in memory, in a temporary folder. */
export class FedProjection {
  readonly #directory = mkdtempSync(join(tmpdir(), 'atomicity-projection-'));
  readonly #origin: string;
  readonly #events: readonly RecordedEvent[];
  projection: Projection;

  constructor(origin: string, events: readonly RecordedEvent[]) {
    this.#origin = origin;
    this.#events = events;
    this.projection = this.#open();
  }

  #open(): Projection {
    return new Projection(join(this.#directory, 'projection.sqlite'), this.#origin);
  }

  /** Applies what the book has recorded since. */
  catchUp(): void {
    const { nextIndex } = this.projection;
    this.projection.apply(
      this.#events.slice(nextIndex).map((event, i) => loggedAs(event, nextIndex + i)),
    );
  }

  restart(): void {
    this.projection.close();
    this.projection = this.#open();
  }

  close(): void {
    this.projection.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
