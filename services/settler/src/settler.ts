/**
 * The settler: an outbox of anchor intents.
 *
 * Record the intent (durable) → act with its key → record the outcome. An unknown outcome is looked
 * up before anything is sent again, and whatever is sent again is the very same submission. No timers
 * in here: whoever wires the settler decides how often it runs.
 */

import type { EventStore } from '@atomicity/event-log/port';
import { bytesToHex, hexToBytes } from '@atomicity/kernel/codec/bytes';
import { type Hash, hashFromBytes, hashToBytes, type StreamId } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';
import {
  type AnchorEvidence,
  type AnchorRail,
  RailError,
  type Submission,
} from '@atomicity/rails/port';
import { type AnchorEvent, type AnchorSubject, anchorId } from './anchor-events.ts';
import { type Anchor, isOpen } from './anchor-state.ts';
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
   * @throws {RangeError} if the subject is malformed.
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

function checkSubject({ origin, size, root }: AnchorSubject): void {
  if (origin.length < 1 || origin.length > 128) throw new RangeError('origin: 1 … 128 characters');
  if (!Number.isSafeInteger(size) || size < 1) throw new RangeError('size: at least 1');
  if (hashToBytes(root).length !== 32) throw new RangeError('root: 32 bytes');
}

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
    checkSubject(subject);
    const { rail } = this.#options;
    const anchor = anchorId(subject, rail.name);
    const idempotencyKey = hashFromBytes(this.#options.randomBytes(KEY_SIZE_BYTES));
    const { origin, size, root } = subject;
    this.#neverSent.add(idempotencyKey); // Made just now: nobody can have used it.
    await this.#stream.record(anchor, (known) =>
      known !== undefined
        ? undefined
        : {
            type: 'AnchorPlanned',
            anchor,
            subject: { origin, size, root },
            rail: rail.name,
            idempotencyKey,
          },
    );
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
    return this.#stream.record(anchor, (known) =>
      known === undefined || known.status === 'failed' || known.status === 'confirmed'
        ? undefined
        : { type: 'AnchorFailed', anchor, reason: short },
    );
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
    if (!this.#neverSent.has(key)) {
      const found = await answerOf(() => rail.lookUp(submission, signal));
      if (found instanceof RailError) return this.#recordFailure(anchor, 'unknown', found.code);
      if (found.kind === 'applied') return this.#recordEvidence(anchor, found.evidence);
      if (found.kind === 'not_applied') this.#neverSent.add(key);
      else if (!rail.repeatIsSameSubmission) {
        return this.#recordFailure(anchor, 'unknown', 'outcome_unknown');
      }
    }
    const neverSentBefore = this.#neverSent.delete(key); // From here until an answer, nobody knows.
    const evidence = await answerOf(() => rail.submit(submission, signal));
    if (!(evidence instanceof RailError)) return this.#recordEvidence(anchor, evidence);
    const neverSent = neverSentBefore && evidence.outcome === 'not_applied';
    if (neverSent) this.#neverSent.add(key);
    return this.#recordFailure(anchor, neverSent ? 'not_applied' : 'unknown', evidence.code);
  }

  async #recordEvidence(anchor: Anchor, evidence: AnchorEvidence): Promise<undefined> {
    const { label } = this.#options.rail;
    await this.#stream.record(anchor.anchor, (known) =>
      known === undefined || !isOpen(known)
        ? undefined
        : {
            type: 'AnchorSubmitted',
            anchor: anchor.anchor,
            calendar: label,
            proof: bytesToHex(evidence.bytes),
          },
    );
    return undefined;
  }

  /** A calendar that is away for days leaves one event, not one for every attempt. */
  async #recordFailure(
    anchor: Anchor,
    outcome: 'not_applied' | 'unknown',
    code: string,
  ): Promise<string> {
    const status = outcome === 'unknown' ? 'submitted' : 'planned';
    await this.#stream.record(anchor.anchor, (known) => {
      if (known === undefined || !isOpen(known)) return undefined;
      if (known.reason === code && known.status === status) return undefined;
      return { type: 'AnchorAttempted', anchor: anchor.anchor, outcome, code };
    });
    return code;
  }

  async #upgrade(
    anchor: Anchor,
    signal: AbortSignal,
  ): Promise<'unchanged' | 'upgraded' | 'confirmed'> {
    const bytes = hexToBytes(anchor.proof ?? '');
    const upgrade = await this.#options.rail.upgrade({ bytes }, signal);
    if (upgrade.kind === 'unchanged') return 'unchanged';
    const proof = bytesToHex(upgrade.evidence.bytes);
    const event: AnchorEvent =
      upgrade.kind === 'confirmed'
        ? { type: 'AnchorConfirmed', anchor: anchor.anchor, height: upgrade.height, proof }
        : { type: 'AnchorUpgraded', anchor: anchor.anchor, proof };
    await this.#stream.record(anchor.anchor, (known) =>
      known?.status === 'pending' && known.proof === anchor.proof ? event : undefined,
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
