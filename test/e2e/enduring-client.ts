/** A client that outlives its node: what had no answer is submitted again, under the same command ids. */
import type { KeyPair } from '@atomicity/client/key-pair';
import { signRequest } from '@atomicity/client/request-signature';
import type { SignedObject } from '@atomicity/client/signer';

/** What the node said about one object: all of this must be true from then on. */
export type Acknowledgement = {
  readonly object: string;
  readonly events: readonly { readonly eventId: string; readonly revision: number }[];
};

type Outcome =
  | (Acknowledgement & {
      readonly kind: 'accepted';
      readonly commandId: string;
      readonly duplicate: boolean;
    })
  | { readonly kind: 'refused'; readonly commandId: string; readonly problem: Problem };

type Problem = { readonly reason: string; readonly field?: string };

/** With these nothing is decided for good: the same command is due again at the restarted node. */
const UNDECIDED = new Set(['stopped', 'outcome_unknown', 'busy']);

type Connection = { readonly url: string; readonly gone: PromiseWithResolvers<void> };

export class EnduringClient {
  /** By event id, everything that was ever acknowledged. */
  readonly acknowledged = new Map<string, Acknowledgement>();
  /** Batches that had to be submitted again. */
  retriedCount = 0;
  /** Objects that had their effect at an earlier attempt, whose answer was lost. */
  recoveredCount = 0;
  #next = Promise.withResolvers<Connection>();
  #gone = Promise.withResolvers<void>();
  #answerCount = 0;
  #onAnswer: (count: number) => void = () => undefined;
  readonly #now: () => number;

  /** `now` in ms since the epoch: when its requests are signed. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** From now on everything goes to this node; batches that wait are submitted. */
  connect(url: string): void {
    this.#gone = Promise.withResolvers();
    this.#next.resolve({ url, gone: this.#gone });
  }

  /** The node is gone: every batch without an answer waits for the next one. */
  disconnect(): void {
    this.#next = Promise.withResolvers();
    this.#gone.resolve();
  }

  /** Resolves in the very moment at which so many more batches have been answered. */
  answers(count: number): Promise<void> {
    const due = this.#answerCount + count;
    return new Promise((resolve) => {
      this.#onAnswer = (answered) => {
        if (answered >= due) resolve();
      };
    });
  }

  /**
   * Submits objects in one batch until a node has decided on all of them; the object's id is its
   * command id. @throws Error naming the first that is refused.
   */
  async submit(key: KeyPair, objects: readonly SignedObject[]): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      const { url, gone } = await this.#next.promise;
      if (attempt > 0) this.retriedCount += 1;
      const outcomes = await post(url, key, objects, this.#now());
      if (outcomes !== undefined && this.#decided(outcomes)) {
        this.#answerCount += 1;
        this.#onAnswer(this.#answerCount);
        return;
      }
      await gone.promise;
    }
  }

  #decided(outcomes: readonly Outcome[]): boolean {
    for (const outcome of outcomes) {
      if (outcome.kind === 'accepted') {
        if (outcome.duplicate) this.recoveredCount += 1;
        for (const { eventId } of outcome.events) this.acknowledged.set(eventId, outcome);
      } else if (!UNDECIDED.has(outcome.problem.reason)) {
        throw new Error(`${outcome.commandId} refused: ${JSON.stringify(outcome.problem)}`);
      }
    }
    return outcomes.every(({ kind }) => kind === 'accepted');
  }
}

/** Undefined when there was no answer, or one that decides nothing. */
async function post(
  url: string,
  key: KeyPair,
  objects: readonly SignedObject[],
  now: number,
): Promise<readonly Outcome[] | undefined> {
  const target = new URL('/v1/objects/batch', url);
  const submissions = objects.map(({ id, text }) => ({ commandId: id, object: text }));
  const body = Buffer.from(JSON.stringify({ objects: submissions }));
  const headers = {
    'content-type': 'application/json',
    ...signRequest({ method: 'POST', url: target, body }, key, now),
  };
  let status: number;
  let text: string;
  try {
    const response = await fetch(target, { method: 'POST', headers, body });
    status = response.status;
    text = await response.text();
  } catch (error) {
    // What fetch throws when the other side is gone.
    if (error instanceof TypeError) return undefined;
    throw error;
  }
  if (status === 503) return undefined;
  if (status !== 200) throw new Error(`${status}: ${text}`);
  return (JSON.parse(text) as { readonly outcomes: Outcome[] }).outcomes;
}
