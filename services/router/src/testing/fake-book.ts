import { decide, decideLapses } from '@atomicity/kernel/book/decide';
import type { BookEvent, BookOpenedData, RecordedEvent } from '@atomicity/kernel/book/events';
import { evolve } from '@atomicity/kernel/book/evolve';
import { type BookState, emptyBook } from '@atomicity/kernel/book/state';
import { eventId } from '@atomicity/kernel/log/envelope';
import type { Hash, StreamId } from '@atomicity/kernel/units/id';
import { type UnixMs, unixMs } from '@atomicity/kernel/units/time';
import type { VerifiedObject } from '@atomicity/kernel/wire/verified';
import type { BookOutcome, BookPort } from '../ports.ts';

type Row = { readonly event: RecordedEvent; readonly cause: string | undefined };

/** The next submission that is accepted fails: with or without having been recorded. */
export type Fault = 'busy' | 'lost' | 'recorded_but_unknown';

/**
 * A fake of the book's writer: the kernel's own decide and evolve, and a list in memory for the log.
 * Every append is durable at once; a fault makes one outcome unknown, as a full disk would.
 */
export class FakeBook implements BookPort {
  readonly rows: Row[] = [];
  readonly #stream: StreamId;
  readonly #clock: () => UnixMs;
  #state: BookState;
  /** Told of every event that no submission of the agent under test has brought. */
  onLapse: (vouchers: readonly Hash[]) => void = () => {};
  /** Asked before each submission: a fault, or undefined to go on. */
  fault: (object: VerifiedObject) => Fault | undefined = () => undefined;

  constructor(stream: StreamId, opening: BookOpenedData, clock: () => UnixMs) {
    this.#stream = stream;
    this.#clock = clock;
    this.#state = emptyBook(stream, opening.origin);
    this.#record('open', [{ type: 'BookOpened', data: opening }], undefined);
  }

  readonly state = (): BookState => this.#state;

  readonly submit = async (object: VerifiedObject): Promise<BookOutcome> => {
    await Promise.resolve();
    const fault = this.fault(object);
    if (fault === 'busy') return { kind: 'failed', reason: 'busy' };
    if (fault === 'lost') return { kind: 'failed', reason: 'outcome_unknown' };
    const outcome = this.accept(object);
    return fault === undefined ? outcome : { kind: 'failed', reason: 'outcome_unknown' };
  };

  /** `submit` without waiting and faults. */
  accept(object: VerifiedObject): BookOutcome {
    this.lapse();
    const command = { kind: 'object', commandId: object.id, object } as const;
    const decision = decide(this.#state, command, this.#now());
    if (decision.kind === 'rejected') return { kind: 'refused', refusal: decision.refusal };
    if (decision.kind === 'duplicate') return { kind: 'duplicate' };
    this.#record(object.id, decision.events, object.text);
    return { kind: 'accepted' };
  }

  readonly causeText = (id: Hash): Promise<string | undefined> =>
    Promise.resolve(this.rows.find(({ event }) => event.eventId === id)?.cause);

  /** Records what has lapsed, as the writer's sweeper does. */
  lapse(): void {
    const vouchers: Hash[] = [];
    for (const event of decideLapses(this.#state, this.#now())) {
      this.#record(`lapse/${this.#state.revision + 1}`, [event], undefined);
      if (event.type === 'HopLapsed') vouchers.push(event.data.voucher);
    }
    if (vouchers.length > 0) this.onLapse(vouchers);
  }

  #now(): UnixMs {
    return unixMs(Math.max(this.#clock(), this.#state.at));
  }

  #record(commandId: string, events: readonly BookEvent[], cause: string | undefined): void {
    for (const [ordinal, event] of events.entries()) {
      const recorded: RecordedEvent = {
        ...event,
        stream: this.#stream,
        revision: this.#state.revision + 1,
        at: this.#now(),
        eventId: eventId(this.#stream, commandId, ordinal),
      };
      this.#state = evolve(this.#state, recorded);
      this.rows.push({ event: recorded, cause });
    }
  }
}
