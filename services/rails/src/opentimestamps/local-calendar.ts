/**
 * The local calendar: a stand-in for a public calendar, for running without a network.
 *
 * It is a fake and says so. What it promises, only this machine has promised: its proofs prove
 * nothing to outsiders and never become Bitcoin attestations outside of tests. In a rehearsal it is given
 * a chain that is a stand-in too, confirms its promises there, and has another name.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { rootToDisplay } from './bitcoin.ts';
import { encodeTimestamp } from './encode.ts';
import { applyOperation } from './evaluate.ts';
import type { LocalBitcoin, LocalBlock } from './local-bitcoin.ts';
import {
  bitcoinPath,
  bitcoinRoot,
  calendarPath,
  calendarRoot,
  chainOf,
  SHA256,
} from './merkle-steps.ts';
import type { Operation, Timestamp } from './proof.ts';

/** What it is called wherever it shows. */
export const LOCAL_CALENDAR_LABEL = 'local calendar: proves nothing to outsiders';
/** The URI inside its pending attestations. It is no address: nobody can be sent there. */
export const LOCAL_CALENDAR_URI = 'local-calendar:proves-nothing-to-outsiders';

/** What it is called where it confirms into a stand-in chain. */
export const REHEARSAL_CALENDAR_LABEL =
  'rehearsal calendar on a stand-in chain: proves nothing to outsiders';
/** The URI inside its pending attestations then. */
export const REHEARSAL_CALENDAR_URI = 'rehearsal-calendar:stand-in-chain-proves-nothing';

/** True for the URI of a pending attestation that only a local calendar made, and never confirms. */
export function isLocalCalendarUri(uri: string): boolean {
  return uri === LOCAL_CALENDAR_URI;
}

/** Where the calendar keeps the digests that it was given. */
export interface DigestStore {
  /** Every digest so far, in order of arrival, as lower-case hex. */
  readonly digests: readonly string[];
  /** Adds a digest that is not there yet; durable when it returns. */
  add(digest: string): void;
}

/** Digests in memory: a restart forgets them. */
export function memoryDigestStore(): DigestStore {
  const digests: string[] = [];
  return { digests, add: (digest) => void digests.push(digest) };
}

/** A made-up block, for tests alone. */
export type MadeUpBlock = {
  readonly height: number;
  /** As explorers would print it, had it been a block. */
  readonly merkleRoot: string;
};

export interface LocalCalendar {
  /** Serves `POST <base>/digest`, `GET <base>/digest/<hex>` and `GET <base>/timestamp/<hex>`. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Accepts a digest of 1 … 64 bytes; a second time it gives the same answer and counts none. */
  submit(digest: Uint8Array): Timestamp;
  /** How many distinct digests were submitted. */
  countOfDigests(): number;
  /**
   * Puts everything submitted so far into one made-up block, so that tests can see an upgrade.
   * Not reachable over HTTP. A later call covers what came since.
   *
   * @throws {RangeError} if there is nothing new to confirm.
   */
  confirmForTests(height: number): MadeUpBlock;
  /**
   * Commits to everything that is in no block of the stand-in chain, in one transaction of a new block of it;
   * also to what a reorganisation has thrown out. Not reachable over HTTP.
   *
   * @param seconds time of the block, since the epoch.
   * @throws {RangeError} if there is nothing to confirm, or the calendar has no chain.
   */
  confirmInChain(seconds: number): LocalBlock;
}

/** A commitment's fate: undefined while pending. A made-up block is never reorganised. */
type Confirmed = { readonly timestamp: Timestamp; readonly block: LocalBlock | undefined };

const NONCE_SIZE_BYTES = 8;
const DIGEST_SIZE_BYTES_MAX = 64;
const CONTENT_TYPE = 'application/vnd.opentimestamps.v1';
const DIGEST_PATTERN = /^(?:[0-9a-f]{2}){1,64}$/;

async function readDigest(request: IncomingMessage): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request) {
    if (!(chunk instanceof Uint8Array)) return undefined;
    size += chunk.length;
    if (size > DIGEST_SIZE_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return size === 0 ? undefined : concatBytes(...chunks);
}

class InProcessLocalCalendar implements LocalCalendar {
  readonly #store: DigestStore;
  readonly #basePath: string;
  readonly #known = new Set<string>();
  readonly #commitments = new Map<string, Confirmed | undefined>();
  readonly #chain: LocalBitcoin | undefined;
  readonly #uri: string;
  readonly #label: string;

  constructor(store: DigestStore, basePath: string, chain: LocalBitcoin | undefined) {
    this.#store = store;
    this.#basePath = basePath.replace(/\/+$/, '');
    this.#chain = chain;
    this.#uri = chain === undefined ? LOCAL_CALENDAR_URI : REHEARSAL_CALENDAR_URI;
    this.#label = chain === undefined ? LOCAL_CALENDAR_LABEL : REHEARSAL_CALENDAR_LABEL;
    for (const digest of store.digests) this.#remember(hexToBytes(digest));
  }

  submit(digest: Uint8Array): Timestamp {
    const key = bytesToHex(digest);
    if (!DIGEST_PATTERN.test(key)) throw new RangeError('a digest has 1 … 64 bytes');
    if (!this.#known.has(key)) {
      this.#store.add(key); // Durable from here: the promise below will be kept.
      this.#remember(digest);
    }
    return this.#promise(digest);
  }

  countOfDigests(): number {
    return this.#known.size;
  }

  confirmForTests(height: number): MadeUpBlock {
    const pending = this.#pending();
    const leaves = pending.map((key) => hexToBytes(key));
    const root = bitcoinRoot(leaves);
    const end: Timestamp = { attestations: [{ kind: 'bitcoin', height }], branches: [] };
    pending.forEach((key, index) => {
      const timestamp = chainOf(bitcoinPath(leaves, index), end);
      this.#commitments.set(key, { timestamp, block: undefined });
    });
    return { height, merkleRoot: rootToDisplay(root) };
  }

  confirmInChain(seconds: number): LocalBlock {
    const chain = this.#chain;
    if (chain === undefined) throw new RangeError('this calendar has no stand-in chain');
    const pending = this.#pending();
    if (pending.length === 0) throw new RangeError('nothing to confirm');
    const leaves = pending.map((key) => hexToBytes(key));
    const root = calendarRoot(leaves);
    const block = chain.mine(seconds, [root]);
    const { height, operations } = chain.pathOf(block, root);
    const end: Timestamp = { attestations: [{ kind: 'bitcoin', height }], branches: [] };
    pending.forEach((key, index) => {
      const timestamp = chainOf([...calendarPath(leaves, index), ...operations], end);
      this.#commitments.set(key, { timestamp, block });
    });
    return block;
  }

  /** What is in no block, or in one that the chain has left. */
  #pending(): readonly string[] {
    return [...this.#commitments.keys()].filter((key) => this.#confirmed(key) === undefined);
  }

  #confirmed(key: string): Timestamp | undefined {
    const found = this.#commitments.get(key);
    const left = found?.block !== undefined && this.#chain?.isInChain(found.block) === false;
    return left ? undefined : found?.timestamp;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const path = pathname.startsWith(`${this.#basePath}/`)
      ? pathname.slice(this.#basePath.length)
      : '';
    if (request.method === 'POST' && path === '/digest') {
      const digest = await readDigest(request);
      if (digest === undefined) return this.#say(response, 400, 'a digest has 1 to 64 bytes');
      return this.#give(response, this.submit(digest));
    }
    const asked = /^\/(digest|timestamp)\/([0-9a-f]+)$/.exec(path);
    if (request.method !== 'GET' || asked === null) return this.#say(response, 404, 'not found');
    const [, what, key = ''] = asked;
    if (what === 'digest') {
      if (!this.#known.has(key)) return this.#say(response, 404, 'digest not submitted');
      return this.#give(response, this.#promise(hexToBytes(key)));
    }
    if (!this.#commitments.has(key)) return this.#say(response, 404, 'commitment not found');
    const known = this.#confirmed(key);
    const until = this.#chain === undefined ? 'pending for ever' : 'pending until the next block';
    return known === undefined
      ? this.#say(response, 404, `${until} - ${this.#label.replace(':', ',')}`)
      : this.#give(response, known);
  }

  #steps(digest: Uint8Array): readonly Operation[] {
    const material = concatBytes(utf8ToBytes('atomicity/LocalCalendarNonce/v1\0'), digest);
    const argument = sha256(material).subarray(0, NONCE_SIZE_BYTES);
    return [{ kind: 'append', argument }, SHA256];
  }

  #promise(digest: Uint8Array): Timestamp {
    return chainOf(this.#steps(digest), {
      attestations: [{ kind: 'pending', uri: this.#uri }],
      branches: [],
    });
  }

  #remember(digest: Uint8Array): void {
    const commitment = this.#steps(digest).reduce(
      (message, operation) => applyOperation(operation, message),
      digest,
    );
    this.#known.add(bytesToHex(digest));
    this.#commitments.set(bytesToHex(commitment), undefined);
  }

  #give(response: ServerResponse, timestamp: Timestamp): void {
    response.writeHead(200, { 'content-type': CONTENT_TYPE, 'x-calendar': this.#label });
    response.end(encodeTimestamp(timestamp));
  }

  #say(response: ServerResponse, status: number, text: string): void {
    response.writeHead(status, {
      'content-type': 'text/plain; charset=utf-8',
      'x-calendar': this.#label,
      connection: 'close',
    });
    response.end(text);
  }
}

/**
 * Makes a local calendar for `node:http`.
 *
 * @param options.basePath path under which the handler is mounted, e.g. `/local-calendar`.
 * @param options.chain for rehearsals alone: the stand-in chain that it confirms into; it is called
 *   `REHEARSAL_CALENDAR_LABEL` then.
 */
export function localCalendar(options: {
  readonly store?: DigestStore;
  readonly basePath?: string;
  readonly chain?: LocalBitcoin;
}): LocalCalendar {
  const { store = memoryDigestStore(), basePath = '', chain } = options;
  return new InProcessLocalCalendar(store, basePath, chain);
}
