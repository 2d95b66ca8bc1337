/**
 * Where the invoice for a batch comes from: the payee's desk, asked over HTTP at the settlement's `target`.
 * Bounded in time and in bytes; follows no redirect, and connects to no place that is not configured, for a
 * target comes from outside.
 */

import { canonicalJson, isJsonObject, parseAnyJson } from '@atomicity/kernel/codec/canonical-json';
import { type Outcome, RailError, type RailErrorCode } from '../port.ts';
import { BOLT11_SIZE_CHARS_MAX } from './bolt11.ts';

export type InvoiceQuestion = {
  /** Where to ask, in the payee's own words. */
  readonly target: string;
  /** What the invoice must be for; also stands in the description. */
  readonly amountMsat: bigint;
  /** Of the submission: secret, never sent to a payee. */
  readonly idempotencyKey: Uint8Array;
};

export interface InvoiceSource {
  /**
   * The payee's invoice for a description, unchecked. Asking moves nothing, so it may be repeated: a payee
   * answers the same invoice while that is open or paid.
   *
   * @throws {RailError} with outcome `not_applied`.
   */
  invoiceFor(description: string, question: InvoiceQuestion, signal: AbortSignal): Promise<string>;
}

export type HttpInvoiceSourceOptions = {
  /** Origins that may be asked, as `https://payee.example`; 1 or more. */
  readonly origins: readonly string[];
  /** One question, 1 … 300,000 ms; 10,000 unless said. */
  readonly timeoutMs?: number;
  /** For tests; the global fetch otherwise. */
  readonly fetch?: typeof globalThis.fetch;
};

/** An invoice in JSON, and no more. */
export const INVOICE_ANSWER_SIZE_BYTES_MAX = BOLT11_SIZE_CHARS_MAX + 64;
const REASON = /^[a-z0-9_]{1,64}$/;

function originOf(text: string): string {
  const url = new URL(text);
  if (url.origin !== text || !/^https?:$/.test(url.protocol)) {
    throw new RangeError(`origins: not an http(s) origin: ${text}`);
  }
  return url.origin;
}

/** The body of a response up to a size; undefined beyond it. */
export async function readBounded(
  response: Response,
  sizeBytesMax: number,
): Promise<Uint8Array | undefined> {
  const reader = response.body?.getReader();
  if (reader === undefined) return new Uint8Array(0);
  const chunks: Uint8Array[] = [];
  for (let size = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) return Uint8Array.from(Buffer.concat(chunks));
    size += value.length;
    if (size > sizeBytesMax) {
      await reader.cancel();
      return undefined;
    }
    chunks.push(value);
  }
}

class HttpInvoiceSource implements InvoiceSource {
  readonly #origins: ReadonlySet<string>;
  readonly #timeoutMs: number;
  readonly #fetch: typeof globalThis.fetch;

  constructor({ origins, timeoutMs = 10_000, fetch }: HttpInvoiceSourceOptions) {
    if (origins.length === 0) throw new RangeError('origins: 1 or more');
    if (!Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > 300_000) {
      throw new RangeError('timeoutMs: must be 1 … 300,000');
    }
    this.#origins = new Set(origins.map(originOf));
    this.#timeoutMs = timeoutMs;
    this.#fetch = fetch ?? globalThis.fetch;
  }

  async invoiceFor(
    description: string,
    { target }: InvoiceQuestion,
    signal: AbortSignal,
  ): Promise<string> {
    const url = this.#addressOf(target);
    const body = canonicalJson({ description, v: 1 });
    const { status, bytes } = await this.#ask(url, body, signal);
    const answer = parseAnyJson(Buffer.from(bytes).toString('utf8'))?.value;
    const members = isJsonObject(answer) ? answer : {};
    if (status !== 200) {
      const reason = members['error'];
      const why = typeof reason === 'string' && REASON.test(reason) ? reason : 'without a reason';
      throw failure('rail_refused', `the invoice desk refused: ${why}`, url, {
        status,
        reason: why,
      });
    }
    const invoice = members['invoice'];
    if (typeof invoice === 'string' && Object.keys(members).length === 1) return invoice;
    throw failure('rail_answer_unusable', 'the invoice desk gave no invoice', url);
  }

  #addressOf(target: string): URL {
    const url = URL.canParse(target) ? new URL(target) : undefined;
    if (url === undefined || !this.#origins.has(url.origin) || url.username !== '') {
      throw failure('rail_refused', 'the target is at no origin that may be asked', url);
    }
    return url;
  }

  async #ask(
    url: URL,
    body: string,
    signal: AbortSignal,
  ): Promise<{ readonly status: number; readonly bytes: Uint8Array }> {
    const timeout = AbortSignal.timeout(this.#timeoutMs);
    let answer: { readonly status: number; readonly bytes: Uint8Array | undefined };
    try {
      const response = await this.#fetch(url, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', 'user-agent': 'atomicity' },
        redirect: 'error',
        signal: AbortSignal.any([signal, timeout]),
      });
      const bytes = await readBounded(response, INVOICE_ANSWER_SIZE_BYTES_MAX);
      answer = { status: response.status, bytes };
    } catch (cause) {
      const code = timeout.aborted ? 'rail_timeout' : 'rail_unreachable';
      throw failure(code, 'the invoice desk gave no whole answer', url, {}, cause);
    }
    const { status, bytes } = answer;
    if (bytes !== undefined) return { status, bytes };
    throw failure('rail_answer_unusable', 'the answer of the invoice desk is too large', url);
  }
}

/** Nothing that is asked here changes anything. */
function failure(
  code: RailErrorCode,
  shortMessage: string,
  url: URL | undefined,
  facts: Readonly<Record<string, string | number>> = {},
  cause?: unknown,
): RailError {
  const outcome: Outcome = 'not_applied';
  const where = { desk: url?.origin ?? 'no address' };
  return new RailError({ code, shortMessage, outcome, facts: { ...where, ...facts }, cause });
}

/**
 * Asks payees' desks over HTTP: POST of `{"description":"…","v":1}`, answered `{"invoice":"…"}`.
 *
 * @throws {RangeError} for origins or a timeout that cannot be used.
 */
export function httpInvoiceSource(options: HttpInvoiceSourceOptions): InvoiceSource {
  return new HttpInvoiceSource(options);
}
