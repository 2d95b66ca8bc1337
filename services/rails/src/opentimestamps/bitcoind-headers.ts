/**
 * Block headers from a Bitcoin node of one's own, over JSON-RPC: Bitcoin Core, or btcd with its certificate.
 *
 * The secret is a file that is read for every request, as Bitcoin Core writes another cookie at each start. It
 * is in no error, log or label.
 *
 * Source: Bitcoin Core RPC `getblockhash`, `getblockheader`; doc/JSON-RPC-interface.md. btcd, docs/json_rpc_api.md.
 */

import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { hexToBytes, textFromUtf8 } from '@atomicity/kernel/codec/bytes';
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseAnyJson,
} from '@atomicity/kernel/codec/canonical-json';
import type { RailError, RailErrorCode, RailFacts } from '../port.ts';
import type { BlockHeaders } from './block-headers.ts';
import {
  type AddressRules,
  boundedRequest,
  checkTimeout,
  readAddress,
  sourceError,
} from './bounded-request.ts';
import { type ChainReader, checkedHeaders, type HeaderRules } from './checked-headers.ts';

/** Where the secret is; never the secret itself. */
export type BitcoindCredentials =
  /** Bitcoin Core's `.cookie`: one line, `user:password`. */
  | { readonly kind: 'cookie'; readonly cookieFile: string }
  /** A name, and a file whose only line is the password. */
  | { readonly kind: 'password'; readonly user: string; readonly passwordFile: string };

export type BitcoindOptions = HeaderRules &
  AddressRules & {
    /** As `http://127.0.0.1:8332`. */
    readonly url: string;
    readonly credentials: BitcoindCredentials;
    /** PEM file of the only certificate that is trusted, as btcd makes one; for https. */
    readonly certificateFile?: string;
    /** For one request, 1 … 300,000 ms; 10,000 unless said. */
    readonly timeoutMs?: number;
  };

const ANSWER_SIZE_BYTES_MAX = 4_096;
const SECRET_SIZE_BYTES_MAX = 1_024;
const CERTIFICATE_SIZE_BYTES_MAX = 65_536;
const HASH_PATTERN = /^[0-9a-f]{64}$/;
const HEADER_PATTERN = /^[0-9a-f]{160}$/;
/** "Block height out of range": -8 of Bitcoin Core (invalid parameter), -1 of btcd. */
const OUT_OF_RANGE_CODES = new Set<JsonValue>([-8, -1]);
const CALL_ID = 'atomicity';

type RpcAnswer =
  | { readonly kind: 'result'; readonly result: JsonValue }
  | { readonly kind: 'error'; readonly code: number; readonly message: string };

function readCertificate(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  let pem: string;
  try {
    pem = readFileSync(path, 'latin1');
  } catch (cause) {
    throw new Error(`certificateFile: ${path} cannot be read`, { cause });
  }
  if (pem.length > CERTIFICATE_SIZE_BYTES_MAX || !pem.includes('-----BEGIN CERTIFICATE-----')) {
    throw new RangeError(`certificateFile: ${path} holds no certificate in PEM`);
  }
  return pem;
}

function checkCredentials(credentials: BitcoindCredentials): void {
  if (credentials.kind === 'password' && !/^[!-9;-~]{1,128}$/.test(credentials.user)) {
    throw new RangeError('credentials/user: must be 1 … 128 printable characters without a colon');
  }
}

function errorIn(value: JsonValue | undefined): { code: number; message: string } | undefined {
  if (value === null || value === undefined) return undefined;
  const { code, message } = isJsonObject(value) ? value : {};
  return {
    code: typeof code === 'number' ? code : 0,
    // Of the node's own words only what cannot disturb a log.
    message: String(message ?? '')
      .slice(0, 120)
      .replace(/[^A-Za-z0-9 .,:()-]/g, '_'),
  };
}

class BitcoindReader implements ChainReader {
  readonly name: string;
  readonly #url: URL;
  readonly #credentials: BitcoindCredentials;
  readonly #certificate: string | undefined;
  readonly #timeoutMs: number;

  constructor(options: BitcoindOptions) {
    this.#url = readAddress('url', options.url, options);
    this.name = this.#url.origin;
    this.#timeoutMs = checkTimeout(options.timeoutMs ?? 10_000);
    this.#certificate = readCertificate(options.certificateFile);
    checkCredentials(options.credentials);
    this.#credentials = options.credentials;
  }

  async hashAt(height: number, signal: AbortSignal): Promise<string | undefined> {
    const answer = await this.#call('getblockhash', [height], signal);
    if (answer.kind === 'result') return this.#digits(answer.result, HASH_PATTERN, 'getblockhash');
    if (OUT_OF_RANGE_CODES.has(answer.code) && /out of range/i.test(answer.message))
      return undefined;
    throw this.#refused('getblockhash', answer);
  }

  async headerOf(hash: string, signal: AbortSignal): Promise<Uint8Array> {
    const answer = await this.#call('getblockheader', [hash, false], signal);
    if (answer.kind === 'error') throw this.#refused('getblockheader', answer);
    return hexToBytes(this.#digits(answer.result, HEADER_PATTERN, 'getblockheader'));
  }

  #digits(value: JsonValue, pattern: RegExp, call: string): string {
    if (typeof value === 'string' && pattern.test(value)) return value;
    throw this.#error('rail_answer_unusable', 'the answer has not its form', { call });
  }

  async #call(
    method: string,
    params: readonly JsonValue[],
    signal: AbortSignal,
  ): Promise<RpcAnswer> {
    const call: JsonObject = { jsonrpc: '1.0', id: CALL_ID, method, params };
    const { status, bytes } = await boundedRequest(
      this.name,
      {
        method: 'POST',
        url: this.#url,
        headers: {
          'content-type': 'application/json',
          authorization: `Basic ${await this.#secret()}`,
        },
        body: JSON.stringify(call),
        certificate: this.#certificate,
        sizeBytesMax: ANSWER_SIZE_BYTES_MAX,
        timeoutMs: this.#timeoutMs,
      },
      signal,
    );
    if (status === 401 || status === 403) {
      throw this.#error('rail_refused', 'the node does not accept the credentials', { status });
    }
    // Bitcoin Core answers 500 when a call fails, and says why in the body.
    const text = textFromUtf8(bytes);
    const body = text === undefined ? undefined : parseAnyJson(text)?.value;
    if (!isJsonObject(body) || body['id'] !== CALL_ID) {
      const code = status === 200 ? 'rail_answer_unusable' : 'rail_refused';
      throw this.#error(code, 'the node gave no answer to the call', { call: method, status });
    }
    const error = errorIn(body['error']);
    if (error !== undefined) return { kind: 'error', ...error };
    return { kind: 'result', result: body['result'] ?? null };
  }

  /** `user:password` in base64. */
  async #secret(): Promise<string> {
    const credentials = this.#credentials;
    const path = credentials.kind === 'cookie' ? credentials.cookieFile : credentials.passwordFile;
    let bytes: Buffer;
    try {
      bytes = await readFile(path);
    } catch {
      // As before the node has started for the first time.
      throw this.#error('rail_refused', 'the file with the credentials cannot be read', { path });
    }
    const line = bytes.toString('latin1').replace(/\r?\n$/, '');
    const isLine = line.length > 0 && line.length <= SECRET_SIZE_BYTES_MAX && !/[\r\n]/.test(line);
    if (!isLine || (credentials.kind === 'cookie' && !line.includes(':'))) {
      throw this.#error('rail_refused', 'the file with the credentials has not its form', { path });
    }
    const pair = credentials.kind === 'cookie' ? line : `${credentials.user}:${line}`;
    return Buffer.from(pair, 'latin1').toString('base64');
  }

  #refused(call: string, { code, message }: { code: number; message: string }): RailError {
    return this.#error('rail_refused', 'the node refused the call', {
      call,
      rpcCode: code,
      answer: message,
    });
  }

  #error(code: RailErrorCode, shortMessage: string, facts: RailFacts): RailError {
    return sourceError(this.name, code, shortMessage, { facts });
  }
}

/**
 * Headers of one Bitcoin node, checked as if it were a stranger's.
 *
 * @throws {RangeError | Error} naming the option and the rule, also if the certificate cannot be read.
 */
export function bitcoindHeaders(options: BitcoindOptions): BlockHeaders {
  return checkedHeaders(new BitcoindReader(options), options);
}
