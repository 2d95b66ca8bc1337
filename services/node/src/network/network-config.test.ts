// Goal: a network configuration is taken whole or refused by file, member and rule. Method: one row
// for each way to be wrong, on real files.
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyPairFromSeed } from '@atomicity/client/key-pair';
import { delegateKey } from '@atomicity/client/party';
import { randomNonce } from '@atomicity/client/signer';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { NetworkConfigError, readNetworkConfig } from './network-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'atomicity-network-'));
afterAll(() => rmSync(folder, { recursive: true }));

const at = (name: string) => join(folder, name);
const seed = (byte: string) => `${byte.repeat(32)}\n`;
const idOf = (byte: number) => keyPairFromSeed(new Uint8Array(32).fill(byte)).id;

/** The identity of one seed delegates the key of another. */
function delegationOf(identity: number, key: number): string {
  const keyOf = (byte: number) => keyPairFromSeed(new Uint8Array(32).fill(byte));
  const parts = { id: idOf(identity), identity: keyOf(identity), nextIdentity: idOf(99) };
  const window = { notBefore: 0, expiresAt: 1_000 };
  return delegateKey({ ...parts, key: keyOf(key) }, ['party'], window, randomNonce).text;
}

const ALICE = idOf(1);
const BOB = idOf(2);

const fees = {
  denomination: 'USD/6',
  feeBps: 10,
  feeFlat: '2',
  amountMin: '1',
  amountMax: '1000',
};
const peer = { party: BOB, url: 'https://bob.example:8448', delegation: 'bob.json' };
const sound = {
  v: 1,
  party: ALICE,
  key: 'router',
  delegation: 'delegation.json',
  wallet: 'wallet',
  finalizer: 'auto',
  marginMs: 2000,
  offerTtlMs: 60_000,
  fees: [fees],
  peers: [peer],
  sending: { hopMs: 1000, collectMs: 5000, roundsMax: 6 },
  limits: { peerPerSecond: 500, peerBurst: 2000, peerTimeoutMs: 10_000, mirroredPerParty: 100 },
};

beforeEach(() => {
  writeFileSync(at('router'), seed('11'), { mode: 0o600 });
  writeFileSync(at('wallet'), seed('22'), { mode: 0o600 });
  chmodSync(at('router'), 0o600);
  chmodSync(at('wallet'), 0o600);
  writeFileSync(at('delegation.json'), `${delegationOf(1, 0x11)}\n`);
  writeFileSync(at('bob.json'), `${delegationOf(2, 0x12)}\n`);
});

function read(value: unknown) {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  writeFileSync(at('network.json'), text);
  return readNetworkConfig(at('network.json'));
}

function why(value: unknown): string {
  try {
    read(value);
    return 'taken';
  } catch (error) {
    if (!(error instanceof NetworkConfigError)) throw error;
    return error.message.replaceAll(`${folder}/`, '');
  }
}

it('is read with everything that its files hold', () => {
  const config = read(sound);
  expect(config.key.id).toBe(keyPairFromSeed(new Uint8Array(32).fill(0x11)).id);
  expect(config.wallet).toEqual(new Uint8Array(32).fill(0x22));
  expect(config.delegation).toBe(readFileSync(at('delegation.json'), 'utf8').trimEnd());
  expect(config.peers).toEqual([
    {
      party: BOB,
      url: 'https://bob.example:8448',
      delegation: readFileSync(at('bob.json'), 'utf8').trimEnd(),
    },
  ]);
  expect(config.fees).toEqual([{ ...fees, feeFlat: 2n, amountMin: 1n, amountMax: 1000n }]);
});

it('takes a receiver without peers’ delegations, fees or a wallet', () => {
  const { wallet } = read({
    ...sound,
    wallet: null,
    finalizer: 'off',
    fees: [],
    peers: [{ ...peer, delegation: null }],
  });
  expect(wallet).toBeNull();
});

describe('is refused', () => {
  const { party: _party, ...partyless } = sound;
  const rows: readonly (readonly [string, unknown, string])[] = [
    ['not JSON', '{', 'network.json: not JSON'],
    ['a list', [], 'network.json: wrong_type: an object'],
    ['a repeated key', '{"v":1,"v":1}', 'network.json: duplicate_key'],
    ['without party', partyless, 'network.json: /party missing_field'],
    ['another member', { ...sound, colour: 1 }, 'network.json: /colour unknown_field'],
    ['another version', { ...sound, v: 2 }, 'network.json: /v out_of_range'],
    ['a party that is none', { ...sound, party: 'pk:x' }, 'network.json: /party out_of_range'],
    ['a margin of text', { ...sound, marginMs: '1' }, 'network.json: /marginMs wrong_type'],
    ['a negative margin', { ...sound, marginMs: -1 }, 'network.json: /marginMs out_of_range'],
    ['a TTL over 5 minutes', { ...sound, offerTtlMs: 300_001 }, 'network.json: /offerTtlMs'],
    ['another finalizer', { ...sound, finalizer: 'ask' }, 'network.json: /finalizer out_of_range'],
    [
      'auto without wallet',
      { ...sound, wallet: null },
      'network.json: /wallet inconsistent_fields',
    ],
    [
      'a fee as a number',
      { ...sound, fees: [{ ...fees, feeFlat: 2 }] },
      'network.json: /fees/0/feeFlat wrong_type',
    ],
    [
      'more than everything',
      { ...sound, fees: [{ ...fees, feeBps: 10_001 }] },
      'network.json: /fees/0/feeBps out_of_range',
    ],
    [
      'bounds the wrong way round',
      { ...sound, fees: [{ ...fees, amountMin: '2000' }] },
      'network.json: /fees/0/amountMax inconsistent_fields',
    ],
    ['two prices', { ...sound, fees: [fees, fees] }, 'network.json: /fees inconsistent_fields'],
    ['a peer twice', { ...sound, peers: [peer, peer] }, 'network.json: /peers inconsistent_fields'],
    [
      'itself as a peer',
      { ...sound, peers: [{ ...peer, party: ALICE }] },
      'network.json: /peers inconsistent_fields',
    ],
    [
      'a peer without address',
      { ...sound, peers: [{ ...peer, url: 'ftp://bob' }] },
      'network.json: /peers/0/url out_of_range',
    ],
    [
      'an address with a path',
      { ...sound, peers: [{ ...peer, url: 'https://bob/v1' }] },
      'network.json: /peers/0/url out_of_range',
    ],
    [
      'a burst that no message fits in',
      { ...sound, limits: { ...sound.limits, peerBurst: 8 } },
      'network.json: /limits/peerBurst out_of_range',
    ],
    [
      'no time to collect',
      { ...sound, sending: { ...sound.sending, collectMs: 99 } },
      'network.json: /sending/collectMs out_of_range',
    ],
    ['a key that is not there', { ...sound, key: 'gone' }, 'gone: no such key file'],
    [
      'a delegation that is not there',
      { ...sound, delegation: 'gone' },
      'gone: no such delegation file',
    ],
    [
      'a peer’s delegation that is not there',
      { ...sound, peers: [{ ...peer, delegation: 'gone' }] },
      'gone: no such delegation file',
    ],
  ];
  it.each(rows)('%s', (_what, value, expected) => {
    expect(why(value)).toContain(expected);
  });

  it('a delegation of another key, of another party, and what is none', () => {
    writeFileSync(at('delegation.json'), delegationOf(1, 0x13));
    expect(why(sound)).toBe('delegation.json: delegates another key than router');
    writeFileSync(at('delegation.json'), delegationOf(2, 0x11));
    expect(why(sound)).toBe(`delegation.json: not a KeyDelegation of ${ALICE}`);
    writeFileSync(at('delegation.json'), '{}');
    expect(why(sound)).toBe('delegation.json: delegation: missing_field');
    writeFileSync(at('delegation.json'), delegationOf(1, 0x11));
    writeFileSync(at('bob.json'), delegationOf(1, 0x11));
    expect(why(sound)).toBe(`bob.json: not a KeyDelegation of ${BOB}`);
  });

  it('a key that others can read', () => {
    chmodSync(at('router'), 0o644);
    expect(why(sound)).toBe('router: key must not be readable by others (chmod 600)');
  });

  it('a wallet that is no secret', () => {
    writeFileSync(at('wallet'), 'password\n');
    expect(why(sound)).toBe('wallet: wallet must be 64 hex digits');
  });

  it('a file that is not there', () => {
    expect(() => readNetworkConfig(at('none.json'))).toThrow('no such network configuration file');
  });
});
