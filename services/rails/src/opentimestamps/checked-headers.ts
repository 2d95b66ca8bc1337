/**
 * Block headers that are not believed but checked: each is hashed here, carries the work that it asks for, and
 * is buried under so many others that a reorganisation of the usual depth cannot take it away.
 */

import { equalBytes } from '@atomicity/kernel/codec/bytes';
import type { RailFacts } from '../port.ts';
import { rootFromDisplay, rootToDisplay } from './bitcoin.ts';
import {
  BLOCK_HEADER_SIZE_BYTES,
  type BlockHeader,
  judgeWork,
  MAIN_NETWORK_EASIEST_BITS,
  readBlockHeader,
  targetOf,
} from './block-header.ts';
import type { BlockHeaders } from './block-headers.ts';
import { sourceError } from './bounded-request.ts';

/** What a server tells about its best chain; nothing in here is checked yet. */
export interface ChainReader {
  /** For people and errors: the origin, without credentials. */
  readonly name: string;
  /**
   * The hash of the block at a height of the best chain, as explorers print it; undefined if the chain is
   * not that long.
   *
   * @throws {RailError} outcome `not_applied`.
   */
  hashAt(height: number, signal: AbortSignal): Promise<string | undefined>;
  /** The bytes of the header of a block, by its hash as explorers print it. @throws {RailError} likewise. */
  headerOf(hash: string, signal: AbortSignal): Promise<Uint8Array>;
}

export type HeaderRules = {
  /** Blocks that a final one must be under, itself among them: 1 … 144; 6 unless said. */
  readonly confirmations?: number;
  /**
   * The easiest target that a header may ask for, in compact form. Unless said: difficulty 1 below height
   * 600,000, and above it difficulty 10^12; the main network has had more than ten times as much since. Other networks must name theirs: regtest has 0x207fffff.
   */
  readonly easiestBits?: number;
  /** How many final blocks are remembered, 0 … 100,000; 1,000 unless said. */
  readonly cacheSize?: number;
};

/** Bitcoin nodes count heights in 31 bits. */
const HEIGHT_MAX = 0x7fffffff;
const CONFIRMATIONS_MAX = 144;
const CACHE_SIZE_MAX = 100_000;
const HARDER_SINCE_HEIGHT = 600_000;
/** Difficulty 1.1 · 10^12; that of block 600,000, mined in October 2019, was 13 · 10^12. */
const HARDER_BITS = 0x1800ffff;

function checkRange(field: string, value: number, min: number, max: number): number {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`${field}: must be a whole number of ${min} … ${max}`);
  }
  return value;
}

class CheckedHeaders implements BlockHeaders {
  readonly #reader: ChainReader;
  readonly #confirmations: number;
  readonly #easiestBits: number | undefined;
  readonly #cacheSize: number;
  /** Height → Merkle root of a final block, the oldest entry first. */
  readonly #final = new Map<number, string>();

  constructor(reader: ChainReader, rules: HeaderRules) {
    const { confirmations = 6, easiestBits, cacheSize = 1_000 } = rules;
    this.#reader = reader;
    this.#confirmations = checkRange('confirmations', confirmations, 1, CONFIRMATIONS_MAX);
    this.#cacheSize = checkRange('cacheSize', cacheSize, 0, CACHE_SIZE_MAX);
    if (easiestBits !== undefined && targetOf(easiestBits) === undefined) {
      throw new RangeError('easiestBits: must be a target in compact form');
    }
    this.#easiestBits = easiestBits;
  }

  async merkleRootAt(height: number, signal: AbortSignal): Promise<string | undefined> {
    const known = this.#final.get(height);
    if (known !== undefined) return known;
    const topHeight = height + this.#confirmations - 1;
    if (!Number.isSafeInteger(height) || height < 0 || topHeight > HEIGHT_MAX) return undefined;
    let hash = await this.#reader.hashAt(topHeight, signal);
    if (hash === undefined) return undefined;
    // Downwards by what each header says of the one before, so that the depth is work and not a claim.
    let header = await this.#header(hash, topHeight, signal);
    for (let at = topHeight - 1; at >= height; at -= 1) {
      hash = rootToDisplay(header.previousHash);
      header = await this.#header(hash, at, signal);
    }
    // Asked last: servers keep the headers of branches that the chain has left meanwhile.
    if ((await this.#reader.hashAt(height, signal)) !== hash) {
      throw this.#unusable('another block is at that height than under the one above it', {
        height,
      });
    }
    const root = rootToDisplay(header.merkleRoot);
    this.#remember(height, root);
    return root;
  }

  async #header(hash: string, height: number, signal: AbortSignal): Promise<BlockHeader> {
    const wanted = rootFromDisplay(hash);
    if (wanted === undefined) throw this.#unusable('a block hash is not 64 hex digits', { height });
    const bytes = await this.#reader.headerOf(hash, signal);
    if (bytes.length !== BLOCK_HEADER_SIZE_BYTES) {
      throw this.#unusable('a header has not 80 bytes', { height, sizeBytes: bytes.length });
    }
    const header = readBlockHeader(bytes);
    if (!equalBytes(header.hash, wanted)) {
      throw this.#unusable('a header has another hash than its block', { height, hash });
    }
    const work = judgeWork(header, this.#easiestAt(height));
    if (work !== 'enough') {
      throw this.#unusable('a header has too little work', { height, hash, work });
    }
    return header;
  }

  #easiestAt(height: number): number {
    if (this.#easiestBits !== undefined) return this.#easiestBits;
    return height < HARDER_SINCE_HEIGHT ? MAIN_NETWORK_EASIEST_BITS : HARDER_BITS;
  }

  #remember(height: number, root: string): void {
    if (this.#cacheSize === 0) return;
    const [oldest] = this.#final.keys();
    if (this.#final.size >= this.#cacheSize && oldest !== undefined) this.#final.delete(oldest);
    this.#final.set(height, root);
  }

  #unusable(shortMessage: string, facts: RailFacts) {
    return sourceError(this.#reader.name, 'rail_answer_unusable', shortMessage, { facts });
  }
}

/**
 * Headers of one server, checked. A block that is not there, or not final, is `undefined`; a final one is
 * remembered, and a second call asks nobody. What the server could still do is withhold blocks, number a block
 * that has the work otherwise, or mine.
 *
 * @throws {RangeError} naming the rule that is out of range.
 */
export function checkedHeaders(reader: ChainReader, rules: HeaderRules = {}): BlockHeaders {
  return new CheckedHeaders(reader, rules);
}
