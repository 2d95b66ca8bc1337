import type { AppendResult, EventStore } from '@atomicity/event-log/port';
import { type BookCommand, decide, decideLapses } from '@atomicity/kernel/book/decide';
import type { BookEvent, BookOpenedData, RecordedEvent } from '@atomicity/kernel/book/events';
import { evolve } from '@atomicity/kernel/book/evolve';
import type { BookState } from '@atomicity/kernel/book/state';
import { encodeState } from '@atomicity/kernel/book/state-codec';
import type { Hash, StreamId } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';
import type { ParsedObject } from '@atomicity/kernel/wire/objects';
import { parseObject } from '@atomicity/kernel/wire/parse-object';
import { type VerifiedObject, verified } from '@atomicity/kernel/wire/verified';
import { BookClock, type Clock } from './book-clock.ts';
import type { CommandIndex, KnownCommand } from './command-index.ts';
import { type CommandKey, commandEventId, commandKey } from './command-key.ts';
import type { CommandOutcome, RecordedAs } from './command-outcome.ts';
import { type Cause, newEventOf, recorded } from './event-text.ts';
import { recoverBook } from './recover-book.ts';
import { type Answer, asError, continues, emptySlice, type Slice } from './slice.ts';
import type { BookSnapshots } from './snapshots.ts';

export type BookWriterOptions = {
  readonly store: EventStore;
  readonly stream: StreamId;
  readonly clock: Clock;
  /** Appended as the first event when the stream is empty. */
  readonly opening: BookOpenedData;
  readonly snapshots?: BookSnapshots | undefined;
  /** Commands that may wait for decision or durability at once; more are `busy`. Default 16,384. */
  readonly pendingMax?: number | undefined;
  /** Commands decided in one turn of the event loop and appended together. Default 256. */
  readonly sliceMax?: number | undefined;
  /** Appends that may be under way at once. Default 16. */
  readonly appendsMax?: number | undefined;
  /** Called once, when the writer has lost track of what is durable: end the process. */
  readonly onFatal: (error: Error) => void;
  /** Called with events in order once they are durable. Must not throw. */
  readonly onFlushed?: ((events: readonly RecordedEvent[], state: BookState) => void) | undefined;
};

type Waiting = {
  readonly key: CommandKey;
  readonly object: VerifiedObject;
  readonly answer: Answer;
};

const OPENING_COMMAND = 'open/0';
/** Lapses of one append. */
const LAPSES_AT_ONCE = 1_000;

/**
 * The one writer of one book. It decides on the head state, which includes events that are not
 * durable yet, so commands do not wait for one another's flush; it answers, and shows its state,
 * only as far as events are durable. Refusals wait for the events they were decided after, too.
 *
 * Invariants: appends go out in order, each with the revision of the one before; answers are given
 * in the order of submission; after any failed append nothing more is accepted.
 */
export class BookWriter {
  readonly #options: BookWriterOptions;
  readonly #clock: BookClock;
  readonly #commands: CommandIndex;
  readonly #waiting: Waiting[] = [];
  #head: BookState;
  #flushed: BookState;
  /** Resolves when everything appended so far is durable and answered; never rejects. */
  #tail: Promise<void> = Promise.resolve();
  #undecidedFrom = 0;
  #pendingCount = 0;
  #appendCount = 0;
  #turnPlanned = false;
  #failure: Error | undefined;
  #stopping = false;

  private constructor(options: BookWriterOptions, state: BookState, commands: CommandIndex) {
    this.#options = options;
    this.#head = state;
    this.#flushed = state;
    this.#commands = commands;
    this.#clock = new BookClock(options.clock, state.at);
  }

  /**
   * Recovers the book from its stream, opens it if the stream is empty, and repeats the erasures
   * that the log holds. Resolves when the book takes commands.
   *
   * @throws OperatingError of the store, or `payload_erased` (see `recoverBook`).
   */
  static async open(options: BookWriterOptions): Promise<BookWriter> {
    const { store, stream, opening, snapshots } = options;
    const book = await recoverBook(store, stream, opening.origin, snapshots);
    const writer = new BookWriter(options, book.state, book.commands);
    if (book.state.revision < 0) {
      const slice = emptySlice();
      const event: BookEvent = { type: 'BookOpened', data: opening };
      writer.#record(slice, [event], writer.#clock.now(), OPENING_COMMAND, { kind: 'none' });
      await writer.#append(slice);
      if (writer.#failure !== undefined) throw writer.#failure;
    }
    for (const erased of book.erasures) await store.erasePayload(erased);
    return writer;
  }

  /** The state of the book as far as it is durable; immutable. */
  flushedState(): BookState {
    return this.#flushed;
  }

  /** Why nothing is accepted any more, or undefined while the writer works. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  get clock(): Pick<BookClock, 'clampedCount' | 'behindMs'> {
    return this.#clock;
  }

  /** Commands that wait for decision or durability. */
  get pendingCount(): number {
    return this.#pendingCount;
  }

  /** True if another `count` commands would not be `busy`. */
  accepts(count: number): boolean {
    return this.#pendingCount + count <= (this.#options.pendingMax ?? 16_384);
  }

  /**
   * Decides on an object and answers once the outcome is durable. `commandId`: 1 to 64 characters
   * of `A-Z a-z 0-9 . _ -`.
   *
   * A second call with the same id and object answers `accepted` with `duplicate: true` and the
   * recorded events, also after a restart; the same id with another object is refused
   * `exists_with_different_payload`. Never rejects: `busy` and `stopped` (nothing was recorded) and
   * `outcome_unknown` (submit it again, to the restarted node) are outcomes.
   */
  submit(
    commandId: string,
    object: VerifiedObject,
    key: CommandKey = this.keyOf(commandId, object.text),
  ): Promise<CommandOutcome> {
    if (this.#failure !== undefined || this.#stopping) {
      return Promise.resolve({ kind: 'failed', reason: 'stopped' });
    }
    if (!this.accepts(1)) return Promise.resolve({ kind: 'failed', reason: 'busy' });
    this.#pendingCount += 1;
    return new Promise((answer) => {
      this.#waiting.push({ key, object, answer });
      this.#planTurn();
    });
  }

  /**
   * The outcome of a command that this exact text already is, once it is durable; undefined when
   * the id is new or was used for another text. Nothing has to be verified again for it.
   */
  recall(key: CommandKey, text: string): Promise<CommandOutcome> | undefined {
    const known = this.#commands.find(key.firstEventId);
    if (known?.fingerprint !== key.fingerprint) return undefined;
    const parsed = parseObject(text);
    if (parsed.kind === 'refused') return undefined;
    return this.submit(key.commandId, asRecorded(parsed.object), key);
  }

  /** Where the first event of a command stands in the stream; undefined for any other id. */
  revisionOf(eventId: Hash): number | undefined {
    return this.#commands.find(eventId)?.firstRevision;
  }

  /** The key of a command of this book, for `recall` and `submit`. */
  keyOf(commandId: string, text: string): CommandKey {
    return commandKey(this.#head.stream, commandId, text);
  }

  /**
   * Records all lapses that are due, so many in an append. Returns how many, once they are durable.
   * For a timer: commands do the same before they are decided. A node that lets thousands wait would
   * say by its own receipts that it was away at their deadlines.
   */
  async sweep(): Promise<number> {
    let count = 0;
    for (;;) {
      if (this.#failure !== undefined || this.#stopping) return count;
      const slice = emptySlice();
      this.#lapse(slice, this.#clock.now());
      const { length } = slice.events;
      await this.#append(slice);
      count += length;
      if (length < LAPSES_AT_ONCE) return count;
    }
  }

  /** Takes no more commands; resolves when all that were taken are answered. */
  async stop(): Promise<void> {
    this.#stopping = true;
    while (this.#pendingCount > 0) await this.#settled();
    await this.#tail;
  }

  async #settled(): Promise<void> {
    await this.#tail;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }

  #planTurn(): void {
    if (this.#turnPlanned || this.#waiting.length === this.#undecidedFrom) return;
    if (this.#appendCount >= (this.#options.appendsMax ?? 16)) return;
    this.#turnPlanned = true;
    // Between turns the event loop reads sockets and takes flushes in.
    setImmediate(() => {
      this.#turnPlanned = false;
      this.#turn();
    });
  }

  #turn(): void {
    if (this.#failure !== undefined) return;
    const slice = emptySlice();
    const commands = this.#take(this.#options.sliceMax ?? 256);
    try {
      const now = this.#clock.now();
      this.#lapse(slice, now);
      for (const command of commands) {
        const outcome = this.#decide(slice, command, now);
        slice.answers.push({ answer: command.answer, outcome });
      }
    } catch (error) {
      // A broken law: the head cannot be trusted. Nothing of this turn was appended.
      for (const command of commands)
        this.#answer(command.answer, { kind: 'failed', reason: 'stopped' });
      this.#fail(asError(error));
      return;
    }
    void this.#append(slice);
    this.#planTurn();
  }

  #take(count: number): readonly Waiting[] {
    const from = this.#undecidedFrom;
    const taken = this.#waiting.slice(from, from + count);
    this.#undecidedFrom += taken.length;
    // The queue is cut in one piece when it is empty or mostly taken: shift() one by one is slow.
    if (this.#undecidedFrom * 2 >= this.#waiting.length) {
      this.#waiting.splice(0, this.#undecidedFrom);
      this.#undecidedFrom = 0;
    }
    return taken;
  }

  #lapse(slice: Slice, now: UnixMs): void {
    for (const event of decideLapses(this.#head, now, LAPSES_AT_ONCE)) {
      const commandId = `lapse/${this.#head.revision + 1}`;
      this.#record(slice, [event], now, commandId, { kind: 'none' });
    }
  }

  #decide(slice: Slice, command: Waiting, now: UnixMs): CommandOutcome {
    const { key, object } = command;
    const { commandId, firstEventId, fingerprint } = key;
    const known = this.#commands.find(firstEventId);
    if (known?.fingerprint === fingerprint) return this.#repeated(command, known);
    const bookCommand: BookCommand = { kind: 'object', commandId, object };
    const decision = decide(this.#head, bookCommand, now);
    if (known !== undefined) {
      // Other signatures under the same body, or a payload that is erased: the object decides.
      return decision.kind === 'duplicate'
        ? this.#repeated(command, known)
        : {
            kind: 'refused',
            refusal: { reason: 'exists_with_different_payload', field: '/commandId' },
          };
    }
    if (decision.kind === 'rejected') return { kind: 'refused', refusal: decision.refusal };
    if (decision.kind === 'duplicate') {
      return { kind: 'accepted', duplicate: true, object: object.id, events: [] };
    }
    const cause: Cause = { kind: 'object', text: object.text };
    const firstRevision = this.#head.revision + 1;
    const events = this.#record(slice, decision.events, now, commandId, cause);
    this.#commands.set(firstEventId, {
      fingerprint,
      firstRevision,
      eventCount: events.length,
    });
    return { kind: 'accepted', duplicate: false, object: object.id, events };
  }

  #repeated({ key, object }: Waiting, known: KnownCommand): CommandOutcome {
    const events = Array.from({ length: known.eventCount }, (_, ordinal) => ({
      eventId: commandEventId(this.#head.stream, key.commandId, ordinal),
      revision: known.firstRevision + ordinal,
    }));
    return { kind: 'accepted', duplicate: true, object: object.id, events };
  }

  /** Puts events on the head and into the slice; further events of a command point at its first. */
  #record(
    slice: Slice,
    events: readonly BookEvent[],
    at: UnixMs,
    commandId: string,
    cause: Cause,
  ): readonly RecordedAs[] {
    const { stream } = this.#head;
    const first = commandEventId(stream, commandId, 0);
    return events.map((event, ordinal) => {
      const id = ordinal === 0 ? first : commandEventId(stream, commandId, ordinal);
      const revision = this.#head.revision + 1;
      const whole = recorded(event, { stream, revision, at, eventId: id });
      this.#head = evolve(this.#head, whole);
      slice.events.push(whole);
      slice.texts.push(
        newEventOf(whole, ordinal === 0 ? cause : { kind: 'event', eventId: first }),
      );
      return { eventId: id, revision };
    });
  }

  /** Sends the slice to the store and answers it when it, and all before it, is durable. */
  #append(slice: Slice): Promise<void> {
    const head = this.#head;
    const before = this.#tail;
    const sent = slice.texts.length === 0 ? undefined : this.#send(slice);
    this.#tail = (async () => {
      const result = await sent;
      await before;
      if (sent !== undefined) this.#appendCount -= 1;
      const firstRevision = head.revision - slice.events.length;
      if (result instanceof Error) this.#fail(result);
      else if (result !== undefined && !continues(result, firstRevision)) {
        this.#fail(new Error(`append answered ${result.kind}: another writer is at work`));
      }
      if (this.#failure === undefined) await this.#flush(slice, head);
      else this.#giveUp(slice);
      this.#planTurn();
    })();
    return this.#tail;
  }

  async #send(slice: Slice): Promise<AppendResult | Error> {
    const { store, stream } = this.#options;
    const expectedRevision = (slice.events[0]?.revision ?? 0) - 1;
    this.#appendCount += 1;
    try {
      return await store.append(stream, expectedRevision, slice.texts);
    } catch (error) {
      return asError(error);
    }
  }

  async #flush(slice: Slice, head: BookState): Promise<void> {
    // Durable from here: the state may be seen, effects may start, answers may go out.
    this.#flushed = head;
    this.#options.onFlushed?.(slice.events, head);
    try {
      await this.#erase(slice.events);
    } catch (error) {
      // The erasure is in the log and is repeated at the next start; its answer must not lie.
      this.#fail(asError(error));
      this.#giveUp(slice);
      return;
    }
    for (const { answer, outcome } of slice.answers) this.#answer(answer, outcome);
  }

  /** Destroys payloads, after the state that no longer can be replayed from them is safe. */
  async #erase(events: readonly RecordedEvent[]): Promise<void> {
    const erased: Hash[] = [];
    for (const event of events) if (event.type === 'PayloadErased') erased.push(event.data.eventId);
    if (erased.length === 0) return;
    const state = this.#flushed;
    await this.#options.snapshots?.save({ revision: state.revision, state: encodeState(state) });
    for (const id of erased) await this.#options.store.erasePayload(id);
  }

  #giveUp(slice: Slice): void {
    for (const { answer } of slice.answers) {
      this.#answer(answer, { kind: 'failed', reason: 'outcome_unknown' });
    }
  }

  #answer(answer: Answer, outcome: CommandOutcome): void {
    this.#pendingCount -= 1;
    answer(outcome);
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    const undecided = this.#waiting.splice(0).slice(this.#undecidedFrom);
    this.#undecidedFrom = 0;
    for (const { answer } of undecided) this.#answer(answer, { kind: 'failed', reason: 'stopped' });
    this.#options.onFatal(error);
  }
}

/** The object of a text that the log holds: it was verified before it was recorded. */
function asRecorded(object: ParsedObject): VerifiedObject {
  return verified(object, { signatures: 'all_verified', opening: 'checked' });
}
