/**
 * The stand-in chain over HTTP, as an Esplora server and as a Bitcoin node answer. Loopback only: whoever mounts
 * it listens there. Every answer says what it is.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { bytesToHex } from '@atomicity/kernel/codec/bytes';
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseAnyJson,
} from '@atomicity/kernel/codec/canonical-json';
import { LOCAL_BITCOIN_LABEL, type LocalBitcoin } from './local-bitcoin.ts';

export type LocalBitcoinServerOptions = {
  readonly chain: LocalBitcoin;
  /** `user:password` for the calls of a Bitcoin node; without it there are none. */
  readonly cookie?: string;
};

const CALL_SIZE_BYTES_MAX = 4_096;

type Said = { readonly status: number; readonly text: string };

function esplora(chain: LocalBitcoin, path: string): Said {
  if (path === '/blocks/tip/height') return { status: 200, text: String(chain.height) };
  const [, height] = /^\/block-height\/(\d{1,9})$/.exec(path) ?? [];
  if (height !== undefined) {
    const block = chain.blockAt(Number(height));
    return block === undefined
      ? { status: 404, text: 'Block not found' }
      : { status: 200, text: block.hash };
  }
  const [, hash = ''] = /^\/block\/([0-9a-f]{64})\/header$/.exec(path) ?? [];
  const block = chain.blockOf(hash);
  return block === undefined
    ? { status: 404, text: 'Block not found' }
    : { status: 200, text: bytesToHex(block.header) };
}

type Failed = { readonly code: number; readonly message: string };

function call(chain: LocalBitcoin, method: JsonValue, params: JsonValue): JsonValue | Failed {
  const [first, second] = Array.isArray(params) ? (params as readonly JsonValue[]) : [];
  if (method === 'getblockcount') return chain.height;
  if (method === 'getblockhash') {
    const block = typeof first === 'number' ? chain.blockAt(first) : undefined;
    return block?.hash ?? { code: -8, message: 'Block height out of range' };
  }
  if (method === 'getblockheader' && second === false) {
    const block = chain.blockOf(String(first));
    if (block === undefined) return { code: -5, message: 'Block not found' };
    return bytesToHex(block.header);
  }
  return { code: -32601, message: 'Method not found' };
}

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > CALL_SIZE_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function answerCall(
  { chain, cookie }: LocalBitcoinServerOptions,
  request: IncomingMessage,
): Promise<Said> {
  const wanted = `Basic ${Buffer.from(cookie ?? '').toString('base64')}`;
  if (cookie === undefined || request.headers.authorization !== wanted) {
    return { status: 401, text: '' };
  }
  const text = await bodyOf(request);
  const asked = text === undefined ? undefined : parseAnyJson(text)?.value;
  if (!isJsonObject(asked)) return { status: 400, text: 'a call is a JSON object' };
  const { id = null, method = null, params = null } = asked;
  const outcome = call(chain, method, params);
  const isFailure = typeof outcome === 'object';
  const answer: JsonObject = isFailure
    ? { result: null, error: outcome as JsonObject, id }
    : { result: outcome, error: null, id };
  return { status: isFailure ? 500 : 200, text: JSON.stringify(answer) };
}

/** A handler for `node:http`: `GET /block-height/…`, `/block/…/header`, `/blocks/tip/height`, and `POST /`. */
export function localBitcoinHandler(
  options: LocalBitcoinServerOptions,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    const path = request.url ?? '';
    let said: Said = { status: 404, text: 'not found' };
    if (request.method === 'GET') said = esplora(options.chain, path);
    else if (request.method === 'POST' && path === '/') said = await answerCall(options, request);
    response.writeHead(said.status, {
      'content-type': request.method === 'POST' ? 'application/json' : 'text/plain',
      'x-chain': LOCAL_BITCOIN_LABEL,
      connection: 'close',
    });
    response.end(said.text);
  };
}
