/**
 * HTTPS to an lnd, as its REST proxy speaks it: JSON, one connection for each request, the node's own
 * certificate as the only one that is trusted, the macaroon in a header. Bounded in time and in bytes.
 *
 * Source: lnd 0.20, docs/rest and docs/macaroons.md.
 */

import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { bytesToHex, textFromUtf8 } from '@atomicity/kernel/codec/bytes';
import {
  type JsonObject,
  type JsonValue,
  parseAnyJson,
} from '@atomicity/kernel/codec/canonical-json';
import { hasDuplicateKey } from '@atomicity/kernel/codec/duplicate-keys';
import { RailError, type RailErrorCode, type RailFacts } from '../port.ts';

export type LndAddress = {
  /** `https://host:port`, nothing after it. */
  readonly url: string;
  /** The node's `tls.cert`, PEM, at most 64 KiB. */
  readonly certificateFile: string;
  /** A macaroon as lnd writes it, in bytes, at most 4 KiB. */
  readonly macaroonFile: string;
};

export type LndRequest = {
  readonly method: 'GET' | 'POST';
  /** With its query. */
  readonly path: string;
  readonly body?: JsonObject;
  /** True if the node may have acted although no answer came. */
  readonly changes: boolean;
  /** For the whole exchange, 1 … 86,400,000. */
  readonly timeoutMs: number;
};

export type LndAnswer = { readonly status: number; readonly json: JsonValue };

/** The history of a payment is in its answer, with every attempt. */
const ANSWER_SIZE_BYTES_MAX = 8 * 1024 * 1024;
const CERTIFICATE_SIZE_BYTES_MAX = 64 * 1024;
const MACAROON_SIZE_BYTES_MAX = 4 * 1024;
/** Source: macaroons, binary format, version 2. */
const MACAROON_VERSION = 2;

/** Codes with which the machine or the TLS layer says that the node is not the one that was asked for. */
const NOT_THE_NODE = /^(ERR_TLS_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;

function readSmallFile(field: string, path: string, sizeBytesMax: number): Buffer {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new Error(`${field}: ${path} cannot be read`, { cause });
  }
  if (bytes.length === 0 || bytes.length > sizeBytesMax) {
    throw new RangeError(`${field}: ${path} must hold 1 … ${sizeBytesMax} bytes`);
  }
  return bytes;
}

function readCertificate(path: string): string {
  const pem = readSmallFile('certificateFile', path, CERTIFICATE_SIZE_BYTES_MAX).toString('latin1');
  try {
    new X509Certificate(pem);
  } catch {
    // The cause would quote the file, which may be a key.
    throw new RangeError(`certificateFile: ${path} holds no certificate in PEM`);
  }
  return pem;
}

function readMacaroon(path: string): string {
  const bytes = readSmallFile('macaroonFile', path, MACAROON_SIZE_BYTES_MAX);
  if (bytes[0] !== MACAROON_VERSION) {
    throw new RangeError(`macaroonFile: ${path} is no macaroon in bytes, as lnd writes it`);
  }
  return bytesToHex(bytes);
}

function readUrl(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== 'https:' || parsed.origin !== url.replace(/\/$/, '')) {
    throw new RangeError('url: must be https://host:port and nothing more');
  }
  return parsed;
}

/** Whether a request may have reached the node: nothing is written before the node has shown who it is. */
type Progress = { mayHaveArrived: boolean };

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';
}

export class LndConnection {
  /** What errors and labels call the node. */
  readonly origin: string;
  readonly #url: URL;
  readonly #certificate: string;
  readonly #macaroon: string;
  // Never an idle connection: one that the node has closed meanwhile takes a request and answers nothing.
  readonly #agent = new Agent({ keepAlive: false });

  /**
   * Reads both files, once.
   *
   * @throws {RangeError | Error} naming the field, if a file or the address is unusable.
   */
  constructor(address: LndAddress) {
    this.#url = readUrl(address.url);
    this.origin = this.#url.origin;
    this.#certificate = readCertificate(address.certificateFile);
    this.#macaroon = readMacaroon(address.macaroonFile);
  }

  /** Asks and reads the whole answer, of whatever status. @throws {RailError} if none came or no JSON. */
  async ask(request: LndRequest, signal: AbortSignal): Promise<LndAnswer> {
    let last: LndAnswer | undefined;
    for await (const answer of this.stream(request, signal)) {
      if (last !== undefined) throw this.#unusable(request, 'two answers to one question');
      last = answer;
    }
    if (last === undefined) throw this.#unusable(request, 'an empty answer');
    return last;
  }

  /**
   * Asks and yields the answer's lines as they come, each a JSON value; leaving the loop hangs up.
   *
   * @throws {RailError} `not_applied` if nothing can have arrived or the request changes nothing, otherwise
   *   `unknown`.
   */
  async *stream(request: LndRequest, signal: AbortSignal): AsyncGenerator<LndAnswer> {
    const timeout = AbortSignal.timeout(request.timeoutMs);
    const progress: Progress = { mayHaveArrived: false };
    const hangUp = new AbortController();
    const stop = AbortSignal.any([signal, timeout, hangUp.signal]);
    try {
      const response = await this.#send(request, progress, stop);
      for await (const line of linesOf(response)) {
        const text = textFromUtf8(line);
        const parsed = text === undefined ? undefined : parseAnyJson(text);
        if (text === undefined || parsed === undefined || hasDuplicateKey(text)) {
          throw this.#unusable(request, 'the answer is not JSON', response.statusCode);
        }
        yield { status: response.statusCode ?? 0, json: parsed.value };
      }
    } catch (cause) {
      if (cause instanceof RailError) throw cause;
      if (cause instanceof AnswerTooLarge) throw this.#unusable(request, cause.message);
      throw this.#failed(request, progress, { timeout, signal, cause });
    } finally {
      hangUp.abort();
    }
  }

  #send(request: LndRequest, progress: Progress, stop: AbortSignal): Promise<IncomingMessage> {
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    stop.throwIfAborted();
    const sent = httpsRequest(new URL(request.path, this.#url), {
      method: request.method,
      agent: this.#agent,
      ca: this.#certificate,
      signal: stop,
      headers: {
        'grpc-metadata-macaroon': this.#macaroon,
        'user-agent': 'atomicity',
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      },
    });
    sent.on('socket', (socket) => {
      (socket as TLSSocket).once('secureConnect', () => {
        progress.mayHaveArrived = true;
      });
    });
    sent.once('response', resolve);
    sent.on('error', reject);
    sent.end(body);
    return promise;
  }

  /** An error about this node. */
  error(
    code: RailErrorCode,
    shortMessage: string,
    outcome: RailError['outcome'],
    more: { readonly facts?: RailFacts; readonly cause?: unknown } = {},
  ): RailError {
    const facts = { node: this.origin, ...more.facts };
    return new RailError({ code, shortMessage, outcome, facts, cause: more.cause });
  }

  #unusable({ changes, path }: LndRequest, what: string, status = 0): RailError {
    const outcome = changes ? 'unknown' : 'not_applied';
    return this.error('rail_answer_unusable', `lnd: ${what}`, outcome, {
      facts: { call: withoutQuery(path), status },
    });
  }

  #failed(
    { changes, path }: LndRequest,
    { mayHaveArrived }: Progress,
    end: { readonly timeout: AbortSignal; readonly signal: AbortSignal; readonly cause: unknown },
  ): RailError {
    const outcome = changes && mayHaveArrived ? 'unknown' : 'not_applied';
    const call = withoutQuery(path);
    if (end.signal.aborted) {
      return this.error('rail_unreachable', 'lnd: stopped while asking', outcome, {
        facts: { call },
      });
    }
    if (end.timeout.aborted) {
      return this.error('rail_timeout', 'lnd gave no whole answer in time', outcome, {
        facts: { call },
      });
    }
    const reason = codeOf(end.cause) || 'connection_lost';
    const { cause } = end;
    if (!mayHaveArrived && NOT_THE_NODE.test(reason)) {
      const message = 'lnd shows another certificate than the one of certificateFile';
      return this.error('rail_refused', message, outcome, { facts: { call, reason }, cause });
    }
    const message = mayHaveArrived ? 'lnd gave no whole answer' : 'lnd is not reached';
    return this.error('rail_unreachable', message, outcome, { facts: { call, reason }, cause });
  }
}

function withoutQuery(path: string): string {
  return path.replace(/\?.*$/, '');
}

class AnswerTooLarge extends Error {
  override readonly message = `the answer is over ${ANSWER_SIZE_BYTES_MAX} bytes`;
}

const NEWLINE = 10;

/** Lines that are not empty; what stands after the last newline is one too, if the answer ended properly. */
async function* linesOf(response: IncomingMessage): AsyncGenerator<Uint8Array> {
  let rest: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > ANSWER_SIZE_BYTES_MAX) throw new AnswerTooLarge();
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      const line = Buffer.concat([...rest, chunk.subarray(from, at)]);
      rest = [];
      from = at + 1;
      if (line.length > 0) yield line;
    }
    if (from < chunk.length) rest.push(chunk.subarray(from));
  }
  if (rest.length > 0) yield Buffer.concat(rest);
}
