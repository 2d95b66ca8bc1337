/** Closes batches: decides when, keeps the payload, and records the batch with its intents. */

import type { ClosedBatch } from '@atomicity/kernel/anchor/batches';
import type { BatchSettlement, BatchValue } from '@atomicity/kernel/anchor/events';
import type { Closure } from '@atomicity/kernel/batch/closure';
import { type Exposure, unsettledExposure } from '@atomicity/kernel/batch/exposure';
import { isSayable, splitClosures } from '@atomicity/kernel/batch/quarantine';
import type { Quarantined } from '@atomicity/kernel/batch/reasons';
import {
  type BatchPolicy,
  type ChainView,
  decideBatch,
  type ScheduleDecision,
} from '@atomicity/kernel/batch/schedule';
import { earliestHold, type Timelock } from '@atomicity/kernel/batch/timelock';
import type { BookState } from '@atomicity/kernel/book/state';
import type { LoggedDiffEvent } from '@atomicity/kernel/state-diff/collect-diffs';
import { encodeStateDiffs } from '@atomicity/kernel/state-diff/encode';
import { AMOUNT_MAX, amount } from '@atomicity/kernel/units/amount';
import { type Hash, hashFromBytes, type StreamId } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';
import type { Settler } from '../settler.ts';
import { type PayingRail, payableRequests } from './choose-settlement.ts';
import { ClosureFold, type SpanDiffs } from './closure-fold.ts';
import type { PayloadArchive } from './payload-archive.ts';

/** The log that batches are spans of. */
export interface BatchLog {
  readonly origin: string;
  /** Stream of the book whose debts leave the node. */
  readonly book: StreamId;
  /** Leaves that have a dense index. */
  size(): Promise<number>;
  /** Events `from … size − 1` in log order, without gaps. */
  events(from: number, size: number): AsyncIterable<LoggedDiffEvent>;
  /** Signs and publishes what is there now. Durable when it resolves. */
  checkpoint(): Promise<{ readonly size: number; readonly root: Uint8Array }>;
}

export type BatchDeskParts = {
  readonly settler: Pick<Settler, 'closeBatch' | 'batches'>;
  readonly archive: Pick<PayloadArchive, 'keep'>;
  readonly log: BatchLog;
  /** The book as of its last durable event. */
  readonly book: () => BookState;
  readonly policy: BatchPolicy;
  /** Rails that every batch asks for, at least one unless `pays` is given. */
  readonly rails: readonly string[];
  readonly pays?: PayingRail | undefined;
  /** What rails cost now and did before; nothing is known without it. */
  readonly chain?: ((now: UnixMs) => Promise<ChainView>) | undefined;
  /** Hears of a span whose movements were erased before they could be sent. */
  readonly onWarning?: ((code: string) => void) | undefined;
  readonly now: () => UnixMs;
};

/** What waits, as of the last look. */
export type BatchQueueView = {
  readonly closures: readonly Closure[];
  readonly quarantined: readonly Quarantined[];
  /** Why nothing was closed, or why something was. */
  readonly decision: ScheduleDecision;
};

const UNKNOWN_CHAIN: ChainView = { fee: null, feeHistory: [], tips: [] };

type Queue = {
  readonly closures: readonly Closure[];
  readonly quarantined: readonly Quarantined[];
  readonly settles: BatchSettlement | null;
  readonly timelocks: readonly Timelock[];
};

export class BatchDesk {
  readonly #parts: BatchDeskParts;
  readonly #fold: ClosureFold;
  /** What every batch so far was asked to pay. */
  readonly #taken = new Map<Hash, BatchSettlement>();
  /** When each open request was first seen here: it waits from then on. */
  readonly #seen = new Map<Hash, UnixMs>();
  #asked = false;
  #view: BatchQueueView | undefined;
  #running: Promise<unknown> = Promise.resolve();
  #opened = false;
  /** What ended a look half-way: the fold may have let go of what no batch holds. */
  #broken: { readonly error: unknown } | undefined;

  constructor(parts: BatchDeskParts) {
    this.#parts = parts;
    this.#fold = new ClosureFold(parts.log.book);
  }

  /**
   * Folds the log up to the last batch: all of it is read once, at the first look, since the numbers of edges
   * follow from where they were opened.
   */
  async #open(): Promise<void> {
    if (this.#opened) return;
    this.#opened = true;
    for (const batch of this.#parts.settler.batches().toReversed()) {
      await this.#catchUp(batch.subject.size);
      this.#fold.take(new Set(batch.quarantined.map(({ edge }) => edge)));
      this.#took(batch.settles);
    }
  }

  /** Asks for a batch as soon as anything waits. A second call changes nothing. */
  ask(): void {
    this.#asked = true;
  }

  /** What waits as of the last look, those in quarantine too, one entry a denomination; none before it. */
  exposure(): readonly Exposure[] {
    if (this.#view === undefined) return [];
    const edges = this.#parts.book().edges;
    return unsettledExposure(this.#fold.closures((edge) => edges.get(edge)?.balance));
  }

  /** What waited when the desk last looked; undefined before the first look. */
  get view(): BatchQueueView | undefined {
    return this.#view;
  }

  /**
   * Reads what is new in the log and closes a batch if it is time. Gives the batch, durable with its
   * intents, its payload flushed before; undefined if it waits. A second call without news waits.
   *
   * @throws {OperatingError} of the store or the archive's file error: open the desk anew. Every later call
   * throws the same and closes nothing.
   */
  advance(): Promise<ClosedBatch | undefined> {
    const turn = this.#running.then(async () => {
      if (this.#broken !== undefined) throw this.#broken.error;
      try {
        return await this.#advance();
      } catch (error) {
        this.#broken = { error };
        throw error;
      }
    });
    this.#running = turn.catch(() => undefined);
    return turn;
  }

  async #advance(): Promise<ClosedBatch | undefined> {
    const { log, policy, chain, now } = this.#parts;
    await this.#open();
    await this.#catchUp(await log.size());
    const view = (await chain?.(now())) ?? UNKNOWN_CHAIN;
    if (this.#decide(this.#queue(), view, policy).kind === 'wait') return undefined;
    const { size, root } = await log.checkpoint();
    await this.#catchUp(size);
    // The log went on meanwhile: what is closed is what stands under the checkpoint.
    const queue = this.#queue();
    const decision = this.#decide(queue, view, policy);
    const rails = this.#railsOf(queue);
    const from = this.#parts.settler.batches()[0]?.subject.size ?? 0;
    // What was left out may go out now, though the log did not grow: there is no span to say it in.
    if (decision.kind === 'wait' || rails.length === 0 || size <= from) return undefined;
    const values = unsettledExposure(queue.closures).filter(({ value }) => value > 0n);
    const span = this.#take(queue, isSayable(values));
    if (span.refused !== undefined) this.#parts.onWarning?.(span.refused);
    const payload = await this.#parts.archive.keep(encodeStateDiffs(span));
    // The payload is durable from here: the batch may be.
    const closed = await this.#parts.settler.closeBatch({
      subject: { origin: log.origin, size, root: hashFromBytes(root) },
      from,
      payload,
      diffs: span.diffs.length,
      values: span.refused === undefined ? values.map(toBatchValue) : [],
      rails,
      settles: queue.settles,
      reason: decision.reason,
      quarantined: queue.quarantined,
    });
    this.#took(queue.settles);
    this.#asked = false;
    return closed;
  }

  /** The diffs of the span; none where the batch could not say what they add up to. */
  #take({ quarantined }: Queue, canSay: boolean): SpanDiffs {
    const span = this.#fold.take(new Set(quarantined.map(({ edge }) => edge)));
    if (canSay || span.refused !== undefined) return span;
    return { ...span, diffs: [], refused: 'value_out_of_range' };
  }

  #decide(queue: Queue, chain: ChainView, policy: BatchPolicy): ScheduleDecision {
    const payloadBytes = policy.fill === null ? null : this.#payloadBytes();
    const decision = decideBatch(
      { closures: queue.closures, timelocks: queue.timelocks, payloadBytes, asked: this.#asked },
      chain,
      policy,
      this.#parts.now(),
    );
    const { closures, quarantined } = queue;
    this.#view = { closures, quarantined, decision };
    return decision;
  }

  /** An estimate: what the waiting movements would take as diffs of edges without flags. */
  #payloadBytes(): number {
    return encodeStateDiffs(this.#fold.estimate()).length;
  }

  #queue(): Queue {
    const { book, policy, now } = this.#parts;
    const state = book();
    const waiting = this.#fold.closures((edge) => state.edges.get(edge)?.balance);
    const { settles, closures, expiresAt } = this.#withPayment(waiting, state, now());
    const split = splitClosures(closures, {
      edgeOf: (edge) => this.#factsOf(state, edge),
      railUnit: this.#parts.pays?.unit ?? null,
    });
    const moved = new Set(split.batch.map(({ edge }) => edge));
    const hold = earliestHold(state, moved, policy.safetyMarginMs);
    const payment: Timelock | null = expiresAt === null ? null : { kind: 'time', at: expiresAt };
    return {
      closures: split.batch,
      quarantined: split.quarantined,
      settles: settles !== null && moved.has(settles.edge) ? settles : null,
      timelocks: [hold, payment].filter((timelock) => timelock !== null),
    };
  }

  /** The closures with what the batch pays: a request waits as a movement does, though it moves nothing. */
  #withPayment(waiting: readonly Closure[], state: BookState, now: UnixMs) {
    const { pays } = this.#parts;
    const none = { closures: waiting, settles: null, expiresAt: null };
    if (pays === undefined) return none;
    const taken = { settlements: this.#taken, received: (one: Hash) => this.#received(one, state) };
    const { open, notPayable, expiresAt } = payableRequests(state, pays, taken, now);
    const [settles] = open;
    const unpaid = new Map(notPayable.map((one) => [one.edge, one.amount]));
    const marked = waiting.map((closure) => ({
      ...closure,
      pays: closure.edge === settles?.edge ? settles.amount : (unpaid.get(closure.edge) ?? null),
    }));
    if (settles === undefined) return { ...none, closures: marked };
    const isWaiting = marked.some(({ edge }) => edge === settles.edge);
    const alone = isWaiting ? [] : [this.#requestAlone(settles, state, now)];
    return { ...none, closures: [...marked, ...alone], settles, expiresAt };
  }

  #took(settles: BatchSettlement | null): void {
    if (settles?.request) this.#taken.set(settles.request, settles);
  }

  /** What a creditor has got for a request as the log says; where that was erased, all if it is answered. */
  #received(request: Hash, state: BookState): bigint {
    const said = this.#fold.received(request);
    if (said !== undefined) return said;
    const isAnswered = (state.requests.get(request)?.receipt ?? null) !== null;
    return this.#fold.hasErased && isAnswered ? AMOUNT_MAX : 0n;
  }

  #requestAlone(settles: BatchSettlement, state: BookState, now: UnixMs): Closure {
    const { edge, denomination, amount: pays, request } = settles;
    const since = this.#seen.get(request ?? edge) ?? now;
    this.#seen.set(request ?? edge, since);
    const before = this.#factsOf(state, edge)?.balance;
    if (before === undefined) throw new Error('invariant: a request is on an edge of the book');
    return { edge, denomination, before, delta: 0n, moves: 1, since, pays };
  }

  /** What the book says of an edge where the fold stands, which the book itself may have left. */
  #factsOf(state: BookState, id: Hash) {
    const edge = state.edges.get(id);
    if (edge === undefined) return undefined;
    const balance = this.#fold.balanceOf(id) ?? edge.balance;
    return { denomination: edge.terms.denomination, balance, disputed: edge.dispute !== null };
  }

  #railsOf({ settles }: Queue): readonly string[] {
    const { rails, pays } = this.#parts;
    const asked = new Set(rails);
    if (pays !== undefined && settles !== null) asked.add(pays.rail);
    return [...asked].sort();
  }

  async #catchUp(size: number): Promise<void> {
    const { log } = this.#parts;
    if (size <= this.#fold.size) return;
    for await (const event of log.events(this.#fold.size, size)) this.#fold.add(event);
    if (this.#fold.size < size) throw new Error(`invariant: the log has ${size} leaves`);
  }
}

function toBatchValue({ denomination, value }: Exposure): BatchValue {
  return { denomination, amount: amount(value) };
}
