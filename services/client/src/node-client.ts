import { randomBytes } from 'node:crypto';
import type { KeyPair } from './key-pair.ts';
import { signRequest } from './request-signature.ts';

/** A problem document as the node sends it. Source: RFC 9457. */
export type Problem = {
  readonly status: number;
  readonly reason: string;
  readonly title: string;
  readonly field?: string;
  readonly rule?: string;
  readonly facts?: Readonly<Record<string, string | number>>;
};

/** The node answered with a problem: nothing of the request was applied. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly problem: Problem;

  constructor(problem: Problem) {
    const { reason, field, rule, facts } = problem;
    const where = field === undefined ? '' : ` at ${field}`;
    const why = rule === undefined ? '' : `: ${rule}`;
    const values = facts === undefined ? '' : ` ${JSON.stringify(facts)}`;
    super(`${reason}${where}${why}${values}`);
    this.problem = problem;
  }
}

/** No answer came: whether the node applied the request is unknown until it is asked again. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}

export type Submission = { readonly commandId: string; readonly object: string };

export type Outcome =
  | {
      readonly kind: 'accepted';
      readonly commandId: string;
      readonly object: string;
      readonly duplicate: boolean;
      readonly events: readonly { readonly eventId: string; readonly revision: number }[];
    }
  | { readonly kind: 'refused'; readonly commandId: string; readonly problem: Problem };

/** The newest state that an answer includes, and the answer. */
export type Answer<T> = {
  readonly asOf: { readonly logIndex: number; readonly at: number };
  readonly value: T;
};

/** A command id nobody else draws: what makes a retry safe is using it again. */
export function newCommandId(): string {
  return randomBytes(16).toString('hex');
}

const ATTEMPTS_MAX = 5;

/**
 * Talks to one node for one key. Every request is signed. A request that got no answer is sent again
 * with the same command ids, so that it is applied once, at most five times; a refusal is never retried.
 */
export class NodeClient {
  readonly #base: URL;
  readonly #key: KeyPair;
  readonly #now: () => number;
  readonly #fetch: typeof fetch;

  constructor(parameters: {
    /** Base address of the node, as http://127.0.0.1:8448. */
    readonly base: string;
    readonly key: KeyPair;
    /** Milliseconds since the epoch. */
    readonly now: () => number;
    readonly fetch?: typeof fetch;
  }) {
    this.#base = new URL(parameters.base);
    this.#key = parameters.key;
    this.#now = parameters.now;
    this.#fetch = parameters.fetch ?? fetch;
  }

  /** @throws RefusedError, or NoAnswerError after five attempts. */
  async get<T>(path: string): Promise<T> {
    return (await this.#exchange('GET', path, undefined)) as T;
  }

  /** Submits one object. @throws RefusedError with the node's reason; NoAnswerError. */
  async submit(object: string, commandId = newCommandId()): Promise<Outcome> {
    return (await this.#exchange('POST', '/v1/objects', { commandId, object })) as Outcome;
  }

  /** Submits up to 512 objects in order; each has its own outcome. @throws NoAnswerError. */
  async submitBatch(objects: readonly Submission[]): Promise<readonly Outcome[]> {
    const answer = (await this.#exchange('POST', '/v1/objects/batch', { objects })) as {
      readonly outcomes: readonly Outcome[];
    };
    return answer.outcomes;
  }

  async #exchange(method: 'GET' | 'POST', path: string, json: unknown): Promise<unknown> {
    const url = new URL(path, this.#base);
    const body = json === undefined ? undefined : JSON.stringify(json);
    let last: unknown;
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      const createdSeconds = Math.floor(this.#now() / 1000);
      // A nonce is good once, so every attempt is signed anew; the command ids stay.
      const headers = signRequest({ method, url, body, createdSeconds }, this.#key);
      let response: Response;
      try {
        response = await this.#fetch(url, {
          method,
          headers:
            body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
          ...(body === undefined ? {} : { body }),
        });
      } catch (error) {
        last = error;
        continue;
      }
      return await readAnswer(response);
    }
    throw new NoAnswerError(`${method} ${url.href}: no answer`, { cause: last });
  }
}

async function readAnswer(response: Response): Promise<unknown> {
  const type = response.headers.get('content-type') ?? '';
  if (response.ok) return type.includes('json') ? await response.json() : await response.text();
  if (!type.includes('json')) {
    throw new RefusedError({
      status: response.status,
      reason: 'http_error',
      title: response.statusText,
    });
  }
  throw new RefusedError((await response.json()) as Problem);
}
