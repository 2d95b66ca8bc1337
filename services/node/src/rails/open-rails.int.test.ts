// Goal: what a configuration names is what a node gets, and a file that can't be used is named. Method: all
// three rails, over files in a folder; nothing answers on the addresses.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testKey } from '@atomicity/kernel/testing/keys';
import { unixMs } from '@atomicity/kernel/units/time';
import { logNothing } from '@atomicity/ledger/log-line';
import { selfSignedCertificate } from '@atomicity/rails/lightning/testing/self-signed-certificate';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDataDir } from '../compose/data-dir.ts';
import { openRailsOf } from './open-rails.ts';
import { RailsConfigError, readRailsConfig } from './rails-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'atomicity-open-rails-'));
const at = (name: string) => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

const [debtor, creditor] = [testKey('debtor').id, testKey('creditor').id];
const config = {
  v: 1,
  schedule: {
    exposureCaps: [],
    safetyMarginMs: 0,
    ageMaxMs: 1000,
    lowFee: { percentile: 20, samplesMin: 1, samplesMax: 10, ageMaxMs: 60_000 },
    closuresMin: 1,
    fill: null,
  },
  opentimestamps: {
    calendars: [{ url: 'http://127.0.0.1:1', answersFor: ['http://127.0.0.1:1'] }],
    quorum: 1,
    bitcoin: null,
  },
  ethereum: {
    rpc: 'http://127.0.0.1:1',
    chainId: 31_337,
    registry: `0x${'ab'.repeat(20)}`,
    fromBlock: 0,
    key: 'anchor-key',
    caps: { maxFeePerGas: '9', maxPriorityFeePerGas: '9', maxFeePerBlobGas: '9' },
    route: 'cheaper',
    confirmations: 2,
    deeper: [],
    beacon: null,
    retentionAlarmMs: 0,
  },
  lightning: {
    lnd: { url: 'https://127.0.0.1:1', certificateFile: 'tls.cert', macaroonFile: 'macaroon' },
    network: 'regtest',
    debtors: [debtor],
    payees: [{ party: creditor, nodes: [`02${'cd'.repeat(32)}`] }],
    invoiceOrigins: ['https://creditor.example'],
    amountMsatMax: '1000',
    feeBaseMsat: '1',
    feeMillionths: '1',
  },
};

beforeAll(() => {
  writeFileSync(at('anchor-key'), `0x${'11'.repeat(32)}\n`, { mode: 0o600 });
  writeFileSync(at('tls.cert'), selfSignedCertificate().certificate);
  writeFileSync(at('macaroon'), Buffer.from([2, 1, 3]), { mode: 0o600 });
});

async function open(change: object = {}) {
  writeFileSync(at('rails.json'), JSON.stringify({ ...config, ...change }));
  const dir = openDataDir(at('data'));
  const place = { dir, origin: 'o', now: () => unixMs(7), logLine: logNothing };
  return openRailsOf(readRailsConfig(at('rails.json')))(place);
}

it('opens every rail, though none of them answers', async () => {
  const rails = await open();
  expect(rails.rails.map(({ name }) => name)).toEqual(['opentimestamps', 'ethereum', 'lightning']);
  expect(rails.everyBatch).toEqual(['opentimestamps', 'ethereum']);
  expect(rails.pays).toMatchObject({ rail: 'lightning', unit: { code: 'BTC', max: 1000n } });
  expect(rails.pays?.debtors).toEqual(new Set([debtor]));
  expect(rails.blobs?.(unixMs(7))).toEqual([]);
  // A fee that nobody knows is never low, and stops nothing.
  expect(await rails.chain?.(unixMs(7))).toEqual({ fee: null, feeHistory: [], tips: [] });
  await rails.close();
});

it('opens what is there and no more', async () => {
  const rails = await open({ ethereum: null, lightning: null });
  expect(rails.rails.map(({ name }) => name)).toEqual(['opentimestamps']);
  expect([rails.pays, rails.blobs, rails.chain]).toEqual([undefined, undefined, undefined]);
});

it('names a key that others can read, and one that is not there', async () => {
  writeFileSync(at('open-key'), `0x${'11'.repeat(32)}\n`, { mode: 0o644 });
  const withKey = (key: string) => open({ ethereum: { ...config.ethereum, key } });
  await expect(withKey('open-key')).rejects.toThrow('open-key: must not be readable by others');
  await expect(withKey('no-key')).rejects.toThrow('no-key: no such key');
});

it('names a macaroon that is not there', async () => {
  const lnd = { ...config.lightning.lnd, macaroonFile: 'none' };
  const opening = open({ lightning: { ...config.lightning, lnd } });
  await expect(opening).rejects.toThrow(RailsConfigError);
  await expect(opening).rejects.toThrow(/^lightning: macaroonFile: .*none cannot be read$/);
});

it('names a macaroon and a cookie that everybody can read', async () => {
  writeFileSync(at('open-macaroon'), Buffer.from([2, 1, 3]), { mode: 0o644 });
  const lnd = { ...config.lightning.lnd, macaroonFile: 'open-macaroon' };
  await expect(open({ lightning: { ...config.lightning, lnd } })).rejects.toThrow(
    /^lightning: lnd: macaroonFile: .*open-macaroon must not be readable by everybody$/,
  );
  writeFileSync(at('cookie'), 'user:password', { mode: 0o644 });
  const bitcoin = {
    kind: 'bitcoind',
    url: 'http://127.0.0.1:1',
    cookieFile: 'cookie',
    confirmations: 6,
    allowPlainHttp: true,
  };
  const opening = open({ opentimestamps: { ...config.opentimestamps, bitcoin } });
  await expect(opening).rejects.toThrow(RailsConfigError);
  await expect(opening).rejects.toThrow(/bitcoin: cookieFile: .*cookie must not be readable/);
});
