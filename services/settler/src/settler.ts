/**
 * The settler: an outbox of anchor intents.
 *
 * Record the intent (durable) → act with its key → record the outcome. An unknown outcome is looked
 * up before anything is sent again, and whatever is sent again is the very same submission. No timers
 * in here: whoever wires the settler decides how often it runs.
 */

import type { EventStore } from '@atomicity/event-log/port';
import { type Anchor, isOpen } from '@atomicity/kernel/anchor/anchor';
import {
  type AttemptKnowledge,
  nextAttemptStep,
  outcomeAfter,
} from '@atomicity/kernel/anchor/attempt';
import { anchorId } from '@atomicity/kernel/anchor/event-codec';
import type { AnchorSubject } from '@atomicity/kernel/anchor/events';
import { bytesToHex, hexToBytes } from '@atomicity/kernel/codec/bytes';
import { type Hash, hashFromBytes, hashToBytes, type StreamId } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';
import {
  type AnchorEvidence,
  type AnchorRail,
  RailError,
  type Submission,
} from '@atomicity/rails/port';
import { AnchorStream } from './anchor-stream.ts';

export type SettlerOptions = {
  readonly store: EventStore;
  /** Random id of the settler's own stream, kept in the node's configuration. */
  readonly stream: StreamId;
  readonly rail: AnchorRail;
  readonly now: () => UnixMs;
  readonly randomBytes: (size: number) => Uint8Array;
};

/** What one run did, for logs and metrics. */
export type SettlerRun = {
  /** Anchors that have evidence since this run. */
  readonly submitted: number;
  /** Anchors whose evidence got better, without being confirmed. */
  readonly upgraded: number;
  readonly confirmed: number;
  /** Anchors that could not move on, by code of the failure. */
  readonly failures: readonly { readonly anchor: Hash; readonly code: string }[];
};

export interface Settler {
  /**
   * Records the intent to anchor a root; sends nothing. Durable when it resolves.
   * A second call with the same subject changes nothing.
   *
   * @throws {RangeError} if the subject is outside its documented limits.
   * @throws {OperatingError} of the event store.
   */
  plan(subject: AnchorSubject): Promise<Anchor>;
  /**
   * Attempts every anchor that has no evidence yet, once. Failures of the rail are recorded and
   * reported; a second call attempts only what is still open, without submitting anything twice.
   *
   * @throws {OperatingError} of the event store; call again after a restart.
   */
  runOnce(signal: AbortSignal): Promise<SettlerRun>;
  /** Asks once for better evidence of every pending anchor. A second call without news does nothing. */
  upgradeOnce(signal: AbortSignal): Promise<SettlerRun>;
  /** Gives an anchor up for good; evidence already there stays. A second call changes nothing. */
  abandon(anchor: Hash, reason: string): Promise<void>;
  /** All anchors, newest first, as of the last durable event. */
  status(): readonly Anchor[];
  /** The newest evidence for a root, e.g. `.ots` bytes, or undefined while there is none. */
  evidence(root: Hash): Uint8Array | undefined;
}

const KEY_SIZE_BYTES = 32;
const REASON_CHARS_MAX = 256;

function submissionOf(anchor: Anchor): Submission {
  return {
    root: hashToBytes(anchor.subject.root),
    idempotencyKey: hashToBytes(anchor.idempotencyKey),
  };
}

/** The answer, or the rail's error as a value; any other error is thrown. */
async function answerOf<T>(ask: () => Promise<T>): Promise<T | RailError> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof RailError) return error;
    throw error;
  }
}

class OutboxSettler implements Settler {
  readonly #options: SettlerOptions;
  readonly #stream: AnchorStream;
  /**
   * Keys of which this process knows that the rail never counted them. Whatever is not in here may
   * have been sent, by this process or by one that died: it is looked up first.
   */
  readonly #neverSent = new Set<Hash>();
  /** Runs do not overlap: two attempts at one anchor at a time would both find it open. */
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: SettlerOptions) {
    this.#options = options;
    this.#stream = new AnchorStream(options.store, options.stream, options.now);
  }

  open(): Promise<void> {
    return this.#stream.catchUp();
  }

  async plan(subject: AnchorSubject): Promise<Anchor> {
    const rail = this.#options.rail.name;
    const anchor = anchorId(subject, rail);
    const idempotencyKey = hashFromBytes(this.#options.randomBytes(KEY_SIZE_BYTES));
    this.#neverSent.add(idempotencyKey); // Made just now: nobody can have used it.
    await this.#stream.record(anchor, { kind: 'plan', subject, rail, idempotencyKey });
    const planned = this.#stream.anchors.get(anchor);
    if (planned === undefined) throw new Error(`the plan of anchor ${anchor} was erased`);
    if (planned.idempotencyKey !== idempotencyKey) this.#neverSent.delete(idempotencyKey);
    return planned;
  }

  runOnce(signal: AbortSignal): Promise<SettlerRun> {
    return this.#exclusively(async () => {
      const failures: { anchor: Hash; code: string }[] = [];
      let submitted = 0;
      for (const anchor of this.#open()) {
        if (signal.aborted) break;
        const code = await this.#attempt(anchor, signal);
        if (code === undefined) submitted += 1;
        else failures.push({ anchor: anchor.anchor, code });
      }
      return { submitted, upgraded: 0, confirmed: 0, failures };
    });
  }

  upgradeOnce(signal: AbortSignal): Promise<SettlerRun> {
    return this.#exclusively(async () => {
      const failures: { anchor: Hash; code: string }[] = [];
      const counts = { unchanged: 0, upgraded: 0, confirmed: 0 };
      for (const anchor of this.#pending()) {
        if (signal.aborted) break;
        try {
          counts[await this.#upgrade(anchor, signal)] += 1;
        } catch (error) {
          if (!(error instanceof RailError)) throw error;
          failures.push({ anchor: anchor.anchor, code: error.code });
        }
      }
      const { upgraded, confirmed } = counts;
      return { submitted: 0, upgraded, confirmed, failures };
    });
  }

  abandon(anchor: Hash, reason: string): Promise<void> {
    const short = reason.slice(0, REASON_CHARS_MAX) || 'abandoned';
    return this.#stream.record(anchor, { kind: 'abandon', reason: short });
  }

  status(): readonly Anchor[] {
    return [...this.#stream.anchors.values()].reverse();
  }

  evidence(root: Hash): Uint8Array | undefined {
    const found = this.status().find(
      (anchor) => anchor.subject.root === root && anchor.proof !== null,
    );
    return found?.proof ? hexToBytes(found.proof) : undefined;
  }

  #ours(): readonly Anchor[] {
    const { name } = this.#options.rail;
    return [...this.#stream.anchors.values()].filter((anchor) => anchor.rail === name);
  }

  #open(): readonly Anchor[] {
    return this.#ours().filter(isOpen);
  }

  #pending(): readonly Anchor[] {
    return this.#ours().filter((anchor) => anchor.status === 'pending');
  }

  /** One attempt at one anchor: undefined when it has evidence now, else the code of the failure. */
  async #attempt(anchor: Anchor, signal: AbortSignal): Promise<string | undefined> {
    const { rail } = this.#options;
    const key = anchor.idempotencyKey;
    const submission = submissionOf(anchor);
    let knowledge: AttemptKnowledge = this.#neverSent.has(key) ? 'not_applied' : 'unknown';
    if (nextAttemptStep(knowledge, rail) === 'look_up') {
      const found = await answerOf(() => rail.lookUp(submission, signal));
      if (found instanceof RailError) return this.#recordFailure(anchor, 'unknown', found.code);
      if (found.kind === 'applied') return this.#recordEvidence(anchor, found.evidence);
      knowledge = found.kind === 'not_applied' ? 'not_applied' : 'looked_up_in_vain';
    }
    if (nextAttemptStep(knowledge, rail) === 'wait') {
      return this.#recordFailure(anchor, 'unknown', 'outcome_unknown');
    }
    this.#neverSent.delete(key); // From here until an answer, nobody knows.
    const answer = await answerOf(() => rail.submit(submission, signal));
    if (!(answer instanceof RailError)) return this.#recordEvidence(anchor, answer);
    const outcome = outcomeAfter(knowledge, answer.outcome);
    if (outcome === 'not_applied') this.#neverSent.add(key);
    return this.#recordFailure(anchor, outcome, answer.code);
  }

  async #recordEvidence({ anchor }: Anchor, evidence: AnchorEvidence): Promise<undefined> {
    const calendar = this.#options.rail.label;
    const proof = bytesToHex(evidence.bytes);
    await this.#stream.record(anchor, { kind: 'submitted', calendar, proof });
    return undefined;
  }

  async #recordFailure(
    { anchor }: Anchor,
    outcome: 'not_applied' | 'unknown',
    code: string,
  ): Promise<string> {
    await this.#stream.record(anchor, { kind: 'attempted', outcome, code });
    return code;
  }

  async #upgrade(
    { anchor, proof: improves }: Anchor,
    signal: AbortSignal,
  ): Promise<'unchanged' | 'upgraded' | 'confirmed'> {
    if (improves === null) return 'unchanged';
    const upgrade = await this.#options.rail.upgrade({ bytes: hexToBytes(improves) }, signal);
    if (upgrade.kind === 'unchanged') return 'unchanged';
    if (upgrade.kind === 'dropped') {
      await this.#stream.record(anchor, { kind: 'dropped', drops: improves, code: upgrade.code });
      return 'unchanged';
    }
    const proof = bytesToHex(upgrade.evidence.bytes);
    await this.#stream.record(
      anchor,
      upgrade.kind === 'confirmed'
        ? { kind: 'confirmed', improves, proof, height: upgrade.height }
        : { kind: 'upgraded', improves, proof },
    );
    return upgrade.kind;
  }

  #exclusively<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#running.then(run);
    this.#running = turn.catch(() => undefined);
    return turn;
  }
}

/**
 * Opens the settler on its stream: its state is what the stream says.
 *
 * @throws {OperatingError} of the event store.
 */
export async function openSettler(options: SettlerOptions): Promise<Settler> {
  const settler = new OutboxSettler(options);
  await settler.open();
  return settler;
}
