/**
 * A double of the public calendar server for tests. As that server does, it adds a random nonce to
 * every submission, so that a repeat gets another promise, and it has no question about digests.
 *
 * Source: opentimestamps-server, otsserver/rpc.py and calendar.py, as observed from outside.
 */

import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js';
import { bodyOf } from './calendar-server.ts';
import { encodeTimestamp } from './encode.ts';
import type { Timestamp } from './proof.ts';

export type PublicCalendarDouble = {
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** Every digest posted so far, repeats included, in order. */
  readonly posted: readonly string[];
  /** Puts what is pending into one block; returns its Merkle root in header byte order. */
  readonly confirm: (height: number) => Uint8Array;
};

const COINBASE = new TextEncoder().encode('not a transaction');

/** Makes the double; `uri` is what its pending attestations name. */
export function publicCalendarDouble(uri: string): PublicCalendarDouble {
  const posted: string[] = [];
  const commitments = new Map<string, Timestamp | undefined>();

  const promise = (digest: Uint8Array): Timestamp => {
    const argument = Uint8Array.from(randomBytes(16));
    commitments.set(bytesToHex(sha256(concatBytes(digest, argument))), undefined);
    const end: Timestamp = { attestations: [{ kind: 'pending', uri }], branches: [] };
    const hashed: Timestamp = {
      attestations: [],
      branches: [{ operation: { kind: 'sha256' }, next: end }],
    };
    return {
      attestations: [],
      branches: [{ operation: { kind: 'append', argument }, next: hashed }],
    };
  };

  return {
    posted,
    // One long message that holds every commitment, hashed once: shape does not matter here.
    confirm(height) {
      const pending = [...commitments].flatMap(([key, known]) => (known ? [] : [key]));
      const all = pending.map((key) => hexToBytes(key));
      const root = sha256(concatBytes(COINBASE, ...all));
      pending.forEach((key, index) => {
        const before = concatBytes(COINBASE, ...all.slice(0, index));
        const after = concatBytes(...all.slice(index + 1));
        const end: Timestamp = { attestations: [{ kind: 'bitcoin', height }], branches: [] };
        const hashed: Timestamp = {
          attestations: [],
          branches: [{ operation: { kind: 'sha256' }, next: end }],
        };
        const suffixed: Timestamp =
          after.length === 0
            ? hashed
            : {
                attestations: [],
                branches: [{ operation: { kind: 'append', argument: after }, next: hashed }],
              };
        commitments.set(key, {
          attestations: [],
          branches: [{ operation: { kind: 'prepend', argument: before }, next: suffixed }],
        });
      });
      return root;
    },
    async handle(request, response) {
      const url = request.url ?? '';
      if (request.method === 'POST' && url === '/digest') {
        const digest = await bodyOf(request);
        posted.push(bytesToHex(digest));
        response.end(encodeTimestamp(promise(digest)));
        return;
      }
      const key = url.startsWith('/timestamp/') ? url.slice('/timestamp/'.length) : '';
      const known = commitments.get(key);
      if (known !== undefined) {
        response.end(encodeTimestamp(known));
        return;
      }
      response.statusCode = 404;
      response.end(
        commitments.has(key)
          ? 'Pending confirmation in Bitcoin blockchain'
          : 'Commitment not found in calendar',
      );
    },
  };
}
