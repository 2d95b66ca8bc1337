import { type BookCommand, decide, decideLapses } from '@atomicity/kernel/book/decide';
import type { Decision } from '@atomicity/kernel/book/decision';
import { decodeEvent } from '@atomicity/kernel/book/event-codec';
import type { BookEvent, RecordedEvent } from '@atomicity/kernel/book/events';
import { evolve } from '@atomicity/kernel/book/evolve';
import { openBook } from '@atomicity/kernel/book/open-book';
import { type BookState, emptyBook } from '@atomicity/kernel/book/state';
import {
  canonicalJson,
  isJsonObject,
  type JsonValue,
} from '@atomicity/kernel/codec/canonical-json';
import type { Hash, PartyId, StreamId } from '@atomicity/kernel/units/id';
import { type UnixMs, unixMs } from '@atomicity/kernel/units/time';
import type { VerifiedObject } from '@atomicity/kernel/wire/verified';
import { commandEventId } from '@atomicity/ledger/writer/command-key';
import { type Cause, newEventOf } from '@atomicity/ledger/writer/event-text';
import type { BookOutcome } from '@atomicity/router/ports';
import type { Random } from '../engine/random.ts';
import type { SkewedClock, VirtualTime } from '../engine/virtual-time.ts';
import type { AppendFate, Disk } from './disk.ts';

/** The kernel: mutants wrap it. */
export type Rules = {
  readonly decide: (state: BookState, command: BookCommand, now: UnixMs) => Decision;
  readonly lapses: (state: BookState, now: UnixMs) => readonly BookEvent[];
  readonly evolve: (state: BookState, event: RecordedEvent) => BookState;
};

export const PRODUCTION_RULES: Rules = { decide, lapses: decideLapses, evolve };

export type SimBookOptions = {
  readonly stream: StreamId;
  readonly origin: string;
  readonly disk: Disk;
  readonly time: VirtualTime;
  readonly clock: SkewedClock;
  readonly random: Random;
  readonly rules: Rules;
  /** Drawn for every append. */
  readonly appendFate: () => AppendFate;
  /** On disk from here, whether or not anybody learns of it. */
  readonly onDurable: (events: readonly RecordedEvent[], cause: string | undefined) => void;
  /** Durable, and the state shows it. */
  readonly onFlushed: (events: readonly RecordedEvent[], state: BookState) => void;
  /** What is durable is no longer known: the process ends. */
  readonly onFatal: (reason: string) => void;
};

type Waiting = { readonly object: VerifiedObject; readonly answer: (outcome: BookOutcome) => void };

type Batch = { readonly events: readonly RecordedEvent[]; readonly cause: Cause };

type Slice = {
  readonly batches: Batch[];
  readonly answers: { readonly answer: Waiting['answer']; readonly outcome: BookOutcome }[];
  readonly head: BookState;
};

/** The state that the events on a disk give, read from their texts as a restart reads them. */
export function replay(
  { evolve: apply }: Rules,
  stream: StreamId,
  origin: string,
  disk: Disk,
): BookState {
  let state = emptyBook(stream, origin);
  for (const { eventId, type, at, payload } of disk.events) {
    const read: JsonValue = JSON.parse(payload);
    const data = isJsonObject(read) ? read['data'] : undefined;
    if (data === undefined) throw new Error('a payload without data');
    const revision = state.revision + 1;
    state = apply(state, { ...decodeEvent(type, data), stream, revision, at, eventId });
  }
  return state;
}

/**
 * A book as its production writer keeps it, in virtual time: decided on a head that runs ahead of
 * the disk, answered and shown only as far as it is durable, ended by the first failed append.
 */
export class SimBook {
  readonly #options: SimBookOptions;
  readonly #waiting: Waiting[] = [];
  #head: BookState;
  #flushed: BookState;
  #lastNow: number;
  #turnPlanned = false;
  #busyUntilUs = 0;
  #failed = false;
  /** On their way to the disk, in order. */
  readonly #inFlight: Slice[] = [];

  constructor(options: SimBookOptions) {
    this.#options = options;
    this.#head = replay(options.rules, options.stream, options.origin, options.disk);
    this.#flushed = this.#head;
    this.#lastNow = this.#head.at;
  }

  state(): BookState {
    return this.#flushed;
  }

  /** The book's time: the node's clock, never backwards. */
  now(): UnixMs {
    this.#lastNow = Math.max(this.#lastNow, this.#options.clock.now());
    return unixMs(this.#lastNow);
  }

  submit(object: VerifiedObject): Promise<BookOutcome> {
    if (this.#failed) return Promise.resolve({ kind: 'failed', reason: 'stopped' });
    return new Promise((answer) => {
      this.#waiting.push({ object, answer });
      this.#planTurn();
    });
  }

  /** The object that caused an event, as the log holds it. */
  causeText(eventId: Hash): Promise<string | undefined> {
    return Promise.resolve(causeOf(this.#options.disk, eventId));
  }

  /** Records lapses that are due, as the sweep of a node does. */
  sweep(): void {
    if (!this.#failed && this.#options.rules.lapses(this.#head, this.now()).length > 0) {
      this.#planTurn();
    }
  }

  /** The first event of the book. */
  open(operator: PartyId): void {
    const event = openBook({ name: 'simulation', origin: this.#options.origin, operator });
    const batch = this.#record([event], this.now(), 'open/0', { kind: 'none' });
    this.#options.disk.append(batch.events.map((one) => newEventOf(one, batch.cause)));
    this.#flushed = this.#head;
  }

  /** Decides at once and makes durable at once: for what stands before the run begins. */
  accept(object: VerifiedObject): void {
    const decision = this.#options.rules.decide(this.#head, command(object), this.now());
    if (decision.kind !== 'accepted') {
      throw new Error(`${object.body.type}: ${JSON.stringify(decision)}`);
    }
    const cause: Cause = { kind: 'object', text: object.text };
    const batch = this.#record(decision.events, this.now(), object.id, cause);
    this.#options.disk.append(newEvents(batch));
    this.#options.onDurable(batch.events, object.text);
    this.#flushed = this.#head;
  }

  #planTurn(): void {
    if (this.#turnPlanned) return;
    this.#turnPlanned = true;
    this.#options.time.after(this.#options.random.unit(), () => {
      this.#turnPlanned = false;
      if (!this.#failed) this.#turn();
    });
  }

  #turn(): void {
    const now = this.now();
    const batches: Batch[] = [];
    for (const event of this.#options.rules.lapses(this.#head, now)) {
      const commandId = `lapse/${this.#head.revision + 1}`;
      batches.push(this.#record([event], now, commandId, { kind: 'none' }));
    }
    const answers = this.#waiting.splice(0).map(({ object, answer }) => {
      const decision = this.#options.rules.decide(this.#head, command(object), now);
      if (decision.kind === 'accepted') {
        const cause: Cause = { kind: 'object', text: object.text };
        batches.push(this.#record(decision.events, now, object.id, cause));
      }
      return { answer, outcome: outcomeOf(decision) };
    });
    this.#append({ batches, answers, head: this.#head });
  }

  #record(events: readonly BookEvent[], at: UnixMs, commandId: string, cause: Cause): Batch {
    const { stream } = this.#head;
    const recorded = events.map((event, ordinal) => {
      const revision = this.#head.revision + 1;
      const eventId = commandEventId(stream, commandId, ordinal);
      const one: RecordedEvent = { ...event, stream, revision, at, eventId };
      this.#head = this.#options.rules.evolve(this.#head, one);
      return one;
    });
    return { events: recorded, cause };
  }

  /** Appends reach the disk in order, each some milliseconds after the one before. */
  #append(slice: Slice): void {
    const { time, random } = this.#options;
    const fsyncMs = slice.batches.length === 0 ? 0 : 0.5 + random.unit() * 12;
    const doneUs = Math.max(time.nowUs, this.#busyUntilUs) + Math.round(fsyncMs * 1000);
    this.#busyUntilUs = doneUs;
    this.#inFlight.push(slice);
    time.after((doneUs - time.nowUs) / 1000, () => {
      if (!this.#failed) this.#finish(slice);
    });
  }

  /**
   * The process ends now. What was on its way to the disk may have reached it, in order; nobody is
   * told.
   */
  kill(): void {
    if (this.#failed) return;
    this.#failed = true;
    for (const slice of this.#inFlight.splice(0)) {
      if (this.#options.disk.isFull || this.#options.random.chance(0.5)) return;
      this.#persist(slice);
    }
  }

  #persist({ batches }: Slice): void {
    this.#options.disk.append(batches.flatMap(newEvents));
    // Durable from here.
    for (const { events, cause } of batches) {
      this.#options.onDurable(events, cause.kind === 'object' ? cause.text : undefined);
    }
  }

  #finish(slice: Slice): void {
    const { disk, appendFate, onFlushed } = this.#options;
    this.#inFlight.shift();
    const fate = slice.batches.length === 0 ? 'durable' : appendFate();
    if (fate === 'dies_before') {
      this.#fail('died before an append');
      return;
    }
    if (disk.isFull && slice.batches.length > 0) {
      this.#fail('no space left on device', slice);
      return;
    }
    this.#persist(slice);
    if (fate === 'dies_after') {
      this.#fail('died after an append');
      return;
    }
    this.#flushed = slice.head;
    onFlushed(
      slice.batches.flatMap(({ events }) => events),
      slice.head,
    );
    for (const { answer, outcome } of slice.answers) answer(outcome);
  }

  #fail(reason: string, slice?: Slice): void {
    this.#failed = true;
    for (const { answer } of slice?.answers ?? []) {
      answer({ kind: 'failed', reason: 'outcome_unknown' });
    }
    for (const { answer } of this.#waiting.splice(0)) answer({ kind: 'failed', reason: 'stopped' });
    this.#options.onFatal(reason);
  }
}

function command(object: VerifiedObject): BookCommand {
  return { kind: 'object', commandId: object.id, object };
}

/** Further events of a command point at its first. */
function newEvents({ events, cause }: Batch) {
  const first = events[0]?.eventId;
  return events.map((event, ordinal) =>
    newEventOf(
      event,
      ordinal === 0 || first === undefined ? cause : { kind: 'event', eventId: first },
    ),
  );
}

function outcomeOf(decision: Decision): BookOutcome {
  switch (decision.kind) {
    case 'accepted':
    case 'duplicate':
      return { kind: decision.kind };
    case 'rejected':
      return { kind: 'refused', refusal: decision.refusal };
  }
}

function causeOf(disk: Disk, eventId: Hash): string | undefined {
  const stored = disk.find(eventId);
  if (stored === undefined) return undefined;
  const payload: JsonValue = JSON.parse(stored.payload);
  const cause = isJsonObject(payload) ? payload['cause'] : undefined;
  if (cause === undefined || !isJsonObject(cause)) return undefined;
  const { object, event } = cause;
  if (object !== undefined) return canonicalJson(object);
  return typeof event === 'string' ? causeOf(disk, event as Hash) : undefined;
}
