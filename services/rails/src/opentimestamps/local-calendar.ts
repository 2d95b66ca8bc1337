/**
 * The local calendar: a stand-in for a public calendar, for running without a network.
 *
 * It is a fake and says so. What it promises, only this machine has promised: its proofs prove
 * nothing to outsiders and never become Bitcoin attestations outside of tests.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { rootToDisplay } from './bitcoin.ts';
import { encodeTimestamp } from './encode.ts';
import { applyOperation } from './evaluate.ts';
import type { Operation, Timestamp } from './proof.ts';

/** What it is called wherever it shows. */
export const LOCAL_CALENDAR_LABEL = 'local calendar: proves nothing to outsiders';
/** The URI inside its pending attestations. It is no address: nobody can be sent there. */
export const LOCAL_CALENDAR_URI = 'local-calendar:proves-nothing-to-outsiders';

/** True for the URI of a pending attestation that only a local calendar made. */
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
}

const SHA256: Operation = { kind: 'sha256' };
const NONCE_SIZE_BYTES = 8;
const DIGEST_SIZE_BYTES_MAX = 64;
const CONTENT_TYPE = 'application/vnd.opentimestamps.v1';
const DIGEST_PATTERN = /^(?:[0-9a-f]{2}){1,64}$/;

type Step = { readonly operation: Operation };

function chain(steps: readonly Step[], end: Timestamp): Timestamp {
  return steps.reduceRight<Timestamp>(
    (next, { operation }) => ({ attestations: [], branches: [{ operation, next }] }),
    end,
  );
}

function hashedTwice(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(sha256(concatBytes(left, right)));
}

/** One level of a Merkle tree as Bitcoin builds it: an odd last node is paired with itself. */
function parents(level: readonly Uint8Array[]): Uint8Array[] {
  const next: Uint8Array[] = [];
  for (let index = 0; index < level.length; index += 2) {
    const left = level[index];
    if (left !== undefined) next.push(hashedTwice(left, level[index + 1] ?? left));
  }
  return next;
}

function merklePath(leaves: readonly Uint8Array[], leafIndex: number): Step[] {
  const steps: Step[] = [];
  let index = leafIndex;
  for (let level = leaves; level.length > 1; level = parents(level)) {
    const sibling = level[index ^ 1] ?? level[index];
    if (sibling === undefined) throw new RangeError('leaf index out of range');
    const kind = index % 2 === 0 ? 'append' : 'prepend';
    steps.push({ operation: { kind, argument: sibling } }, { operation: SHA256 });
    steps.push({ operation: SHA256 });
    index >>= 1;
  }
  return steps;
}

function merkleRoot(leaves: readonly Uint8Array[]): Uint8Array {
  let level = leaves;
  while (level.length > 1) level = parents(level);
  const root = level[0];
  if (root === undefined) throw new RangeError('nothing to confirm');
  return root;
}

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
  /** Commitment → upgraded timestamp, undefined while pending. */
  readonly #commitments = new Map<string, Timestamp | undefined>();

  constructor(store: DigestStore, basePath: string) {
    this.#store = store;
    this.#basePath = basePath.replace(/\/+$/, '');
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
    const pending = [...this.#commitments].flatMap(([key, known]) => (known ? [] : [key]));
    const leaves = pending.map((key) => hexToBytes(key));
    const root = merkleRoot(leaves);
    const end: Timestamp = { attestations: [{ kind: 'bitcoin', height }], branches: [] };
    pending.forEach((key, index) => {
      this.#commitments.set(key, chain(merklePath(leaves, index), end));
    });
    return { height, merkleRoot: rootToDisplay(root) };
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
    const known = this.#commitments.get(key);
    return known === undefined
      ? this.#say(response, 404, `pending for ever - ${LOCAL_CALENDAR_LABEL.replace(':', ',')}`)
      : this.#give(response, known);
  }

  #steps(digest: Uint8Array): readonly [Step, Step] {
    const material = concatBytes(utf8ToBytes('atomicity/LocalCalendarNonce/v1\0'), digest);
    const argument = sha256(material).subarray(0, NONCE_SIZE_BYTES);
    return [{ operation: { kind: 'append', argument } }, { operation: SHA256 }];
  }

  #promise(digest: Uint8Array): Timestamp {
    return chain(this.#steps(digest), {
      attestations: [{ kind: 'pending', uri: LOCAL_CALENDAR_URI }],
      branches: [],
    });
  }

  #remember(digest: Uint8Array): void {
    const commitment = this.#steps(digest).reduce(
      (message, { operation }) => applyOperation(operation, message),
      digest,
    );
    this.#known.add(bytesToHex(digest));
    this.#commitments.set(bytesToHex(commitment), undefined);
  }

  #give(response: ServerResponse, timestamp: Timestamp): void {
    response.writeHead(200, { 'content-type': CONTENT_TYPE, 'x-calendar': LOCAL_CALENDAR_LABEL });
    response.end(encodeTimestamp(timestamp));
  }

  #say(response: ServerResponse, status: number, text: string): void {
    response.writeHead(status, {
      'content-type': 'text/plain; charset=utf-8',
      'x-calendar': LOCAL_CALENDAR_LABEL,
      connection: 'close',
    });
    response.end(text);
  }
}

/**
 * Makes a local calendar for `node:http`.
 *
 * @param options.basePath path under which the handler is mounted, e.g. `/local-calendar`.
 */
export function localCalendar(options: {
  readonly store?: DigestStore;
  readonly basePath?: string;
}): LocalCalendar {
  return new InProcessLocalCalendar(options.store ?? memoryDigestStore(), options.basePath ?? '');
}
