/**
 * What every source of block headers must do, whichever server is behind it, and whatever that server does
 * wrong. Both adapters pass the same suite over the same stand-in chain.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { REGTEST_EASIEST_BITS } from './block-header.ts';
import type { BlockHeaders } from './block-headers.ts';
import { startServer, type TestServer } from './calendar-server.ts';
import type { HeaderRules } from './checked-headers.ts';
import { LocalBitcoin } from './local-bitcoin.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

export type HeadersUnderTest = {
  /** The source over a server at this address. */
  readonly open: (
    url: string,
    rules: HeaderRules & { readonly timeoutMs?: number },
  ) => BlockHeaders;
  /** The server as it should be. */
  readonly serve: (chain: LocalBitcoin) => Handler;
  /** The same server with its answer to a question for a header changed: digits in, digits out. */
  readonly withHeader: (chain: LocalBitcoin, change: (digits: string) => string) => Handler;
};

const never = new AbortController().signal;
const RULES: HeaderRules = { easiestBits: REGTEST_EASIEST_BITS, confirmations: 3 };
const UNUSABLE = { name: 'RailError', code: 'rail_answer_unusable', outcome: 'not_applied' };
const answering =
  (status: number, body: string | Uint8Array): Handler =>
  (_request, response) => {
    response.writeHead(status, { location: '/elsewhere', connection: 'close' });
    response.end(body);
  };

/** Runs the suite over an adapter. */
export function describeBlockHeadersContract(name: string, world: HeadersUnderTest): void {
  describe(`block headers: ${name}`, () => {
    let chain: LocalBitcoin;
    let handle: Handler;
    let server: TestServer;
    let asked: number;
    beforeEach(async () => {
      chain = new LocalBitcoin();
      chain.mineMore(6, 1_700_000_000);
      asked = 0;
      handle = world.serve(chain);
      server = await startServer((request, response) => {
        asked += 1;
        return handle(request, response);
      });
    });
    afterEach(() => server.close());
    const open = (rules: HeaderRules & { readonly timeoutMs?: number } = {}) =>
      world.open(server.url, { ...RULES, ...rules });

    it('gives the Merkle root of a block that is deep enough, and asks nobody again', async () => {
      const headers = open();
      const root = chain.blockAt(4)?.merkleRoot;
      expect(await headers.merkleRootAt(4, never)).toBe(root);
      const before = asked;
      expect(await headers.merkleRootAt(4, never)).toBe(root);
      expect(asked).toBe(before);
    });

    it('knows no block that is not deep enough yet, and none that is not there', async () => {
      const headers = open();
      for (const height of [5, 6, 7, 2 ** 31, Number.MAX_SAFE_INTEGER, -1, 0.5]) {
        expect(await headers.merkleRootAt(height, never), String(height)).toBeUndefined();
      }
      chain.mine(1_700_010_000);
      expect(await headers.merkleRootAt(5, never)).toBe(chain.blockAt(5)?.merkleRoot);
    });

    it('does not call a block final that a reorganisation takes away', async () => {
      const headers = open();
      const left = chain.blockAt(5)?.merkleRoot;
      expect(await headers.merkleRootAt(5, never)).toBeUndefined();
      chain.reorganise(3, 1_700_020_000);
      const root = await headers.merkleRootAt(5, never);
      expect(root).toBe(chain.blockAt(5)?.merkleRoot);
      expect(root).not.toBe(left);
    });

    it('notices a reorganisation between two questions of one look-up', async () => {
      let headersAsked = 0;
      handle = world.withHeader(chain, (digits) => {
        headersAsked += 1;
        if (headersAsked === 3) chain.reorganise(4, 1_700_030_000);
        return digits;
      });
      const headers = open();
      await expect(headers.merkleRootAt(4, never)).rejects.toMatchObject(UNUSABLE);
      expect(await headers.merkleRootAt(4, never)).toBe(chain.blockAt(4)?.merkleRoot);
    });

    it('remembers no more blocks than it was told', async () => {
      const headers = open({ cacheSize: 1 });
      for (const height of [1, 2, 1]) await headers.merkleRootAt(height, never);
      const before = asked;
      await headers.merkleRootAt(1, never);
      expect(asked).toBe(before);
      await headers.merkleRootAt(2, never);
      expect(asked).toBeGreaterThan(before);
    });

    const damaged: readonly (readonly [string, (digits: string) => string])[] = [
      [
        'the header of another block',
        () => Buffer.from(chain.blockAt(1)?.header ?? []).toString('hex'),
      ],
      ['a truncated header', (digits) => digits.slice(0, -2)],
      ['a header that is too long', (digits) => `${digits}00`],
      [
        'another Merkle root',
        (digits) => `${digits.slice(0, 72)}${'00'.repeat(32)}${digits.slice(136)}`,
      ],
      ['a header in upper case', (digits) => digits.toUpperCase()],
      [
        'the bytes in the reverse order',
        (digits) => Buffer.from(digits, 'hex').reverse().toString('hex'),
      ],
    ];
    it.each(damaged)('refuses %s', async (_name, change) => {
      handle = world.withHeader(chain, change);
      await expect(open().merkleRootAt(4, never)).rejects.toMatchObject(UNUSABLE);
    });

    it('refuses headers with less work than the network has', async () => {
      const headers = world.open(server.url, { confirmations: 3 });
      await expect(headers.merkleRootAt(4, never)).rejects.toMatchObject({
        ...UNUSABLE,
        facts: { work: 'target_too_easy', height: 6 },
      });
    });

    const wrong: readonly (readonly [string, Handler, string, RegExp])[] = [
      ['404 to everything', answering(404, ''), 'rail_refused', /./],
      ['500', answering(500, 'no'), 'rail_refused', /./],
      ['503', answering(503, ''), 'rail_refused', /./],
      ['401', answering(401, ''), 'rail_refused', /./],
      ['a redirect', answering(302, ''), 'rail_refused', /redirects/],
      ['nothing in an answer', answering(200, ''), 'rail_answer_unusable', /./],
      ['a page', answering(200, '<html>'), 'rail_answer_unusable', /./],
      [
        'a megabyte',
        answering(200, 'a'.repeat(1_000_000)),
        'rail_answer_unusable',
        /over \d+ bytes/,
      ],
      ['a closed connection', (_request, response) => response.destroy(), 'rail_unreachable', /./],
      ['silence', () => undefined, 'rail_timeout', /./],
    ];
    it.each(wrong)(
      'says what is wrong when the server answers with %s',
      async (_name, bad, code, says) => {
        handle = bad;
        // Only the server that says nothing comes to the limit; the others answer at once.
        const timeoutMs = code === 'rail_timeout' ? 1 : 60_000;
        await expect(open({ timeoutMs }).merkleRootAt(4, never)).rejects.toMatchObject({
          name: 'RailError',
          code,
          outcome: 'not_applied',
          shortMessage: expect.stringMatching(says),
        });
        expect(asked).toBeLessThanOrEqual(2);
      },
    );

    it('stops when it is told to, and when nobody listens', async () => {
      await expect(open().merkleRootAt(4, AbortSignal.abort())).rejects.toMatchObject({
        code: 'rail_unreachable',
      });
      await server.close();
      await expect(open().merkleRootAt(4, never)).rejects.toMatchObject({
        code: 'rail_unreachable',
      });
      server = await startServer(() => undefined);
    });

    it.each([
      [{ confirmations: 0 }, 'confirmations'],
      [{ confirmations: 145 }, 'confirmations'],
      [{ cacheSize: -1 }, 'cacheSize'],
      [{ easiestBits: 0 }, 'easiestBits'],
      [{ timeoutMs: 0 }, 'timeoutMs'],
    ])('refuses %j', (rules, field) => {
      expect(() => open(rules)).toThrow(field);
    });

    it.each([
      ['ftp://127.0.0.1', 'http or https'],
      ['http://user:secret@127.0.0.1', 'credentials'],
      ['http://127.0.0.1/?a', 'no query'],
      ['http://example.org', 'allowPlainHttp'],
      ['http://127.0.0.1.example.org', 'allowPlainHttp'],
      ['nonsense', 'http or https'],
    ])('refuses %s as an address', (url, rule) => {
      expect(() => world.open(url, RULES)).toThrow(rule);
    });
  });
}
