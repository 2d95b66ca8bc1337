// Goal: no header is believed unchecked, and no secret leaves its file. Method: the contract suite over both
// adapters and the stand-in chain, then what only one of them has.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { RailError } from '../port.ts';
import { agreeingHeaders } from './agreeing-headers.ts';
import { rootToDisplay } from './bitcoin.ts';
import { bitcoindHeaders } from './bitcoind-headers.ts';
import { REGTEST_EASIEST_BITS, readBlockHeader } from './block-header.ts';
import { type BlockHeaders, fixedBlockHeaders } from './block-headers.ts';
import { describeBlockHeadersContract } from './block-headers-contract.ts';
import { startServer, type TestServer } from './calendar-server.ts';
import { checkedHeaders } from './checked-headers.ts';
import { esploraHeaders } from './esplora-headers.ts';
import { LocalBitcoin } from './local-bitcoin.ts';
import { localBitcoinHandler } from './local-bitcoin-server.ts';
import { BLOCK_1 } from './reference-proofs.ts';

const folder = mkdtempSync(join(tmpdir(), 'atomicity-block-headers-'));
afterAll(() => rmSync(folder, { recursive: true }));
const never = new AbortController().signal;
const SECRET = 'not-for-logs';
const COOKIE = `__cookie__:${SECRET}`;
const cookieFile = join(folder, '.cookie');
writeFileSync(cookieFile, COOKIE);
const EASY = { easiestBits: REGTEST_EASIEST_BITS, confirmations: 1 };

/** The handler, with what it says to a question for a header changed. */
function changing(
  chain: LocalBitcoin,
  isHeader: (url: string, body: string) => boolean,
  change: (digits: string) => string,
): ReturnType<typeof localBitcoinHandler> {
  const handle = localBitcoinHandler({ chain, cookie: COOKIE });
  return (request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    const end = response.end.bind(response);
    response.end = ((text: string) => {
      if (!isHeader(request.url ?? '', body)) return end(text);
      return end(text.replace(/[0-9a-f]{160}/, (digits) => change(digits)));
    }) as typeof response.end;
    return handle(request, response);
  };
}

describeBlockHeadersContract('Esplora', {
  open: (url, rules) => esploraHeaders({ urls: [url], ...rules }),
  serve: (chain) => localBitcoinHandler({ chain }),
  withHeader: (chain, change) => changing(chain, (url) => url.endsWith('/header'), change),
});

describeBlockHeadersContract('a Bitcoin node', {
  open: (url, rules) =>
    bitcoindHeaders({ url, credentials: { kind: 'cookie', cookieFile }, ...rules }),
  serve: (chain) => localBitcoinHandler({ chain, cookie: COOKIE }),
  withHeader: (chain, change) => changing(chain, (_url, body) => body.includes('header'), change),
});

const servers: TestServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});
async function serving(handle: Parameters<typeof startServer>[0]): Promise<string> {
  const server = await startServer(handle);
  servers.push(server);
  return server.url;
}

describe('a Bitcoin node', () => {
  const failureOf = async (headers: BlockHeaders) => {
    const failure = await headers.merkleRootAt(1, never).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RailError);
    expect(inspect(failure, { depth: 9 })).not.toContain(SECRET);
    expect(inspect(failure, { depth: 9 })).not.toContain(Buffer.from(COOKIE).toString('base64'));
    return failure;
  };

  it('is asked with the cookie of its last start, which no error shows', async () => {
    const chain = new LocalBitcoin();
    chain.mine(1);
    const path = join(folder, 'restarted');
    const url = await serving(localBitcoinHandler({ chain, cookie: COOKIE }));
    const headers = bitcoindHeaders({
      url,
      credentials: { kind: 'cookie', cookieFile: path },
      ...EASY,
    });
    expect(await failureOf(headers)).toMatchObject({ code: 'rail_refused', facts: { path } });
    writeFileSync(path, `__cookie__:${SECRET}-of-another-start`);
    expect(await failureOf(headers)).toMatchObject({
      code: 'rail_refused',
      facts: { status: 401 },
    });
    writeFileSync(path, `${SECRET}\n${SECRET}`);
    expect(await failureOf(headers)).toMatchObject({ code: 'rail_refused', facts: { path } });
    writeFileSync(path, `${COOKIE}\n`);
    expect(await headers.merkleRootAt(1, never)).toBe(chain.blockAt(1)?.merkleRoot);
  });

  it('is asked with a name and a password from a file', async () => {
    const chain = new LocalBitcoin();
    chain.mine(1);
    const passwordFile = join(folder, 'password');
    writeFileSync(passwordFile, `${SECRET}\n`);
    const url = await serving(localBitcoinHandler({ chain, cookie: `me:${SECRET}` }));
    const open = (user: string) =>
      bitcoindHeaders({ url, credentials: { kind: 'password', user, passwordFile }, ...EASY });
    expect(await open('me').merkleRootAt(1, never)).toBe(chain.blockAt(1)?.merkleRoot);
    await failureOf(open('you'));
    expect(() => open('a:b')).toThrow('credentials/user');
  });

  // As btcd says it, and as a node does that is still starting.
  it.each([
    [{ code: -1, message: 'Block number out of range' }, undefined],
    [{ code: -8, message: 'Block height out of range' }, undefined],
    [{ code: -28, message: 'Loading block index…\u001b[31m' }, 'rail_refused'],
    [{ code: -1, message: 'JSON value is not an integer' }, 'rail_refused'],
    ['broken', 'rail_refused'],
  ])('that answers the call with %j', async (error, code) => {
    const url = await serving((_request, response) => {
      response.statusCode = 500;
      response.end(JSON.stringify({ result: null, error, id: 'atomicity' }));
    });
    const headers = bitcoindHeaders({ url, credentials: { kind: 'cookie', cookieFile }, ...EASY });
    if (code === undefined) expect(await headers.merkleRootAt(1, never)).toBeUndefined();
    else expect(await failureOf(headers)).toMatchObject({ code });
  });

  it('refuses a certificate that is none', () => {
    const open = (certificateFile: string) =>
      bitcoindHeaders({
        url: 'https://127.0.0.1:1',
        credentials: { kind: 'cookie', cookieFile },
        certificateFile,
      });
    expect(() => open(join(folder, 'missing'))).toThrow('certificateFile');
    expect(() => open(cookieFile)).toThrow('no certificate in PEM');
  });
});

describe('an Esplora server', () => {
  it('that lacks a block below its own tip is wrong, not short', async () => {
    const url = await serving((request, response) => {
      const isTip = request.url === '/blocks/tip/height';
      response.statusCode = isTip ? 200 : 404;
      response.end(isTip ? '900' : '');
    });
    await expect(
      esploraHeaders({ urls: [url], ...EASY }).merkleRootAt(5, never),
    ).rejects.toMatchObject({ code: 'rail_answer_unusable' });
  });

  it('does not count twice, and lives below a path', async () => {
    expect(() => esploraHeaders({ urls: ['https://a.example/x', 'https://a.example/x'] })).toThrow(
      'does not count twice',
    );
    const chain = new LocalBitcoin();
    chain.mine(1);
    const handle = localBitcoinHandler({ chain });
    const url = await serving((request, response) => {
      request.url = request.url?.replace(/^\/api/, '') ?? '';
      return handle(request, response);
    });
    const headers = esploraHeaders({ urls: [`${url}/api/`], ...EASY });
    expect(await headers.merkleRootAt(1, never)).toBe(chain.blockAt(1)?.merkleRoot);
  });
});

describe('work', () => {
  /** A server that gives one header for every block of its chain. */
  const giving = (header: Uint8Array) =>
    checkedHeaders(
      {
        name: 'double',
        hashAt: () => Promise.resolve(rootToDisplay(readBlockHeader(header).hash)),
        headerOf: () => Promise.resolve(header),
      },
      { confirmations: 1 },
    );

  it('of the first block is enough for a low height, and not for a high one', async () => {
    const root = rootToDisplay(readBlockHeader(BLOCK_1).merkleRoot);
    expect(await giving(BLOCK_1).merkleRootAt(1, never)).toBe(root);
    expect(await giving(BLOCK_1).merkleRootAt(599_999, never)).toBe(root);
    await expect(giving(BLOCK_1).merkleRootAt(600_000, never)).rejects.toMatchObject({
      code: 'rail_answer_unusable',
      facts: { work: 'target_too_easy' },
    });
  });

  it('of another block is not that of the block that was asked for', async () => {
    const first = new LocalBitcoin().blockAt(0)?.header ?? BLOCK_1;
    const headers = checkedHeaders(
      {
        name: 'double',
        hashAt: () => Promise.resolve(rootToDisplay(readBlockHeader(BLOCK_1).hash)),
        headerOf: () => Promise.resolve(first),
      },
      EASY,
    );
    await expect(headers.merkleRootAt(1, never)).rejects.toMatchObject({
      code: 'rail_answer_unusable',
      shortMessage: 'a header has another hash than its block',
    });
  });

  it('is missing in a header that somebody made up, whatever its hash is said to be', async () => {
    const forged = BLOCK_1.map((byte, index) => (index === 40 ? byte ^ 1 : byte));
    await expect(giving(forged).merkleRootAt(1, never)).rejects.toMatchObject({
      code: 'rail_answer_unusable',
      facts: { work: 'work_missing' },
    });
  });
});

describe('sources that must agree', () => {
  const root = 'aa'.repeat(32);
  const giving = (value: string | undefined): BlockHeaders =>
    fixedBlockHeaders(value === undefined ? {} : { 1: value });
  const failing: BlockHeaders = {
    merkleRootAt: () => Promise.reject(new Error('down')),
  };
  const other = 'bb'.repeat(32);
  it.each([
    ['all give it', [giving(root), giving(root), giving(root)], root],
    ['one fails', [failing, giving(root), giving(root)], root],
    ['one gives another', [giving(other), giving(root), giving(root)], root],
    ['one does not have it', [giving(undefined), giving(root), giving(root)], root],
    ['two do not have it', [giving(undefined), giving(undefined), giving(root)], undefined],
    ['none has it', [giving(undefined), giving(undefined), giving(undefined)], undefined],
  ])('hold when %s', async (_name, sources, expected) => {
    const headers = agreeingHeaders({ sources, quorum: 2 });
    expect(await headers.merkleRootAt(1, never)).toBe(expected);
  });

  it.each([
    ['two fail', [failing, failing, giving(root)], 'quorum_missed'],
    ['they disagree', [giving(other), giving(undefined), giving(root)], 'rail_answer_unusable'],
    ['one fails and they disagree', [giving(other), failing, giving(root)], 'rail_answer_unusable'],
  ])('fail when %s', async (_name, sources, code) => {
    const headers = agreeingHeaders({ sources, quorum: 2 });
    await expect(headers.merkleRootAt(1, never)).rejects.toMatchObject({
      code,
      outcome: 'not_applied',
    });
  });

  it('are a majority, or none', () => {
    const sources = [giving(root), giving(root)];
    for (const quorum of [0, 1, 3, 1.5]) {
      expect(() => agreeingHeaders({ sources, quorum })).toThrow('quorum');
    }
    expect(() => agreeingHeaders({ sources: [] })).toThrow('sources');
  });
});
