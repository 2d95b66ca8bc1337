/**
 * One HTTP exchange with a source of block headers: bounded in time and in bytes, no redirect followed, and
 * every failure a `RailError` that names the source by its origin alone. Asking changes nothing.
 */

import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { RailError, type RailErrorCode, type RailFacts } from '../port.ts';

export type AddressRules = {
  /** Plain HTTP to other machines; whoever is between them can then answer for the source. */
  readonly allowPlainHttp?: boolean;
};

export type BoundedRequest = {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** PEM of the only certificate that is trusted; the machine's authorities otherwise. */
  readonly certificate?: string | undefined;
  readonly sizeBytesMax: number;
  /** For the whole exchange, 1 … 300,000. */
  readonly timeoutMs: number;
};

export type BoundedAnswer = { readonly status: number; readonly bytes: Uint8Array };

const TIMEOUT_MS_MAX = 300_000;
/** `localhost` and what resolves without asking anybody. */
const LOOPBACK = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/;

/**
 * Reads an address: https, or http on the loopback; no credentials, query or fragment.
 *
 * @throws {RangeError} naming the field and the rule.
 */
export function readAddress(field: string, url: string, rules: AddressRules = {}): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    throw new RangeError(`${field}: must be an http or https address`);
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw new RangeError(`${field}: credentials do not belong into an address`);
  }
  if (parsed.search !== '' || parsed.hash !== '') {
    throw new RangeError(`${field}: must have no query and no fragment`);
  }
  const plain = parsed.protocol === 'http:' && !LOOPBACK.test(parsed.hostname);
  if (plain && rules.allowPlainHttp !== true) {
    throw new RangeError(`${field}: plain http only on the loopback, unless allowPlainHttp is set`);
  }
  return parsed;
}

/** @throws {RangeError} unless it is a whole number of 1 … 300,000 ms. */
export function checkTimeout(timeoutMs: number): number {
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > TIMEOUT_MS_MAX) {
    throw new RangeError(`timeoutMs: must be 1 … ${TIMEOUT_MS_MAX}`);
  }
  return timeoutMs;
}

/** An error of a source; `not_applied`, as asking changes nothing. */
export function sourceError(
  source: string,
  code: RailErrorCode,
  shortMessage: string,
  more: { readonly facts?: RailFacts; readonly cause?: unknown } = {},
): RailError {
  return new RailError({
    code,
    shortMessage,
    outcome: 'not_applied',
    facts: { source, ...more.facts },
    cause: more.cause,
  });
}

function send(request: BoundedRequest, signal: AbortSignal): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const { method, url, headers, body, certificate } = request;
  const isSecure = url.protocol === 'https:';
  const sent = (isSecure ? httpsRequest : httpRequest)(url, {
    method,
    signal,
    // An idle connection that the server has closed meanwhile takes a request and answers nothing.
    agent: false,
    ...(isSecure && certificate !== undefined ? { ca: certificate } : {}),
    headers: {
      'user-agent': 'atomicity',
      ...headers,
      ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
    },
  });
  sent.once('response', resolve);
  sent.on('error', reject);
  sent.end(body);
  return promise;
}

async function readBounded(
  response: IncomingMessage,
  sizeBytesMax: number,
): Promise<Uint8Array | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > sizeBytesMax) return undefined;
    chunks.push(chunk);
  }
  return Uint8Array.from(Buffer.concat(chunks));
}

/**
 * Asks once and reads the whole answer, of any status but a redirect.
 *
 * @throws {RailError} outcome `not_applied`: `rail_timeout`, `rail_unreachable`, `rail_refused` for a
 * redirect, `rail_answer_unusable` for more bytes than allowed.
 */
export async function boundedRequest(
  source: string,
  request: BoundedRequest,
  signal: AbortSignal,
): Promise<BoundedAnswer> {
  const timeout = AbortSignal.timeout(request.timeoutMs);
  const hangUp = new AbortController();
  let status: number;
  let bytes: Uint8Array | undefined;
  try {
    signal.throwIfAborted();
    const response = await send(request, AbortSignal.any([signal, timeout, hangUp.signal]));
    status = response.statusCode ?? 0;
    bytes = await readBounded(response, request.sizeBytesMax);
  } catch (cause) {
    if (signal.aborted) throw sourceError(source, 'rail_unreachable', 'stopped while asking');
    const [code, message] = timeout.aborted
      ? (['rail_timeout', 'the source gave no whole answer in time'] as const)
      : (['rail_unreachable', 'the source gave no whole answer'] as const);
    throw sourceError(source, code, message, { cause });
  } finally {
    hangUp.abort();
  }
  if (bytes === undefined) {
    const message = `the answer is over ${request.sizeBytesMax} bytes`;
    throw sourceError(source, 'rail_answer_unusable', message);
  }
  if (status >= 300 && status < 400) {
    throw sourceError(source, 'rail_refused', 'the source redirects, which is not followed', {
      facts: { status },
    });
  }
  return { status, bytes };
}
