import type { BookEventType, RecordedEvent } from '@atomicity/kernel/book/events';
import type { PartyId } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';
import { parseObject } from '@atomicity/kernel/wire/parse-object';
import { backoffMs } from '../backoff.ts';
import { concernedNeighbours } from './concerned-neighbours.ts';
import { judgeRefusal } from './judge-refusal.ts';
import type {
  Place,
  RefusedShare,
  SharedObject,
  ShareOutcome,
  SharePorts,
  ShareSettings,
  ShareStanding,
} from './share-ports.ts';
import { signedAgain } from './sign-again.ts';

/** Something of the log that the neighbour's book has to hold. */
type Waiting = Place & { readonly type: BookEventType; readonly at: UnixMs };

/** With its object; none once it has been erased. */
type Item = { readonly waiting: Waiting; readonly object: SharedObject | undefined };

/** Beyond so many the log is read again instead. */
const WAITING_MAX = 512;
/** UTF-16 code units of one request's objects. */
const REQUEST_SIZE_MAX = 512 * 1024;
/** The cursor of a neighbour that nothing waits for is noted that seldom, in revisions. */
const IDLE_REVISIONS = 1_000;

/**
 * Delivers to one neighbour, in the order of the log, what its book has to hold: a key before what it
 * signed. A refusal that is final is noted and passed by; one that may pass away holds the lane for a
 * few tries, is then set aside, and tried again now and then. Nothing here lives longer than the
 * cursor: a crash anywhere delivers something twice, and a book counts it once.
 */
export class ShareLane {
  readonly #to: PartyId;
  readonly #ports: SharePorts;
  readonly #settings: ShareSettings;
  #waiting: Waiting[] = [];
  /** How far the log has been looked through, and how far everything was dealt with. */
  #read: Place | undefined;
  #cursor: Place | undefined;
  #isOpen = false;
  #isReading = false;
  #isStopped = false;
  #setAsideIsDue = true;
  #running: Promise<void> | undefined;
  #cancel: (() => void) | undefined;
  #cancelSetAside: (() => void) | undefined;
  #failures = 0;
  #tries = 0;
  #taken = 0;

  constructor(to: PartyId, ports: SharePorts, settings: ShareSettings) {
    this.#to = to;
    this.#ports = ports;
    this.#settings = settings;
  }

  /** What the book has just recorded: its first and last event, and those for this neighbour. */
  see(first: number, last: Place, events: readonly RecordedEvent[]): void {
    const follows = this.#isOpen && !this.#isReading && this.#readUpTo === first - 1;
    if (follows && this.#waiting.length + events.length <= WAITING_MAX) {
      this.#waiting.push(...events.map(waitingOf));
      this.#read = last;
    }
  }

  /** Goes on at once, unless a try after a failure is due later anyway. */
  wake(): void {
    if (this.#cancel === undefined) void this.#go();
  }

  /** Tries now whatever waits; resolves when nothing does, or when a try has failed. Never rejects. */
  async flush(): Promise<void> {
    await this.#running;
    if (this.#isBehind) await this.#go();
  }

  get standing(): ShareStanding {
    return {
      waiting: this.#waiting.length + (this.#hasUnread ? 1 : 0),
      oldestAt: this.#waiting[0]?.at ?? null,
      taken: this.#taken,
    };
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
    this.#cancelSetAside?.();
  }

  get #readUpTo(): number {
    return this.#read?.revision ?? -1;
  }

  get #hasUnread(): boolean {
    return this.#readUpTo < this.#ports.book.state().revision;
  }

  get #isBehind(): boolean {
    return this.#waiting.length > 0 || this.#hasUnread;
  }

  #go(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      // What came while the last round ended.
      if (this.#isBehind && this.#cancel === undefined && !this.#isStopped) void this.#go();
    });
    return this.#running;
  }

  async #run(): Promise<void> {
    try {
      await this.#open();
      while (!this.#isStopped) {
        await this.#fill();
        if (this.#waiting.length === 0) break;
        if (!(await this.#deliver())) return this.#later();
      }
      this.#rest();
      await this.#trySetAside();
    } catch {
      // The neighbour or the log can't be reached: the same again, later.
      this.#later();
    }
  }

  /** Where the lane goes on. A cursor into a log that has been restored since is none. */
  async #open(): Promise<void> {
    if (this.#isOpen) return;
    const cursor = this.#ports.store.cursor(this.#to);
    const stands = cursor !== undefined && (await this.#ports.log.holds(cursor));
    this.#cursor = stands ? cursor : undefined;
    this.#read = this.#cursor;
    this.#isOpen = true;
  }

  async #fill(): Promise<void> {
    this.#isReading = true;
    try {
      while (this.#waiting.length === 0 && this.#hasUnread && !this.#isStopped) {
        const { events, last } = await this.#ports.log.read(this.#readUpTo);
        if (last === undefined) throw new Error('the log ends before its head');
        this.#waiting.push(...events.filter((event) => this.#concerns(event)).map(waitingOf));
        this.#read = last;
      }
    } finally {
      this.#isReading = false;
    }
  }

  #concerns(event: RecordedEvent): boolean {
    const { book, party } = this.#ports;
    return concernedNeighbours(event, book.state(), party).includes(this.#to);
  }

  /** One request. True if all of it has been dealt with. */
  async #deliver(): Promise<boolean> {
    const items = await this.#itemsOf(this.#waiting.slice(0, this.#settings.batchMax));
    const outcomes = await this.#send(items);
    if (this.#isStopped) return true;
    const refused: RefusedShare[] = [];
    let done = 0;
    for (const [i, item] of items.entries()) {
      const verdict = this.#judge(item, outcomes[i]);
      if (verdict.kind === 'wait') break;
      if (verdict.kind === 'refused') refused.push(verdict.refused);
      else this.#count(item.waiting);
      this.#tries = 0;
      done += 1;
    }
    const last = items[done - 1]?.waiting;
    if (last !== undefined) {
      // A crash before this line delivers these again.
      this.#settle(last, refused);
      this.#waiting.splice(0, done);
      this.#failures = 0;
    }
    return done === items.length;
  }

  #count({ type }: Waiting): void {
    this.#taken += 1;
    this.#ports.onTaken?.(this.#to, type);
  }

  async #itemsOf(waiting: readonly Waiting[]): Promise<readonly Item[]> {
    const items: Item[] = [];
    let size = 0;
    for (const one of waiting) {
      const text = await this.#ports.book.causeText(one.eventId);
      size += text?.length ?? 0;
      if (size > REQUEST_SIZE_MAX && items.length > 0) break;
      const parsed = text === undefined ? undefined : parseObject(text);
      const object =
        text === undefined || parsed?.kind !== 'parsed'
          ? undefined
          : { id: parsed.object.id, text };
      items.push({ waiting: one, object });
    }
    return items;
  }

  /** An outcome for each item; undefined for those that have no object any more. */
  async #send(items: readonly Item[]): Promise<readonly (ShareOutcome | undefined)[]> {
    const objects = items.flatMap(({ object }) => (object === undefined ? [] : [object]));
    const outcomes = objects.length === 0 ? [] : await this.#deliverAll(objects);
    const next = outcomes.values();
    return items.map(({ object }) => (object === undefined ? undefined : next.next().value));
  }

  /** What a book refused for a key of the party goes a second time with its signature of today. */
  async #deliverAll(objects: readonly SharedObject[]): Promise<readonly ShareOutcome[]> {
    const first = await this.#deliverOnce(objects);
    const renewed = first.map((outcome, i) => this.#renewed(objects[i], outcome));
    const from = renewed.findIndex((object) => object !== undefined);
    if (from < 0 || this.#isStopped) return first;
    // What was refused behind it may have been so for the lack of it.
    const isAgain = first.map(({ kind }, i) => i >= from && kind === 'refused');
    const again = objects.flatMap((object, i) => (isAgain[i] ? [renewed[i] ?? object] : []));
    const second = (await this.#deliverOnce(again)).values();
    return first.map((outcome, i) => (isAgain[i] ? (second.next().value ?? outcome) : outcome));
  }

  #renewed(object: SharedObject | undefined, outcome: ShareOutcome): SharedObject | undefined {
    if (object === undefined || outcome.kind === 'taken') return undefined;
    return signedAgain(object, outcome.refusal, this.#ports);
  }

  async #deliverOnce(objects: readonly SharedObject[]): Promise<readonly ShareOutcome[]> {
    const outcomes = await this.#ports.share.deliver(this.#to, objects);
    if (outcomes.length !== objects.length) throw new Error('one outcome for each object');
    return outcomes;
  }

  #judge(
    item: Item,
    outcome: ShareOutcome | undefined,
  ):
    | { readonly kind: 'taken' | 'wait' }
    | { readonly kind: 'refused'; readonly refused: RefusedShare } {
    const { waiting } = item;
    const refused = (reason: string, isFinal: boolean) => ({
      kind: 'refused' as const,
      refused: this.#refusedAs(waiting, item.object, reason, isFinal),
    });
    if (outcome === undefined) return refused('payload_erased', true);
    if (outcome.kind === 'taken') return outcome;
    switch (judgeRefusal(outcome.refusal)) {
      case 'past':
        return { kind: 'taken' };
      case 'not_judged':
        return { kind: 'wait' };
      case 'final':
        return refused(outcome.refusal.reason, true);
      case 'for_now':
        this.#tries += 1;
        return this.#tries < this.#settings.triesMax
          ? { kind: 'wait' }
          : refused(outcome.refusal.reason, false);
    }
  }

  #refusedAs(
    { revision, eventId, type }: Place & { readonly type: string },
    object: SharedObject | undefined,
    reason: string,
    isFinal: boolean,
  ): RefusedShare {
    const at = this.#ports.now();
    return { revision, eventId, object: object?.id ?? null, type, reason, at, isFinal };
  }

  #settle({ revision, eventId }: Place, refused: readonly RefusedShare[]): void {
    this.#cursor = { revision, eventId };
    this.#ports.store.settle(this.#to, this.#cursor, refused);
    for (const one of refused) this.#ports.onRefused?.(this.#to, one);
  }

  /** Nothing waits: what was read is dealt with. Noted seldom; reading it again is cheap. */
  #rest(): void {
    this.#failures = 0;
    const read = this.#read;
    if (this.#waiting.length > 0 || read === undefined) return;
    const dealtWith = this.#cursor?.revision ?? -1;
    if (read.revision - dealtWith >= IDLE_REVISIONS) this.#settle(read, []);
  }

  #later(): void {
    if (this.#isStopped) return;
    this.#failures += 1;
    const { retryMsFirst, retryMsMax } = this.#settings;
    const ms = backoffMs(this.#failures, retryMsFirst, retryMsMax, this.#ports.draw());
    this.#cancel?.();
    this.#cancel = this.#ports.after(ms, () => void this.#go());
  }

  /** Objects that were set aside, from time to time: what stood against them may be gone. */
  async #trySetAside(): Promise<void> {
    const rows = this.#ports.store.refused(this.#to).filter(({ isFinal }) => !isFinal);
    if (rows.length === 0 || this.#isStopped) return;
    this.#cancelSetAside ??= this.#ports.after(this.#settings.setAsideMs, () => {
      this.#cancelSetAside = undefined;
      this.#setAsideIsDue = true;
      this.wake();
    });
    if (!this.#setAsideIsDue) return;
    this.#setAsideIsDue = false;
    for (const row of rows) await this.#again(row);
  }

  async #again(row: RefusedShare): Promise<void> {
    const [item] = await this.#itemsOf([{ ...row, type: row.type as BookEventType }]);
    if (item === undefined || this.#isStopped) return;
    const [outcome] = await this.#send([item]);
    const reason = outcome?.kind === 'refused' ? outcome.refusal.reason : 'payload_erased';
    const verdict = outcome?.kind === 'refused' ? judgeRefusal(outcome.refusal) : 'past';
    if (outcome === undefined || verdict === 'final') {
      const refused = this.#refusedAs(row, item.object, reason, true);
      this.#ports.store.settle(this.#to, undefined, [refused]);
      this.#ports.onRefused?.(this.#to, refused);
    } else if (verdict === 'past') {
      this.#ports.store.drop(this.#to, row.revision);
      this.#count(item.waiting);
    }
  }
}

function waitingOf({ revision, eventId, type, at }: RecordedEvent): Waiting {
  return { revision, eventId, type, at };
}
