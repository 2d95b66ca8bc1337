// Goal: a configuration is read as it says, or refused by the name of its member and rule.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testKey } from '@atomicity/kernel/testing/keys';
import { amount } from '@atomicity/kernel/units/amount';
import { afterAll, expect, it } from 'vitest';
import { depthOf } from './ethereum-setup.ts';
import { type RailsConfig, RailsConfigError, readRailsConfig } from './rails-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'atomicity-rails-config-'));
const file = join(folder, 'rails.json');
afterAll(() => rmSync(folder, { recursive: true }));

const schedule = {
  exposureCaps: [{ denomination: 'USD/6', cap: '1000000' }],
  safetyMarginMs: 600_000,
  ageMaxMs: 86_400_000,
  lowFee: { percentile: 20, samplesMin: 50, samplesMax: 500, ageMaxMs: 60_000 },
  closuresMin: 7,
  fill: null,
};
const esplora = {
  kind: 'esplora',
  urls: ['https://one.example/api', 'https://other.example/api'],
  quorum: 2,
  confirmations: 6,
  allowPlainHttp: false,
};
const calendar = {
  url: 'https://a.pool.opentimestamps.org',
  answersFor: ['https://*.calendar.opentimestamps.org'],
};
const opentimestamps = { calendars: [calendar], quorum: 1, bitcoin: esplora };
const ethereum = {
  rpc: 'http://127.0.0.1:8545',
  chainId: 31_337,
  registry: `0x${'ab'.repeat(20)}`,
  fromBlock: 0,
  key: 'keys/anchor',
  caps: { maxFeePerGas: '100000000000', maxPriorityFeePerGas: '5000000000', maxFeePerBlobGas: '9' },
  route: 'cheaper',
  confirmations: 12,
  deeper: [{ denomination: 'USD/6', amount: '1000000', confirmations: 64 }],
  beacon: { url: 'http://127.0.0.1:5052', genesisTime: 1_606_824_023, slotSeconds: 12 },
  retentionAlarmMs: 259_200_000,
};
const [debtor, creditor] = [testKey('debtor').id, testKey('creditor').id];
const lightning = {
  lnd: { url: 'https://127.0.0.1:8080', certificateFile: 'tls.cert', macaroonFile: 'pay.macaroon' },
  network: 'regtest',
  debtors: [debtor],
  payees: [{ party: creditor, nodes: [`02${'cd'.repeat(32)}`] }],
  invoiceOrigins: ['https://creditor.example'],
  amountMsatMax: '100000000',
  feeBaseMsat: '5000',
  feeMillionths: '5000',
};
const whole = { v: 1, schedule, opentimestamps, ethereum, lightning };

function read(value: unknown): RailsConfig {
  writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value));
  return readRailsConfig(file);
}

it('reads every rail, with file names relative to it', () => {
  const config = read(whole);
  expect(config.ethereum?.key).toBe(join(folder, 'keys/anchor'));
  expect(config.lightning?.lnd.macaroonFile).toBe(join(folder, 'pay.macaroon'));
  expect(config.lightning?.amountMsatMax).toBe(100_000_000n);
  expect(config.opentimestamps?.bitcoin).toEqual(esplora);
  expect(config.schedule.exposureCaps[0]?.cap).toBe(1_000_000n);
});

it('reads a node of one’s own as the source of headers, and a portfolio of one rail', () => {
  const bitcoin = {
    kind: 'bitcoind',
    url: 'http://127.0.0.1:8332',
    cookieFile: 'btc/.cookie',
    confirmations: 6,
    allowPlainHttp: false,
  };
  const one = { ...whole, ethereum: null, lightning: null };
  const config = read({ ...one, opentimestamps: { ...opentimestamps, bitcoin } });
  expect(config.opentimestamps?.bitcoin).toEqual({
    ...bitcoin,
    cookieFile: join(folder, 'btc/.cookie'),
  });
  expect(
    read({ ...one, opentimestamps: { ...opentimestamps, bitcoin: null } }).ethereum,
  ).toBeNull();
});

it.each([
  ['not JSON', '{', 'not JSON'],
  ['a member twice', '{"v":1,"v":1}', 'duplicate_key'],
  ['another version', { ...whole, v: 2 }, '/v'],
  ['a member that is not known', { ...whole, kafka: null }, '/kafka unknown_field'],
  ['a missing rail', { v: 1, schedule, opentimestamps, ethereum }, '/lightning missing_field'],
  ['no rail', { ...whole, opentimestamps: null, ethereum: null }, 'every batch is anchored'],
  ['a schedule', { ...whole, schedule: { ...schedule, closuresMin: 0 } }, '/schedule/closuresMin'],
  [
    'a quorum beyond the calendars',
    { ...whole, opentimestamps: { ...opentimestamps, quorum: 2 } },
    '/opentimestamps/quorum',
  ],
  [
    'half of the sources',
    { ...whole, opentimestamps: { ...opentimestamps, bitcoin: { ...esplora, quorum: 1 } } },
    '/opentimestamps/bitcoin/quorum',
  ],
  [
    'a mixed-case address',
    { ...whole, ethereum: { ...ethereum, registry: `0x${'AB'.repeat(20)}` } },
    '/ethereum/registry',
  ],
  [
    'a cap that is a number',
    { ...whole, ethereum: { ...ethereum, caps: { ...ethereum.caps, maxFeePerGas: 1 } } },
    '/ethereum/caps/maxFeePerGas',
  ],
  [
    'an address with a password',
    { ...whole, ethereum: { ...ethereum, rpc: 'https://me:secret@rpc.example/v3' } },
    '/ethereum/rpc',
  ],
  ['a route', { ...whole, ethereum: { ...ethereum, route: 'external' } }, '/ethereum/route'],
  [
    'plain HTTP to lnd',
    { ...whole, lightning: { ...lightning, lnd: { ...lightning.lnd, url: 'http://x' } } },
    '/lightning/lnd/url',
  ],
  [
    'a fee above the amount',
    { ...whole, lightning: { ...lightning, feeMillionths: '1000001' } },
    '/lightning/feeMillionths',
  ],
  [
    'a fee of more bitcoin than there are',
    { ...whole, lightning: { ...lightning, feeBaseMsat: '9223372036854775807' } },
    '/lightning/feeBaseMsat',
  ],
  [
    'nobody to pay for',
    { ...whole, lightning: { ...lightning, debtors: [] } },
    '/lightning/debtors',
  ],
  [
    'a node that is none',
    { ...whole, lightning: { ...lightning, payees: [{ party: creditor, nodes: ['04ab'] }] } },
    '/lightning/payees/0/nodes/0',
  ],
])('refuses %s', (_name, value, message) => {
  expect(() => read(value)).toThrow(RailsConfigError);
  expect(() => read(value)).toThrow(message);
});

it('names a file that is not there', () => {
  expect(() => readRailsConfig(join(folder, 'none.json'))).toThrow('no such rails configuration');
  expect(() => readRailsConfig(folder)).toThrow(new RailsConfigError(`${folder}: not a file`));
});

it('waits for the deepest block that any value on the batch asks for', () => {
  const dollars = read(whole).ethereum?.deeper[0]?.denomination ?? expect.fail('a step');
  const depth = depthOf(12, [
    { denomination: dollars, amount: amount(100n), confirmations: 32 },
    { denomination: dollars, amount: amount(1000n), confirmations: 64 },
  ]);
  const of = (value: bigint) => depth([{ denomination: dollars, amount: amount(value) }]);
  expect([of(99n), of(100n), of(1000n), depth([])]).toEqual([12, 32, 64, 12]);
  // What stands on a root alone nobody knows.
  expect(depth(undefined)).toBe(64);
});
