/**
 * Block headers from servers that speak as Esplora does. They are public and unknown to us: every header is
 * checked, and several of them must agree where several are named.
 *
 * Source: Blockstream/esplora, API.md: `/block-height/:height`, `/block/:hash/header`, `/blocks/tip/height`.
 */

import { hexToBytes, textFromUtf8 } from '@atomicity/kernel/codec/bytes';
import type { RailErrorCode, RailFacts } from '../port.ts';
import { agreeingHeaders } from './agreeing-headers.ts';
import type { BlockHeaders } from './block-headers.ts';
import {
  type AddressRules,
  boundedRequest,
  checkTimeout,
  readAddress,
  sourceError,
} from './bounded-request.ts';
import { type ChainReader, checkedHeaders, type HeaderRules } from './checked-headers.ts';

export type EsploraOptions = HeaderRules &
  AddressRules & {
    /** 1 … 16 base addresses of different operators, as `https://blockstream.info/api`. */
    readonly urls: readonly string[];
    /** How many of them must agree: more than half; all unless said. */
    readonly quorum?: number;
    /** For one request, 1 … 300,000 ms; 10,000 unless said. */
    readonly timeoutMs?: number;
  };

const HASH_PATTERN = /^[0-9a-f]{64}$/;
const HEADER_PATTERN = /^[0-9a-f]{160}$/;
const HEIGHT_PATTERN = /^(0|[1-9][0-9]{0,9})$/;
/** The longest answer is a header in hex; what a refusal says is not read beyond that. */
const ANSWER_SIZE_BYTES_MAX = 1_024;

class EsploraReader implements ChainReader {
  readonly name: string;
  readonly #base: string;
  readonly #timeoutMs: number;

  constructor(base: URL, timeoutMs: number) {
    this.name = base.origin;
    this.#base = base.href.replace(/\/+$/, '');
    this.#timeoutMs = timeoutMs;
  }

  async hashAt(height: number, signal: AbortSignal): Promise<string | undefined> {
    const path = `/block-height/${height}`;
    const hash = await this.#text(path, HASH_PATTERN, signal);
    if (hash !== undefined) return hash;
    // A server that has no such path says 404 too: only the tip tells a short chain from a wrong address.
    const tip = await this.#text('/blocks/tip/height', HEIGHT_PATTERN, signal);
    if (tip === undefined)
      throw this.#error('rail_refused', 'no Esplora at this address', { path });
    if (Number(tip) < height) return undefined;
    throw this.#error('rail_answer_unusable', 'a block below the tip is missing', { height });
  }

  async headerOf(hash: string, signal: AbortSignal): Promise<Uint8Array> {
    const digits = await this.#text(`/block/${hash}/header`, HEADER_PATTERN, signal);
    if (digits !== undefined) return hexToBytes(digits);
    throw this.#error('rail_answer_unusable', 'a block of the chain has no header', { hash });
  }

  /** The answer, if it is of that form; undefined for 404. */
  async #text(path: string, pattern: RegExp, signal: AbortSignal): Promise<string | undefined> {
    const { status, bytes } = await boundedRequest(
      this.name,
      {
        method: 'GET',
        url: new URL(`${this.#base}${path}`),
        headers: { accept: 'text/plain' },
        sizeBytesMax: ANSWER_SIZE_BYTES_MAX,
        timeoutMs: this.#timeoutMs,
      },
      signal,
    );
    if (status === 404) return undefined;
    if (status !== 200) {
      throw this.#error('rail_refused', `the source answered ${status}`, { path, status });
    }
    const text = textFromUtf8(bytes);
    if (text !== undefined && pattern.test(text)) return text;
    throw this.#error('rail_answer_unusable', 'the answer has not its form', { path });
  }

  #error(code: RailErrorCode, shortMessage: string, facts: RailFacts) {
    return sourceError(this.name, code, shortMessage, { facts });
  }
}

/**
 * Headers of one or several Esplora servers, each checked by itself.
 *
 * @throws {RangeError} naming the option and the rule.
 */
export function esploraHeaders(options: EsploraOptions): BlockHeaders {
  const { urls, quorum, timeoutMs = 10_000 } = options;
  checkTimeout(timeoutMs);
  const bases = urls.map((url, index) => readAddress(`urls[${index}]`, url, options));
  if (new Set(bases.map(({ href }) => href)).size < bases.length) {
    throw new RangeError('urls: one server does not count twice');
  }
  const sources = bases.map((base) => checkedHeaders(new EsploraReader(base, timeoutMs), options));
  return agreeingHeaders({ sources, ...(quorum === undefined ? {} : { quorum }) });
}
