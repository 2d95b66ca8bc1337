/**
 * A calendar over HTTP, as the reference client speaks to it: `POST /digest`,
 * `GET /timestamp/<hex>`. Bounded in time and in bytes; follows no redirect.
 *
 * Source: RemoteCalendar of python-opentimestamps 0.4.2.
 */

import { bytesToHex } from '@noble/hashes/utils.js';
import { type Outcome, RailError, type RailErrorCode } from '../port.ts';
import type { Calendar, CalendarAnswer } from './calendar.ts';
import { decodeTimestamp } from './decode.ts';
import { CALENDAR_ANSWER_SIZE_BYTES_MAX, type Timestamp } from './proof.ts';

export type CalendarOptions = {
  /** http(s) address without query; `/digest` and `/timestamp/…` are added to its path. */
  readonly url: string;
  /**
   * URIs of the pending attestations that this calendar may be asked about, besides `url` itself:
   * exact, or with `*.` for one or more host labels (`https://*.calendar.opentimestamps.org`).
   * A pool answers in the name of the calendars behind it. Any other URI in a proof is not
   * visited: a proof comes from outside and must not choose where this node connects to.
   */
  readonly answersFor?: readonly string[];
  /** One request, 1 … 300,000 ms; 10,000 unless said. */
  readonly timeoutMs?: number;
  /** True for the local calendar, which can say whether a digest was submitted. */
  readonly looksUpDigests?: boolean;
  /** For tests; the global fetch otherwise. */
  readonly fetch?: typeof globalThis.fetch;
};

const DIGEST_SIZE_BYTES = 32;
const ACCEPT = 'application/vnd.opentimestamps.v1';
const REASON_SIZE_CHARS_MAX = 160;
/** Codes with which the operating system says that nothing was sent. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}

function matchesUri(pattern: string, uri: string): boolean {
  const wanted = withoutSlash(pattern);
  const asked = withoutSlash(uri);
  const star = wanted.indexOf('://*.');
  if (star < 0) return wanted === asked;
  const scheme = wanted.slice(0, star + 3);
  const suffix = wanted.slice(star + 4);
  const label = asked.slice(scheme.length, asked.length - suffix.length);
  return (
    asked.startsWith(scheme) && asked.endsWith(suffix) && /^[A-Za-z0-9-][A-Za-z0-9.-]*$/.test(label)
  );
}

function baseUrl(url: string): string {
  const parsed = new URL(url);
  const plain = parsed.search === '' && parsed.hash === '' && parsed.username === '';
  if (!plain || !/^https?:$/.test(parsed.protocol)) {
    throw new RangeError(`not a calendar address: ${url}`);
  }
  return withoutSlash(parsed.href);
}

/** Codes of an error and of what it was caused by. */
function codesOf(error: unknown): readonly string[] {
  const codes: string[] = [];
  for (let at: unknown = error; at instanceof Error && codes.length < 8; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') codes.push(at.code);
    codes.push(at.name);
  }
  return codes;
}

function plainText(bytes: Uint8Array): string {
  const text = String.fromCharCode(...bytes.subarray(0, REASON_SIZE_CHARS_MAX));
  return text.replace(/[^A-Za-z0-9#\-.,; ]/g, '_');
}

async function readBounded(response: Response): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = response.body?.getReader();
  if (reader === undefined) return new Uint8Array(0);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > CALENDAR_ANSWER_SIZE_BYTES_MAX) {
      await reader.cancel();
      return undefined;
    }
    chunks.push(value);
  }
  const all = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    all.set(chunk, offset);
    offset += chunk.length;
  }
  return all;
}

class HttpCalendar implements Calendar {
  readonly url: string;
  readonly #options: CalendarOptions;
  readonly #fetch: typeof globalThis.fetch;

  constructor(options: CalendarOptions) {
    const { timeoutMs = 10_000 } = options;
    if (!Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > 300_000) {
      throw new RangeError('timeoutMs must be 1 … 300,000');
    }
    this.url = baseUrl(options.url);
    this.#options = { ...options, timeoutMs };
    this.#fetch = options.fetch ?? globalThis.fetch;
  }

  answersFor(uri: string): boolean {
    return [this.url, ...(this.#options.answersFor ?? [])].some((one) => matchesUri(one, uri));
  }

  async submit(digest: Uint8Array, signal: AbortSignal): Promise<Timestamp> {
    if (digest.length !== DIGEST_SIZE_BYTES) throw new RangeError('a digest has 32 bytes');
    const body = Uint8Array.from(digest);
    const { status, bytes } = await this.#request('/digest', { method: 'POST', body }, signal);
    // A refusal of the request is certain; a failure of the server may have come after the work.
    if (status >= 400 && status < 500) throw this.#refused(status, bytes, 'not_applied');
    if (status !== 200) throw this.#refused(status, bytes, 'unknown');
    return this.#timestamp(bytes, digest.length, 'unknown');
  }

  async lookUp(
    digest: Uint8Array,
    signal: AbortSignal,
  ): Promise<CalendarAnswer | { kind: 'unknown' }> {
    if (this.#options.looksUpDigests !== true) return { kind: 'unknown' };
    return this.#ask(`/digest/${bytesToHex(digest)}`, digest.length, signal);
  }

  async timestampOf(commitment: Uint8Array, signal: AbortSignal): Promise<CalendarAnswer> {
    return this.#ask(`/timestamp/${bytesToHex(commitment)}`, commitment.length, signal);
  }

  async #ask(path: string, messageSize: number, signal: AbortSignal): Promise<CalendarAnswer> {
    const { status, bytes } = await this.#request(path, { method: 'GET' }, signal);
    if (status === 404) {
      // Pending and unknown share a status; only the text tells them apart.
      const pending = !/not found|not submitted/i.test(plainText(bytes));
      return { kind: pending ? 'pending' : 'not_found' };
    }
    if (status !== 200) throw this.#refused(status, bytes, 'not_applied');
    return { kind: 'found', timestamp: this.#timestamp(bytes, messageSize, 'not_applied') };
  }

  async #request(
    path: string,
    init: RequestInit,
    signal: AbortSignal,
  ): Promise<{ readonly status: number; readonly bytes: Uint8Array }> {
    const changes = init.method === 'POST';
    const timeout = AbortSignal.timeout(this.#options.timeoutMs ?? 0);
    try {
      signal.throwIfAborted();
    } catch (cause) {
      throw this.#error('rail_unreachable', 'stopped before asking', 'not_applied', { cause });
    }
    let status: number;
    let bytes: Uint8Array | undefined;
    try {
      const response = await this.#fetch(`${this.url}${path}`, {
        ...init,
        headers: { accept: ACCEPT, 'user-agent': 'atomicity' },
        redirect: 'error',
        signal: AbortSignal.any([signal, timeout]),
      });
      status = response.status;
      bytes = await readBounded(response);
    } catch (cause) {
      const neverSent = codesOf(cause).some((code) => NEVER_SENT.has(code));
      const code = timeout.aborted ? 'rail_timeout' : 'rail_unreachable';
      const outcome = changes && !neverSent ? 'unknown' : 'not_applied';
      throw this.#error(code, 'the calendar gave no whole answer', outcome, { cause });
    }
    if (bytes === undefined) {
      const outcome = changes ? 'unknown' : 'not_applied';
      throw this.#error('rail_answer_unusable', 'the answer is over 10,000 bytes', outcome, {});
    }
    return { status, bytes };
  }

  #timestamp(bytes: Uint8Array, messageSize: number, outcome: Outcome): Timestamp {
    const decoded = decodeTimestamp(bytes, messageSize);
    if (decoded.kind === 'decoded') return decoded.timestamp;
    throw this.#error('rail_answer_unusable', 'the answer is not a timestamp', outcome, {
      facts: { reason: decoded.reason, offset: decoded.offset },
    });
  }

  #refused(status: number, bytes: Uint8Array, outcome: Outcome): RailError {
    return this.#error('rail_refused', `the calendar answered ${status}`, outcome, {
      facts: { status, answer: plainText(bytes) },
    });
  }

  #error(
    code: RailErrorCode,
    shortMessage: string,
    outcome: Outcome,
    more: { readonly facts?: Record<string, string | number>; readonly cause?: unknown },
  ): RailError {
    const facts = { calendar: this.url, ...more.facts };
    return new RailError({ code, shortMessage, outcome, facts, cause: more.cause });
  }
}

/**
 * A calendar reached over HTTP.
 *
 * @throws {RangeError} if the address or the timeout is unusable.
 */
export function httpCalendar(options: CalendarOptions): Calendar {
  return new HttpCalendar(options);
}
