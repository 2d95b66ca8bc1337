// Goal: block headers are read from a real Bitcoin node as from our stand-ins. Method: btcd on a chain of its
// own, which is mined, asked and reorganised; it speaks the JSON-RPC of Bitcoin Core over TLS.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeBech32, wordsOfBytes } from '@atomicity/rails/lightning/bech32';
import {
  type BitcoindOptions,
  bitcoindHeaders,
} from '@atomicity/rails/opentimestamps/bitcoind-headers';
import { RailError } from '@atomicity/rails/port';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts } from './child-program.ts';
import { at, Btcd } from './private-network.ts';

const signal = new AbortController().signal;
/** Source: btcd chaincfg, RegressionNetParams. */
const REGTEST_EASIEST_BITS = 0x207fffff;
/** Nobody's: what is mined to it is lost. */
const NOWHERE = encodeBech32('bcrt', [0, ...wordsOfBytes(new Uint8Array(20).fill(7))]);

const folder = mkdtempSync(join(tmpdir(), 'atomicity-btcd-'));
let btcd: Btcd;

beforeAll(async () => {
  const [rpc = 0, peers = 0] = await freePorts(2);
  btcd = new Btcd(folder, [rpc, peers]);
  await btcd.start(NOWHERE);
  await btcd.mine(20);
});

afterAll(async () => {
  await btcd.stop();
  rmSync(folder, { recursive: true, force: true });
});

function source(more: Partial<BitcoindOptions> = {}, password = btcd.password) {
  const passwordFile = join(folder, `password-${password}`);
  writeFileSync(passwordFile, `${password}\n`);
  return bitcoindHeaders({
    url: `https://${btcd.host}`,
    certificateFile: btcd.certificateFile,
    credentials: { kind: 'password', user: btcd.user, passwordFile },
    easiestBits: REGTEST_EASIEST_BITS,
    ...more,
  });
}

/** What the node itself prints. */
async function rootAt(height: number): Promise<unknown> {
  const hash = await btcd.rpc('getblockhash', height);
  return at(await btcd.rpc('getblockheader', hash), 'merkleroot');
}

async function errorOf(promise: Promise<unknown>): Promise<RailError> {
  const error: unknown = await promise.catch((reason: unknown) => reason);
  if (error instanceof RailError) return error;
  throw new Error('a RailError was expected', { cause: error });
}

describe('block headers of a real Bitcoin node', () => {
  it('are those that it prints, for every final block and no other', async () => {
    const headers = source();
    for (const height of [0, 1, 7, 15]) {
      expect(await headers.merkleRootAt(height, signal)).toBe(await rootAt(height));
    }
    expect(await headers.merkleRootAt(16, signal)).toBeUndefined();
    expect(await headers.merkleRootAt(1_000_000, signal)).toBeUndefined();
    await btcd.mine(1);
    expect(await headers.merkleRootAt(16, signal)).toBe(await rootAt(16));
  });

  it('change with the chain when it is reorganised', async () => {
    const headers = source({ confirmations: 2, cacheSize: 0 });
    const before = await headers.merkleRootAt(18, signal);
    expect(before).toBe(await rootAt(18));
    await btcd.rpc('invalidateblock', await btcd.rpc('getblockhash', 18));
    expect(await headers.merkleRootAt(18, signal)).toBeUndefined();
    await btcd.mine(4);
    const after = await headers.merkleRootAt(18, signal);
    expect(after).toBe(await rootAt(18));
    expect(after).not.toBe(before);
  });

  it('are not those of a chain that asks for less work', async () => {
    const headers = source({ easiestBits: 0x1d00ffff });
    expect(await errorOf(headers.merkleRootAt(1, signal))).toMatchObject({
      code: 'rail_answer_unusable',
      outcome: 'not_applied',
    });
  });

  it('are refused with another password, which no error tells', async () => {
    const error = await errorOf(source({}, 'mistaken').merkleRootAt(1, signal));
    expect(error.code).toBe('rail_refused');
    expect(`${error.stack} ${JSON.stringify(error)}`).not.toMatch(/:mistaken|bWlzdGFrZW4/);
  });

  it('are not asked for without its certificate', async () => {
    const { code } = await errorOf(
      bitcoindHeaders({
        url: `https://${btcd.host}`,
        credentials: {
          kind: 'password',
          user: 'test',
          passwordFile: join(folder, 'password-test'),
        },
        easiestBits: REGTEST_EASIEST_BITS,
      }).merkleRootAt(1, signal),
    );
    expect(code).toBe('rail_unreachable');
  });
});
