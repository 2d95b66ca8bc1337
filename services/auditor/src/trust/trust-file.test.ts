// Goal: a trust file says exactly what it seems to say, or is refused by name. Method: a table.
import type { Hash } from '@atomicity/kernel/units/id';
import { describe, expect, it } from 'vitest';
import { parseTrustFile, TRUST_FILE_BYTES_MAX, TRUST_REFUSALS } from './trust-file.ts';

const KEY = `pk:${'y'.repeat(52)}`;
const HASH = 'ab'.repeat(32);
const ADDRESS = `0x${'cd'.repeat(20)}`;
const NODE = `02${'ef'.repeat(32)}`;

const whole = {
  v: 1,
  logs: [{ origin: 'log.example/one', key: KEY }],
  principals: [KEY],
  verificationKeys: [{ hash: HASH, ceremony: 'production' }],
  bitcoin: { blocks: { '900000': HASH } },
  ethereum: {
    '1': { registries: [ADDRESS], publishers: [ADDRESS], blocks: { '17': `0x${HASH}` } },
  },
  lightning: { nodes: [NODE] },
  snapshots: [HASH],
  require: ['anchors', 'replay'],
};

const with_ = (change: object) => JSON.stringify({ ...whole, ...change });

function without(name: string): string {
  return JSON.stringify(Object.fromEntries(Object.entries(whole).filter(([key]) => key !== name)));
}

describe('a trust file', () => {
  it('is read whole', () => {
    expect(parseTrustFile(JSON.stringify(whole, null, 2))).toEqual({
      ok: true,
      trust: {
        logs: whole.logs,
        principals: new Set([KEY]),
        verificationKeys: new Map([[HASH, { ceremony: 'production' }]]),
        blocks: { '900000': HASH },
        ethereum: {
          '1': {
            registries: new Set([ADDRESS]),
            publishers: new Set([ADDRESS]),
            blocks: { '17': `0x${HASH}` },
          },
        },
        lightning: { nodes: new Set([NODE]), networks: new Set(['bitcoin']) },
        snapshots: new Set([HASH]),
        require: ['anchors', 'replay'],
      },
    });
  });

  it('may leave out what it does not use', () => {
    const { v, logs, principals, verificationKeys, bitcoin } = whole;
    const parsed = parseTrustFile(
      JSON.stringify({ v, logs, principals, verificationKeys, bitcoin }),
    );
    expect(parsed).toMatchObject({
      ok: true,
      trust: {
        ethereum: {},
        lightning: { nodes: new Set(), networks: new Set() },
        snapshots: new Set(),
        require: [],
      },
    });
  });
});

const CHAIN = whole.ethereum['1'];
const withChain = (more: object) => with_({ ethereum: { '1': { ...CHAIN, ...more } } });
const withKey = (more: object) => with_({ verificationKeys: [{ hash: HASH, ...more }] });

describe('a verification key', () => {
  it('may say of which ceremony it is', () => {
    const said = {
      ceremony: 'production',
      circuit: 'spend-64',
      transcript: 'cd'.repeat(32),
      contributors: 3,
    };
    const parsed = parseTrustFile(withKey(said));
    expect(parsed.ok && parsed.trust.verificationKeys.get(HASH as Hash)).toEqual(said);
  });
});

const REFUSED: readonly [string, string, string | undefined][] = [
  ['trust_file_too_large', ' '.repeat(TRUST_FILE_BYTES_MAX + 1), undefined],
  ['trust_file_not_json', '{', undefined],
  ['trust_file_duplicate_key', '{"v":1,"v":1}', undefined],
  ['trust_file_not_an_object', '[]', undefined],
  ['trust_file_unknown_version', with_({ v: 2 }), undefined],
  ['trust_file_missing_field', without('v'), '/v'],
  ['trust_file_missing_field', without('principals'), '/principals'],
  ['trust_file_missing_field', with_({ bitcoin: {} }), '/bitcoin/blocks'],
  ['trust_file_unknown_field', with_({ operators: [] }), '/operators'],
  ['trust_file_unknown_field', with_({ logs: [{ ...whole.logs[0], x: 1 }] }), '/logs/0/x'],
  ['trust_file_bad_field', with_({ logs: {} }), '/logs'],
  ['trust_file_bad_field', with_({ logs: [{ origin: '', key: KEY }] }), '/logs/0/origin'],
  ['trust_file_bad_field', with_({ principals: ['pk:short'] }), '/principals/0'],
  [
    'trust_file_bad_field',
    with_({ verificationKeys: [{ hash: HASH, ceremony: 'public' }] }),
    '/verificationKeys/0/ceremony',
  ],
  [
    'trust_file_bad_field',
    with_({
      verificationKeys: [
        { hash: HASH, ceremony: 'production' },
        { hash: HASH, ceremony: 'development' },
      ],
    }),
    '/verificationKeys',
  ],
  [
    'trust_file_bad_field',
    withKey({ ceremony: 'production', circuit: 'spend-17' }),
    '/verificationKeys/0/circuit',
  ],
  [
    'trust_file_bad_field',
    withKey({ ceremony: 'production', transcript: 'AB' }),
    '/verificationKeys/0/transcript',
  ],
  [
    'trust_file_bad_field',
    withKey({ ceremony: 'production', contributors: 0 }),
    '/verificationKeys/0/contributors',
  ],
  [
    'trust_file_bad_field',
    withKey({ ceremony: 'development', contributors: 3 }),
    '/verificationKeys/0/contributors',
  ],
  [
    'trust_file_unknown_field',
    withKey({ ceremony: 'production', source: 'x' }),
    '/verificationKeys/0/source',
  ],
  ['trust_file_bad_field', with_({ bitcoin: { blocks: { '01': HASH } } }), '/bitcoin/blocks/01'],
  ['trust_file_bad_field', with_({ bitcoin: { blocks: { '1': 'AB' } } }), '/bitcoin/blocks/1'],
  ['trust_file_bad_field', with_({ ethereum: { '01': CHAIN } }), '/ethereum/01'],
  ['trust_file_bad_field', with_({ ethereum: [] }), '/ethereum'],
  [
    'trust_file_missing_field',
    with_({ ethereum: { '1': { blocks: {} } } }),
    '/ethereum/1/publishers',
  ],
  ['trust_file_unknown_field', withChain({ name: 'x' }), '/ethereum/1/name'],
  ['trust_file_bad_field', withChain({ registries: ['0xAB'] }), '/ethereum/1/registries/0'],
  ['trust_file_bad_field', withChain({ publishers: [`0x${HASH}`] }), '/ethereum/1/publishers/0'],
  ['trust_file_bad_field', withChain({ blocks: { '-1': HASH } }), '/ethereum/1/blocks/-1'],
  ['trust_file_bad_field', withChain({ blocks: { '1': HASH } }), '/ethereum/1/blocks/1'],
  ['trust_file_missing_field', with_({ lightning: {} }), '/lightning/nodes'],
  ['trust_file_bad_field', with_({ lightning: { nodes: [HASH] } }), '/lightning/nodes/0'],
  [
    'trust_file_bad_field',
    with_({ lightning: { nodes: [NODE], networks: ['simnet'] } }),
    '/lightning/networks/0',
  ],
  ['trust_file_bad_field', with_({ snapshots: [1] }), '/snapshots/0'],
  ['trust_file_bad_field', with_({ require: ['everything'] }), '/require/0'],
];

describe('a trust file is refused', () => {
  it.each(REFUSED)('%s', (reason, text, field) => {
    const refusal = field === undefined ? { reason } : { reason, field };
    expect(parseTrustFile(text)).toEqual({ ok: false, refusal });
  });

  it('has a row for every reason', () => {
    const reasons = new Set(REFUSED.map(([reason]) => reason));
    expect(TRUST_REFUSALS.filter((reason) => !reasons.has(reason))).toEqual([]);
  });
});
