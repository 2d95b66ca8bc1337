/** The store's side of the writer thread: queues, bounds, answers, and the end after a failed flush. */

import { Worker } from 'node:worker_threads';
import type { Hash, StreamId } from '@atomicity/kernel/units/id';
import { type AppendResult, type EraseResult, type NewEvent, OperatingError } from '../port.ts';
import type { Synchronous } from './database.ts';
import type { IntegrityCheck } from './integrity.ts';
import type { WriterOptions } from './writer.ts';
import {
  type Answer,
  emptyAppends,
  type FromWriter,
  type PlainError,
  packAppend,
  type ToWriter,
} from './writer-protocol.ts';

export type WriterThreadOptions = {
  readonly directory: string;
  readonly onFatal?: ((error: OperatingError) => void) | undefined;
  readonly onDurable: () => void;
  readonly queueEventsMax?: number | undefined;
  readonly queueLengthMax?: number | undefined;
  readonly integrityCheck?: IntegrityCheck | undefined;
  readonly synchronous?: Synchronous | undefined;
};

const QUEUE_EVENTS_MAX = 65_536;
const QUEUE_LENGTH_MAX = 64 * 1024 * 1024;

type Pending = {
  readonly events: number;
  readonly length: number;
  /** The answer when the writer names no other: appended at the expected revision. */
  readonly expectedRevision: number;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: OperatingError) => void;
};

/** Starts the thread and resolves once it has opened the store. @throws OperatingError. */
export async function startWriterThread(options: WriterThreadOptions): Promise<WriterThread> {
  // The sources run as they are in development and as JavaScript once built.
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  const workerData: WriterOptions = {
    directory: options.directory,
    synchronous: options.synchronous ?? 'FULL',
    integrityCheck: options.integrityCheck ?? 'tail',
  };
  const worker = new Worker(new URL(`./writer-worker${extension}`, import.meta.url), {
    workerData,
  });
  await new Promise<void>((resolve, reject) => {
    worker.once('message', (message: FromWriter) => {
      if (message.kind === 'ready') resolve();
      else reject(openingFailure(message));
    });
    worker.once('error', reject);
  }).catch(async (error: unknown) => {
    await worker.terminate();
    throw error;
  });
  return new WriterThread(worker, options);
}

function openingFailure(message: FromWriter): OperatingError {
  if (message.kind === 'failed') return new OperatingError(message.failure);
  throw new Error(`invariant: the writer answered ${message.kind} before it was ready`);
}

export class WriterThread {
  readonly #worker: Worker;
  readonly #onFatal: ((error: OperatingError) => void) | undefined;
  readonly #onDurable: () => void;
  readonly #queueEventsMax: number;
  readonly #queueLengthMax: number;
  // Requests in the order they were sent; the answered ones are dropped from the front in runs.
  #pending: Pending[] = [];
  #pendingStart = 0;
  #queuedEvents = 0;
  #queuedLength = 0;
  #outgoing = emptyAppends();
  #flushScheduled = false;
  #failure: OperatingError | undefined;
  #closed = Promise.withResolvers<void>();
  #closing = false;

  constructor(worker: Worker, options: WriterThreadOptions) {
    this.#worker = worker;
    this.#onFatal = options.onFatal;
    this.#onDurable = options.onDurable;
    this.#queueEventsMax = options.queueEventsMax ?? QUEUE_EVENTS_MAX;
    this.#queueLengthMax = options.queueLengthMax ?? QUEUE_LENGTH_MAX;
    worker.on('message', (message: FromWriter) => this.#receive(message));
    worker.on('error', (cause) => this.#fail(threadEnded(cause)));
    worker.on('exit', () => {
      if (!this.#closing) this.#fail(threadEnded(undefined));
      this.#closed.resolve();
    });
  }

  append(
    stream: StreamId,
    expectedRevision: number,
    events: readonly NewEvent[],
  ): Promise<AppendResult> {
    this.#assertAccepting();
    let length = 0;
    for (const event of events) length += event.payload.length + (event.disclosure?.length ?? 0);
    this.#assertRoom(events.length, length);
    packAppend(this.#outgoing, stream, expectedRevision, events);
    this.#scheduleFlush();
    return new Promise((resolve, reject) => {
      this.#pending.push({
        events: events.length,
        length,
        expectedRevision,
        resolve: resolve as (answer: Answer) => void,
        reject,
      });
    });
  }

  async erase(eventId: Hash): Promise<EraseResult> {
    this.#assertAccepting();
    this.#flush();
    this.#post({ kind: 'erase', eventId });
    return await new Promise((resolve, reject) => {
      const answer = resolve as (answer: Answer) => void;
      this.#pending.push({ events: 0, length: 0, expectedRevision: 0, resolve: answer, reject });
    });
  }

  /** Lets what was sent finish, then ends the thread. */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.#failure !== undefined) {
      await this.#worker.terminate();
      return;
    }
    this.#flush();
    this.#post({ kind: 'close' });
    await this.#closed.promise;
  }

  // One message a turn: everything that callers append before the loop comes round again.
  #scheduleFlush(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#flushScheduled = false;
    if (this.#outgoing.streams.length === 0 || this.#failure !== undefined) return;
    this.#post({ kind: 'append', appends: this.#outgoing });
    this.#outgoing = emptyAppends();
  }

  #post(message: ToWriter): void {
    this.#worker.postMessage(message);
  }

  #receive(message: FromWriter): void {
    if (message.kind === 'answers') this.#answer(message.count, new Map(message.exceptions));
    else if (message.kind === 'failed') this.#fail(failedFlush(message.failure));
  }

  #answer(count: number, exceptions: ReadonlyMap<number, Answer>): void {
    const start = this.#pendingStart;
    this.#pendingStart += count;
    for (let index = 0; index < count; index += 1) {
      const request = this.#pending[start + index];
      if (request === undefined) throw new Error('invariant: the writer answers what was asked');
      this.#queuedEvents -= request.events;
      this.#queuedLength -= request.length;
      request.resolve(exceptions.get(index) ?? appendedAt(request));
    }
    if (this.#pendingStart > this.#pending.length / 2) {
      this.#pending = this.#pending.slice(this.#pendingStart);
      this.#pendingStart = 0;
    }
    this.#onDurable();
  }

  // Fatal: a failed flush leaves unknown what a restart will find, so nothing is accepted after it.
  #fail(failure: OperatingError): void {
    if (this.#failure !== undefined || this.#closing) {
      if (this.#pendingStart === this.#pending.length) {
        // Nobody waits for an answer, but whoever closes waits for the end.
        this.#closed.resolve();
        return;
      }
    }
    const isFirst = this.#failure === undefined;
    this.#failure ??= failure;
    const pending = this.#pending.slice(this.#pendingStart);
    this.#pending = [];
    this.#pendingStart = 0;
    for (const request of pending) request.reject(failure);
    this.#closed.resolve();
    if (isFirst) this.#onFatal?.(failure);
  }

  #assertAccepting(): void {
    if (this.#failure !== undefined) {
      throw new OperatingError({
        code: 'store_failed',
        outcome: 'not_applied',
        shortMessage: 'a flush failed earlier; the store accepts nothing until it is reopened',
        facts: this.#failure.facts,
        cause: this.#failure,
      });
    }
    if (!this.#closing) return;
    throw new OperatingError({
      code: 'store_closed',
      outcome: 'not_applied',
      shortMessage: 'the store has been closed',
    });
  }

  #assertRoom(events: number, length: number): void {
    const isFull =
      this.#queuedEvents + events > this.#queueEventsMax ||
      this.#queuedLength + length > this.#queueLengthMax;
    if (isFull) {
      throw new OperatingError({
        code: 'store_busy',
        outcome: 'not_applied',
        shortMessage: 'too many appends are waiting for the disk; try again later',
        facts: { queuedEvents: this.#queuedEvents, queueEventsMax: this.#queueEventsMax },
      });
    }
    this.#queuedEvents += events;
    this.#queuedLength += length;
  }
}

function appendedAt(request: Pending): AppendResult {
  const lastRevision = request.expectedRevision + request.events;
  const firstRevision = request.expectedRevision + 1;
  return { kind: 'appended', firstRevision, lastRevision, nextRevision: lastRevision + 1 };
}

function failedFlush(failure: PlainError): OperatingError {
  return new OperatingError({
    code: 'store_failed',
    outcome: 'unknown',
    shortMessage: `the flush failed (${failure.shortMessage}); append again after a restart`,
    facts: failure.facts,
  });
}

function threadEnded(cause: unknown): OperatingError {
  return new OperatingError({
    code: 'store_failed',
    outcome: 'unknown',
    shortMessage: 'the writer thread ended; append again after a restart',
    cause,
  });
}
