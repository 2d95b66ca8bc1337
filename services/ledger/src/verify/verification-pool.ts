import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { OperatingError } from '@atomicity/event-log/port';
import type { NoteCore } from '@atomicity/kernel/note/note';
import type { Hash } from '@atomicity/kernel/units/id';
import { type WireRefusal, wireRefusal } from '@atomicity/kernel/wire/refusals';
import { type VerifiedObject, verified } from '@atomicity/kernel/wire/verified';
import { type TextVerdict, verifyTexts } from './verify-texts.ts';
import type { VerifyAnswer, VerifyTask } from './verify-worker.ts';

export type Verification =
  | { readonly kind: 'verified'; readonly object: VerifiedObject }
  | { readonly kind: 'refused'; readonly refusal: WireRefusal };

export type VerificationPoolOptions = {
  /** Threads; default one a core. 0 verifies everything on the calling thread. */
  readonly threads?: number | undefined;
  /** Texts that one thread is handed at once; default 64. */
  readonly chunkSize?: number | undefined;
  /** Up to so many texts are verified by the caller's thread, which is cheaper than asking; default 1. */
  readonly inlineMax?: number | undefined;
};

/** The note core of a recorded voucher, by the voucher's id; asked only for those not in the texts. */
export type LookUpCore = (voucher: Hash) => NoteCore | undefined;

type Pending = {
  readonly request: VerifyTask;
  readonly resolve: (verdicts: readonly TextVerdict[]) => void;
  readonly reject: (error: Error) => void;
};

type Thread = { readonly worker: Worker; task: Pending | undefined; hasAnswered: boolean };

/** Worker's file beside this one, in source and in the build. */
const WORKER = new URL(
  `./verify-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`,
  import.meta.url,
);

/**
 * Verifies wire objects on several cores. Signatures are what a ledger spends its time on (about a
 * tenth of a millisecond each), so they stay off the thread that answers requests and decides.
 */
export class VerificationPool {
  readonly #threads: Thread[] = [];
  readonly #queue: Pending[] = [];
  readonly #chunkSize: number;
  readonly #inlineMax: number;
  #nextTask = 0;
  #closed = false;
  #signatureCount = 0;

  constructor(options: VerificationPoolOptions = {}) {
    const threads = options.threads ?? availableParallelism();
    this.#chunkSize = options.chunkSize ?? 64;
    this.#inlineMax = threads === 0 ? Number.POSITIVE_INFINITY : (options.inlineMax ?? 1);
    for (let i = 0; i < threads; i++) this.#threads.push(this.#start());
  }

  /** Ed25519 verifications done since the start. */
  get signatureCount(): number {
    return this.#signatureCount;
  }

  /** Texts that wait for a thread or are with one. */
  get pendingCount(): number {
    const tasks = this.#threads.flatMap(({ task }) => (task ? [task] : []));
    return [...this.#queue, ...tasks].reduce((sum, task) => sum + task.request.texts.length, 0);
  }

  /**
   * Verifies texts, each to its own verdict in the order given. Receipts whose core stands neither
   * in an earlier text nor in `lookUp` are refused `unknown_note_core`.
   *
   * @throws OperatingError `verification_failed` (not_applied): a thread died; nothing was recorded.
   */
  async verify(texts: readonly string[], lookUp: LookUpCore): Promise<readonly Verification[]> {
    const first = await this.#run(texts, []);
    const verdicts = await this.#withCores(texts, first, lookUp);
    return verdicts.map((verdict, i) => this.#conclude(verdict, texts[i] ?? ''));
  }

  /** Ends all threads; what is under way is rejected. A second call does nothing. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const pending of this.#queue.splice(0)) pending.reject(verificationFailed('closed'));
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  /** Runs again what named a core of another chunk or of an earlier request. */
  async #withCores(
    texts: readonly string[],
    first: readonly TextVerdict[],
    lookUp: LookUpCore,
  ): Promise<readonly TextVerdict[]> {
    const open = first.flatMap((verdict, i) => (verdict.kind === 'needs_core' ? [i] : []));
    if (open.length === 0) return first;
    const carried = carriedCores(first);
    const cores = open.flatMap((i) => {
      const verdict = first[i];
      if (verdict?.kind !== 'needs_core') return [];
      const core = carried.get(verdict.voucher) ?? lookUp(verdict.voucher);
      return core === undefined ? [] : [core];
    });
    const second = await this.#run(
      open.map((i) => texts[i] ?? ''),
      cores,
    );
    const byPlace = new Map(open.map((place, i) => [place, second[i]]));
    return first.map((verdict, i) => byPlace.get(i) ?? verdict);
  }

  async #run(
    texts: readonly string[],
    cores: readonly NoteCore[],
  ): Promise<readonly TextVerdict[]> {
    if (texts.length <= this.#inlineMax) return verifyTexts(texts, cores);
    const chunks: Promise<readonly TextVerdict[]>[] = [];
    for (let from = 0; from < texts.length; from += this.#chunkSize) {
      chunks.push(this.#ask(texts.slice(from, from + this.#chunkSize), cores));
    }
    return (await Promise.all(chunks)).flat();
  }

  #ask(texts: readonly string[], cores: readonly NoteCore[]): Promise<readonly TextVerdict[]> {
    if (this.#closed || this.#threads.length === 0) {
      return Promise.reject(verificationFailed(this.#closed ? 'closed' : 'no thread runs'));
    }
    const request = { task: this.#nextTask++, texts, cores };
    return new Promise((resolve, reject) => {
      this.#queue.push({ request, resolve, reject });
      this.#dispatch();
    });
  }

  #dispatch(): void {
    for (const thread of this.#threads) {
      if (thread.task !== undefined) continue;
      const next = this.#queue.shift();
      if (next === undefined) return;
      thread.task = next;
      thread.worker.postMessage(next.request);
    }
  }

  #start(): Thread {
    const worker = new Worker(WORKER, { resourceLimits: { maxYoungGenerationSizeMb: 64 } });
    const thread: Thread = { worker, task: undefined, hasAnswered: false };
    worker.on('message', (answer: VerifyAnswer) => {
      const { task } = thread;
      thread.task = undefined;
      thread.hasAnswered = true;
      this.#dispatch();
      if (task?.request.task === answer.task) task.resolve(answer.verdicts);
    });
    worker.on('error', (error) => this.#replace(thread, error.message));
    worker.on('exit', () => this.#replace(thread, 'thread ended'));
    return thread;
  }

  /**
   * A dead thread takes its chunk with it, never the pool. One that never answered is not started
   * again: it would die again, and again.
   */
  #replace(thread: Thread, why: string): void {
    const at = this.#threads.indexOf(thread);
    if (at < 0) return;
    thread.task?.reject(verificationFailed(why));
    if (this.#closed) return;
    if (thread.hasAnswered) this.#threads[at] = this.#start();
    else this.#threads.splice(at, 1);
    if (this.#threads.length > 0) this.#dispatch();
    else for (const pending of this.#queue.splice(0)) pending.reject(verificationFailed(why));
  }

  #conclude(verdict: TextVerdict, text: string): Verification {
    this.#signatureCount += verdict.signatureCount;
    switch (verdict.kind) {
      case 'sound': {
        const object = { ...verdict.object, text };
        return {
          kind: 'verified',
          // verifyTexts ran requiredChecks and checkOpening on exactly this text.
          object: verified(object, { signatures: 'all_verified', opening: 'checked' }),
        };
      }
      case 'refused':
        return { kind: 'refused', refusal: verdict.refusal };
      case 'needs_core':
        return { kind: 'refused', refusal: wireRefusal('unknown_note_core', '/body') };
      default:
        return assertNever(verdict);
    }
  }
}

function carriedCores(verdicts: readonly TextVerdict[]): ReadonlyMap<Hash, NoteCore> {
  const cores = new Map<Hash, NoteCore>();
  for (const verdict of verdicts) {
    if (verdict.kind !== 'sound' || verdict.object.body.type !== 'CapacityVoucher') continue;
    const core = verdict.object.body.grant?.core;
    if (core !== undefined) cores.set(verdict.object.id, core);
  }
  return cores;
}

function verificationFailed(why: string): OperatingError {
  return new OperatingError({
    code: 'verification_failed',
    outcome: 'not_applied',
    shortMessage: `the verification thread failed: ${why}`,
  });
}

function assertNever(value: never): never {
  throw new Error(`unknown verdict ${JSON.stringify(value)}`);
}
