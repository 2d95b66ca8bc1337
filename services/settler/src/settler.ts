/**
 * The settler: an outbox of anchor intents on several rails.
 *
 * Record the intent (durable) → record what will be sent → act with its key → record the outcome. An
 * unknown outcome is looked up before anything is sent again, and whatever is sent again is the very
 * same submission, or one of which at most one can take effect. No timers in here: whoever wires the
 * settler decides how often it runs.
 */

import type { EventStore } from '@atomicity/event-log/port';
import type { Anchor } from '@atomicity/kernel/anchor/anchor';
import type { BatchClosing, ClosedBatch } from '@atomicity/kernel/anchor/batches';
import { anchorId } from '@atomicity/kernel/anchor/event-codec';
import type { AnchorSubject } from '@atomicity/kernel/anchor/events';
import { hexToBytes } from '@atomicity/kernel/codec/bytes';
import { type Hash, hashFromBytes, type StreamId } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';
import type { AnchorRail, RailCost } from '@atomicity/rails/port';
import { AnchorStream } from './anchor-stream.ts';
import type { PayloadSource } from './batch/payload-source.ts';
import { RailLane } from './rail-lane.ts';
import type { SettlerRun } from './run.ts';
import type { OnStep } from './step.ts';

export type SettlerOptions = {
  readonly store: EventStore;
  /** Random id of the settler's own stream, kept in the node's configuration. */
  readonly stream: StreamId;
  /** 1 … 8 rails of distinct names. Anchors of others stay as they are. */
  readonly rails: readonly AnchorRail[];
  /** Where the payloads of batches are; needed as soon as there is a batch. */
  readonly payloads?: PayloadSource | undefined;
  /** Hears of every step, awaited before the next one. */
  readonly onStep?: OnStep | undefined;
  readonly now: () => UnixMs;
  readonly randomBytes: (size: number) => Uint8Array;
};

export interface Settler {
  /** Names of the rails, in the order of the options. */
  readonly rails: readonly string[];
  /**
   * Records the intent to anchor a root on a rail, the first one unless it is named; sends nothing.
   * Durable when it resolves. A second call with the same subject and rail changes nothing.
   *
   * @throws {RangeError} if the subject is outside its documented limits, or there is no such rail.
   * @throws {OperatingError} of the event store.
   */
  plan(subject: AnchorSubject, rail?: string): Promise<Anchor>;
  /**
   * Closes a batch and records the intent to anchor it on each of its rails, both or neither; sends
   * nothing. Its payload must be with the payload source already. Durable when it resolves. A second
   * call with the same batch changes nothing and gives the one that there is.
   *
   * @throws {RangeError} for a batch that breaks a rule, names a rail that is not here, or whose payload
   * is not there.
   * @throws {OperatingError} of the event store; `batch_not_next` (not_applied) if another one was closed.
   */
  closeBatch(closing: BatchClosing): Promise<ClosedBatch>;
  /** All batches, newest first, as of the last durable event. */
  batches(): readonly ClosedBatch[];
  /**
   * Attempts every anchor that has no evidence yet, once: rails at the same time, the anchors of one
   * rail one after another; of one rail only, if it is named. Failures of a rail are recorded and
   * reported and stop no other anchor; a second call attempts only what is still open, without
   * submitting anything twice.
   *
   * @throws {OperatingError} of the event store; call again after a restart.
   */
  runOnce(signal: AbortSignal, rail?: string): Promise<SettlerRun>;
  /** Asks once for better evidence of every pending anchor. A second call without news does nothing. */
  upgradeOnce(signal: AbortSignal, rail?: string): Promise<SettlerRun>;
  /** Gives an anchor up for good; evidence already there stays. A second call changes nothing. */
  abandon(anchor: Hash, reason: string): Promise<void>;
  /** All anchors, newest first, as of the last durable event. */
  status(): readonly Anchor[];
  /** The newest evidence for a root, e.g. `.ots` bytes, or undefined while there is none. */
  evidence(root: Hash, rail?: string): Uint8Array | undefined;
  /** What the effect of an anchor cost as far as its evidence says; undefined without any. */
  costOf(anchor: Anchor): RailCost | undefined;
}

const KEY_SIZE_BYTES = 32;
const REASON_CHARS_MAX = 256;
const RAILS_MAX = 8;

const NOTHING: SettlerRun = { submitted: 0, upgraded: 0, confirmed: 0, dropped: 0, failures: [] };

class OutboxSettler implements Settler {
  readonly rails: readonly string[];
  readonly #options: SettlerOptions;
  readonly #stream: AnchorStream;
  readonly #lanes: ReadonlyMap<string, RailLane>;

  constructor(options: SettlerOptions) {
    const names = options.rails.map(({ name }) => name);
    if (names.length === 0 || names.length > RAILS_MAX || new Set(names).size < names.length) {
      throw new RangeError(`rails: 1 … ${RAILS_MAX}, each name once`);
    }
    this.rails = names;
    this.#options = options;
    this.#stream = new AnchorStream(options.store, options.stream, options.now);
    const { payloads, onStep = () => undefined } = options;
    const stream = this.#stream;
    this.#lanes = new Map(
      options.rails.map((rail) => [rail.name, new RailLane({ rail, stream, payloads, onStep })]),
    );
  }

  open(): Promise<void> {
    return this.#stream.catchUp();
  }

  async plan(subject: AnchorSubject, rail = this.rails[0] ?? ''): Promise<Anchor> {
    const lane = this.#lane(rail);
    const anchor = anchorId(subject, rail);
    const known = this.#stream.anchors.has(anchor);
    const idempotencyKey = this.#drawKey(lane);
    await this.#stream.record(anchor, { kind: 'plan', subject, rail, idempotencyKey });
    const planned = this.#stream.anchors.get(anchor);
    if (planned === undefined) throw new Error(`the plan of anchor ${anchor} was erased`);
    lane.keepKey(idempotencyKey, planned);
    if (!known) await this.#tell(planned);
    return planned;
  }

  async closeBatch(closing: BatchClosing): Promise<ClosedBatch> {
    const { rails, subject, payload } = closing;
    const missing = rails.find((rail) => !this.#lanes.has(rail));
    if (missing !== undefined) throw new RangeError(`batch/rails: no rail ${missing} here`);
    if ((await this.#options.payloads?.read(payload)) === undefined) {
      throw new RangeError(`batch/payload: ${payload} is not with the payload source`);
    }
    const before = new Set(this.#stream.anchors.keys());
    const keys = new Map(rails.map((rail) => [rail, this.#drawKey(this.#lane(rail))]));
    await this.#stream.recordBatch(closing, (rail) => {
      const key = keys.get(rail);
      if (key === undefined) throw new Error('invariant: every rail of the batch has a key');
      return key;
    });
    // Durable from here, with the intents.
    for (const [rail, key] of keys) {
      const planned = this.#stream.anchors.get(anchorId(subject, rail));
      this.#lane(rail).keepKey(key, planned);
      if (planned !== undefined && !before.has(planned.anchor)) await this.#tell(planned);
    }
    const closed = this.#stream.batches.find(
      (batch) => batch.subject.root === subject.root && batch.subject.size === subject.size,
    );
    if (closed === undefined) throw new Error(`the batch over ${subject.size} leaves was erased`);
    return closed;
  }

  batches(): readonly ClosedBatch[] {
    return this.#stream.batches.toReversed();
  }

  runOnce(signal: AbortSignal, rail?: string): Promise<SettlerRun> {
    return this.#onLanes(rail, (lane) => lane.attemptAll(signal));
  }

  upgradeOnce(signal: AbortSignal, rail?: string): Promise<SettlerRun> {
    return this.#onLanes(rail, (lane) => lane.upgradeAll(signal));
  }

  async abandon(anchor: Hash, reason: string): Promise<void> {
    const short = reason.slice(0, REASON_CHARS_MAX) || 'abandoned';
    const before = this.#stream.anchors.get(anchor);
    await this.#stream.record(anchor, { kind: 'abandon', reason: short });
    const after = this.#stream.anchors.get(anchor);
    if (after === undefined || before?.status === after.status) return;
    await this.#options.onStep?.({ anchor, rail: after.rail, step: 'abandoned', code: null });
  }

  status(): readonly Anchor[] {
    return [...this.#stream.anchors.values()].reverse();
  }

  evidence(root: Hash, rail?: string): Uint8Array | undefined {
    const found = this.status().find(
      (anchor) =>
        anchor.subject.root === root &&
        anchor.proof !== null &&
        (rail === undefined || anchor.rail === rail),
    );
    return found?.proof ? hexToBytes(found.proof) : undefined;
  }

  costOf({ rail, proof }: Anchor): RailCost | undefined {
    if (proof === null) return undefined;
    return this.#lanes.get(rail)?.rail.costOf?.({ bytes: hexToBytes(proof) });
  }

  #lane(rail: string): RailLane {
    const lane = this.#lanes.get(rail);
    if (lane === undefined) throw new RangeError(`rail: no rail ${rail} here`);
    return lane;
  }

  #drawKey(lane: RailLane): Hash {
    const key = hashFromBytes(this.#options.randomBytes(KEY_SIZE_BYTES));
    lane.isNew(key); // Made just now: nobody can have used it.
    return key;
  }

  async #tell({ anchor, rail }: Anchor): Promise<void> {
    await this.#options.onStep?.({ anchor, rail, step: 'planned', code: null });
  }

  /** Every lane to its end, whatever the others come to. @throws the first error. */
  async #onLanes(
    rail: string | undefined,
    run: (lane: RailLane) => Promise<Partial<SettlerRun>>,
  ): Promise<SettlerRun> {
    const lanes = rail === undefined ? [...this.#lanes.values()] : [this.#lane(rail)];
    const ends = await Promise.allSettled(lanes.map(run));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
    return ends
      .map((end) => ({ ...NOTHING, ...(end.status === 'fulfilled' ? end.value : {}) }))
      .reduce(
        (sum, one) => ({
          submitted: sum.submitted + one.submitted,
          upgraded: sum.upgraded + one.upgraded,
          confirmed: sum.confirmed + one.confirmed,
          dropped: sum.dropped + one.dropped,
          failures: [...sum.failures, ...one.failures],
        }),
        NOTHING,
      );
  }
}

/**
 * Opens the settler on its stream: its state is what the stream says.
 *
 * @throws {RangeError} for no rails, too many, or two of one name.
 * @throws {OperatingError} of the event store.
 */
export async function openSettler(options: SettlerOptions): Promise<Settler> {
  const settler = new OutboxSettler(options);
  await settler.open();
  return settler;
}
