import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseAnyJson,
} from '@atomicity/kernel/codec/canonical-json';
import { type Hash, type PartyId, parseHash } from '@atomicity/kernel/units/id';
import type { KeyPair } from './key-pair.ts';
import { NoAnswer, type NodeProblem, parseProblem, RefusedByNode } from './node-problem.ts';
import { signRequest } from './request-signature.ts';

/** Largest number of objects in one request. */
export const BATCH_MAX = 512;

/** An object on its way: the command id makes every further attempt the same command. */
export type Submission = { readonly commandId: string; readonly text: string };

export type SubmissionOutcome =
  | {
      readonly kind: 'accepted';
      readonly commandId: string;
      readonly object: Hash;
      /** True when an earlier attempt had its effect already. */
      readonly duplicate: boolean;
    }
  | { readonly kind: 'refused'; readonly commandId: string; readonly problem: NodeProblem };

export type NodeClientOptions = {
  /** Origin of the node, `http://host:port`. */
  readonly baseUrl: string;
  /** Delegated key of the caller, or the identity key to submit the first delegation. */
  readonly key: KeyPair;
  readonly fetch?: typeof fetch | undefined;
  /** ms since the epoch; defaults to the system clock. */
  readonly now?: (() => number) | undefined;
  /** Attempts after the first when there was no answer or the node is busy; default 4. */
  readonly retriesMax?: number | undefined;
  /** Waits between attempts; defaults to a timer. */
  readonly wait?: ((ms: number) => Promise<void>) | undefined;
  /** Gives up on an answer after so many ms; default 60,000. */
  readonly timeoutMs?: number | undefined;
};

type Answered = { readonly status: number; readonly text: string; readonly retryAfterMs: number };

/** One caller's view of one node. Every request but those to public endpoints is signed. */
export class NodeClient {
  readonly #options: NodeClientOptions;

  constructor(options: NodeClientOptions) {
    this.#options = options;
  }

  /**
   * Submits objects in order, at most 512, and answers one outcome for each. A lost answer, 429 and
   * 503 are tried again with the same command ids, so that nothing has its effect twice.
   *
   * @throws RefusedByNode when the node refuses the request as a whole; NoAnswer when it stays
   * silent: then the outcome is unknown, and calling again with the same submissions is safe.
   */
  async submit(submissions: readonly Submission[]): Promise<readonly SubmissionOutcome[]> {
    const objects = submissions.map(({ commandId, text }) => ({ commandId, object: text }));
    const body = Buffer.from(JSON.stringify({ objects }));
    const value = await this.#json('POST', '/v1/objects/batch', body);
    const { outcomes } = value;
    if (!Array.isArray(outcomes) || outcomes.length !== submissions.length) {
      throw new NoAnswer('the answer has other outcomes than the request objects');
    }
    return outcomes.map(outcomeOf);
  }

  /** As `submit` for one object. @throws RefusedByNode also when the object itself is refused. */
  async submitOne(submission: Submission): Promise<SubmissionOutcome> {
    const { commandId, text } = submission;
    const body = Buffer.from(JSON.stringify({ commandId, object: text }));
    return outcomeOf(await this.#json('POST', '/v1/objects', body));
  }

  /**
   * Reads a signed endpoint, `/v1/…`, as JSON.
   * @throws RefusedByNode, NoAnswer.
   */
  get(path: string): Promise<JsonObject> {
    return this.#json('GET', path, undefined);
  }

  /** Net positions of a party; see the HTTP reference for the members. */
  balances(party: PartyId): Promise<JsonObject> {
    return this.get(`/v1/parties/${party}/balances`);
  }

  edges(party: PartyId): Promise<JsonObject> {
    return this.get(`/v1/parties/${party}/edges`);
  }

  hold(voucher: Hash): Promise<JsonObject> {
    return this.get(`/v1/holds/${voucher}`);
  }

  budget(budget: Hash): Promise<JsonObject> {
    return this.get(`/v1/budgets/${budget}`);
  }

  period(budget: Hash, index: number): Promise<JsonObject> {
    return this.get(`/v1/budgets/${budget}/periods/${index}`);
  }

  /** The totals of an attested period as a disclosure; only the principal of the budget gets them. */
  periodSummary(budget: Hash, index: number): Promise<JsonObject> {
    return this.get(`/v1/budgets/${budget}/periods/${index}/summary`);
  }

  /** Orders a payment of an intent across books. @throws RefusedByNode, NoAnswer: then ask again. */
  pay(request: {
    readonly delegation: string | null;
    readonly intent: string;
    readonly order: string;
  }): Promise<JsonObject> {
    const { delegation, intent, order } = request;
    return this.#post('/v1/payments', { delegation, intent, order });
  }

  /** Order, delivery and hops of a payment; see the HTTP reference for the members. */
  payment(intent: Hash): Promise<JsonObject> {
    return this.get(`/v1/payments/${intent}`);
  }

  /** Hops of an intent, or all that are open. */
  hops(intent?: Hash): Promise<JsonObject> {
    return this.get(intent === undefined ? '/v1/hops' : `/v1/hops?intent=${intent}`);
  }

  offers(): Promise<JsonObject> {
    return this.get('/v1/offers');
  }

  /** Signed evidence of an intent: what the node recorded, and what the caller's party left there. */
  receipts(intent: Hash): Promise<JsonObject> {
    return this.get(`/v1/receipts/${intent}`);
  }

  /** Leaves 1 to 8 signed objects of an intent with the node. A second call changes nothing. */
  leaveReceipts(intent: Hash, party: PartyId, objects: readonly string[]): Promise<JsonObject> {
    return this.#post(`/v1/receipts/${intent}`, { objects, party });
  }

  /** Asks for a batch as soon as anything waits; for the operator. */
  askBatch(): Promise<JsonObject> {
    return this.#post('/v1/batches', {});
  }

  /** Gives an anchor up for good, for 1 … 256 characters of reason; for the operator. */
  abandonAnchor(anchor: Hash, reason: string): Promise<JsonObject> {
    return this.#post(`/v1/anchors/${anchor}/abandon`, { reason });
  }

  /** The newest checkpoint, a signed note. Check its signature: this method does not. */
  async checkpoint(): Promise<string> {
    const { status, text } = await this.#answered('GET', '/v1/checkpoint', undefined);
    if (status !== 200) throw new RefusedByNode(parseProblem(status, text));
    return text;
  }

  /** Members in canonical order. */
  #post(path: string, value: object): Promise<JsonObject> {
    return this.#json('POST', path, Buffer.from(JSON.stringify(value)));
  }

  async #json(
    method: 'GET' | 'POST',
    path: string,
    body: Uint8Array | undefined,
  ): Promise<JsonObject> {
    const { status, text } = await this.#answered(method, path, body);
    if (status !== 200) throw new RefusedByNode(parseProblem(status, text));
    const value = parseAnyJson(text)?.value;
    if (!isJsonObject(value)) throw new NoAnswer('the answer is no JSON object');
    return value;
  }

  /** Asks until there is an answer that another attempt would not change. */
  async #answered(
    method: 'GET' | 'POST',
    path: string,
    body: Uint8Array | undefined,
  ): Promise<Answered> {
    const { retriesMax = 4, wait = waitMs } = this.#options;
    for (let attempt = 0; ; attempt++) {
      const last = attempt >= retriesMax;
      try {
        const answer = await this.#ask(method, path, body);
        const transient = answer.status === 429 || answer.status === 503;
        if (!transient || last) return answer;
        await wait(answer.retryAfterMs);
      } catch (error) {
        if (last) throw new NoAnswer(`${method} ${path} had no answer`, error);
        await wait(100 * 2 ** attempt);
      }
    }
  }

  /** One attempt with a signature of its own: a nonce passes once. */
  async #ask(
    method: 'GET' | 'POST',
    path: string,
    body: Uint8Array | undefined,
  ): Promise<Answered> {
    const { baseUrl, key, fetch: send = fetch, now = Date.now, timeoutMs = 60_000 } = this.#options;
    const url = new URL(path, baseUrl);
    const response = await send(url, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...signRequest({ method, url, body }, key, now()),
      },
      ...(body === undefined ? {} : { body: new Uint8Array(body) }),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const retryAfter = Number(response.headers.get('retry-after') ?? 1);
    const retryAfterMs = Number.isFinite(retryAfter)
      ? Math.min(60, Math.max(0, retryAfter)) * 1000
      : 1000;
    return { status: response.status, text: await response.text(), retryAfterMs };
  }
}

function outcomeOf(value: JsonValue | undefined): SubmissionOutcome {
  const members = isJsonObject(value) ? value : {};
  const { kind, commandId, object, duplicate, problem } = members;
  if (typeof commandId !== 'string') throw new NoAnswer('an outcome without command id');
  if (kind === 'refused' && isJsonObject(problem)) {
    const { status } = problem;
    const text = JSON.stringify(problem);
    return {
      kind,
      commandId,
      problem: parseProblem(typeof status === 'number' ? status : 0, text),
    };
  }
  const id = typeof object === 'string' ? parseHash(object) : undefined;
  if (kind !== 'accepted' || id === undefined) throw new NoAnswer('an outcome that is neither');
  return { kind, commandId, object: id, duplicate: duplicate === true };
}

function waitMs(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
