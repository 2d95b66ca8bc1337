// Goal: invoices are read as the specification says. Method: its own examples, valid and invalid; and invoices
// that this file signs itself, each wrong in one way.

import { hexToBytes } from '@atomicity/kernel/codec/bytes';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { describe, expect, it } from 'vitest';
import { BECH32_REFUSALS, encodeBech32, wordsOfBytes } from './bech32.ts';
import {
  BOLT11_REFUSALS,
  BOLT11_SIZE_CHARS_MAX,
  type Bolt11Invoice,
  type Bolt11Refusal,
  decodeBolt11,
} from './bolt11.ts';
import { encodeBolt11, wordsOfNumber } from './bolt11-encode.ts';
import { INVALID_EXAMPLES, VALID_EXAMPLES } from './bolt11-examples.ts';
import type { TaggedField } from './bolt11-fields.ts';

/** The key of the specification's examples. */
const KEY = hexToBytes('e126f68f7eafcc8b74f54d269fe206be715000f94dac067d1c04a8ca3b2db734');
const NODE = '03e7156ae33b0a208d0744199163177e909e80176e55d97a2f221ede0f934dd9ad';
const HASH = '0001020304050607080900010203040506070809000102030405060708090102';
const SECRET = '11'.repeat(32);
const bytes = (hex: string) => wordsOfBytes(hexToBytes(hex));

const COMMON = {
  network: 'bitcoin',
  amountMsat: null,
  timestamp: 1_496_314_658,
  payee: NODE,
  paymentHash: HASH,
  paymentSecret: SECRET,
  expirySeconds: 3_600,
  minFinalCltvExpiry: 18,
  features: [8, 14],
  metadata: null,
  fallbacks: [],
  routes: [],
} as const;
const text = (value: string) => ({ kind: 'text', text: value }) as const;
const CAKE = {
  kind: 'hash',
  hash: '3925b6f67e2c340036ed12093dd44e0368df1b6ea26c53dbe4811f58fd5db8c1',
} as const;
const cake = { ...COMMON, amountMsat: 2_000_000_000n, description: CAKE } as const;
const beans = {
  ...COMMON,
  amountMsat: 2_500_000_000n,
  description: text('coffee beans'),
  features: [8, 14, 99],
} as const;
const donation = {
  ...COMMON,
  description: text('Please consider supporting this project'),
} as const;
const hop = (
  node: string,
  shortChannelId: bigint,
  feeBaseMsat: number,
  feeProportionalMillionths: number,
  cltvExpiryDelta: number,
) => ({ node, shortChannelId, feeBaseMsat, feeProportionalMillionths, cltvExpiryDelta });

/** What the specification's breakdowns say, in the order of its examples. */
const READ: readonly Bolt11Invoice[] = [
  donation,
  { ...COMMON, amountMsat: 250_000_000n, description: text('1 cup coffee'), expirySeconds: 60 },
  { ...COMMON, amountMsat: 250_000_000n, description: text('ナンセンス 1杯'), expirySeconds: 60 },
  cake,
  {
    ...cake,
    network: 'testnet',
    fallbacks: [{ version: 17, program: '3172b5654f6683c8fb146959d347ce303cae4ca7' }],
  },
  {
    ...cake,
    fallbacks: [{ version: 17, program: '04b61f7dc1ea0dc99424464cc4064dc564d91e89' }],
    routes: [
      [
        hop(
          '029e03a901b85534ff1e92c43c74431f7ce72046060fcf7a95c37e148f78c77255',
          0x0102030405060708n,
          1,
          20,
          3,
        ),
        hop(
          '039e03a901b85534ff1e92c43c74431f7ce72046060fcf7a95c37e148f78c77255',
          0x030405060708090an,
          2,
          30,
          4,
        ),
      ],
    ],
  },
  { ...cake, fallbacks: [{ version: 18, program: '8f55563b9a19f321c211e9b9f38cdf686ea07845' }] },
  { ...cake, fallbacks: [{ version: 0, program: '751e76e8199196d454941c45d1b3a323f1433bd6' }] },
  {
    ...cake,
    fallbacks: [
      { version: 0, program: '1863143c14c5166804bd19203356da136c985678cd4d27a1b8c6329604903262' },
    ],
  },
  {
    ...cake,
    fallbacks: [
      { version: 1, program: '0adac43daa9c8a5a68e09ea10692b82226ee190e572db9b90e17a410484ab405' },
    ],
  },
  {
    ...COMMON,
    amountMsat: 967_878_534n,
    timestamp: 1_572_468_703,
    paymentHash: '462264ede7e14047e9b249da94fefc47f41f7d02ee9b091815a5506bc8abf75f',
    expirySeconds: 604_800,
    minFinalCltvExpiry: 10,
    description: text(
      'Blockstream Store: 88.85 USD for Blockstream Ledger Nano S x 1, "Back In My Day" Sticker x 2, ' +
        '"I Got Lightning Working" Sticker x 2 and 1 more items',
    ),
    routes: [
      [
        hop(
          '03d06758583bb5154774a6eb221b1276c9e82d65bbaceca806d90e20c108f4b1c7',
          (589_390n << 40n) | (3_312n << 16n) | 1n,
          1_000,
          2_500,
          40,
        ),
      ],
    ],
  },
  beans,
  beans,
  beans,
  {
    ...COMMON,
    amountMsat: 1_000_000_000n,
    description: text('payment metadata inside'),
    metadata: '01fafaf0',
    features: [8, 14, 48],
  },
  {
    ...donation,
    payee: '02d0139ce7427d6dfffd26a326c18be754ef1e64672b42694ba5b23ef6e6e7803d',
  },
];

describe('a valid example of the specification', () => {
  it('has its reading here', () => {
    expect(READ).toHaveLength(VALID_EXAMPLES.length);
  });
  it.each(VALID_EXAMPLES.map(([title, invoice], i) => [title, invoice, READ[i]] as const))(
    '%s',
    (_title, invoice, read) => {
      expect(decodeBolt11(invoice)).toEqual({ kind: 'decoded', invoice: read });
    },
  );
});

const REFUSED: readonly (readonly [reason: Bolt11Refusal, field?: string])[] = [
  ['unknown_even_feature', '9'],
  ['checksum_wrong'],
  ['separator_missing'],
  ['mixed_case'],
  ['signature_not_recoverable'],
  ['data_too_short'],
  ['multiplier_unknown'],
  ['amount_below_msat'],
  ['field_missing', 's'],
  ['signature_not_low_s'],
];

describe('an invalid example of the specification', () => {
  it('has its refusal here', () => {
    expect(REFUSED).toHaveLength(INVALID_EXAMPLES.length);
  });
  const rows = INVALID_EXAMPLES.map(([title, invoice], i) => ({ title, invoice, why: REFUSED[i] }));
  it.each(rows)('$title', ({ invoice, why }) => {
    const [reason, field] = why ?? ['too_long'];
    const about = field === undefined ? {} : { field };
    expect(decodeBolt11(invoice)).toEqual({ kind: 'refused', reason, ...about });
  });
});

const p: TaggedField = { type: 1, words: bytes(HASH) };
const s: TaggedField = { type: 16, words: bytes(SECRET) };
const h: TaggedField = { type: 23, words: bytes(CAKE.hash) };
const n: TaggedField = { type: 19, words: bytes(NODE) };
const d: TaggedField = { type: 13, words: bytes('6869') };
const FIELDS = [p, s, h] as const;

/** The signature in its other form, with the recovery id that goes with it. */
function highS(signature: Uint8Array): Uint8Array {
  const order = secp256k1.Point.Fn.ORDER;
  const low = BigInt(`0x${Buffer.from(signature.subarray(32, 64)).toString('hex')}`);
  const high = (order - low).toString(16).padStart(64, '0');
  const id = (signature[64] ?? 0) ^ 1;
  return Uint8Array.from([...signature.subarray(0, 32), ...hexToBytes(high), id]);
}

type Wrong = {
  readonly prefix?: string;
  readonly fields?: readonly TaggedField[];
  readonly alter?: (signature: Uint8Array) => Uint8Array;
};
const signed = ({ prefix = 'lnbcrt10u', fields = FIELDS, alter }: Wrong) =>
  encodeBolt11({ prefix, timestamp: 1_700_000_000, fields }, KEY, alter);

/** Everything but the checksum and the form of Bech32 is signed well unless `alter` spoils that. */
const WRONG: readonly (readonly [string, Wrong, Bolt11Refusal, string?])[] = [
  ['another chain', { prefix: 'lnltc10u' }, 'prefix_unknown'],
  ['no prefix of Lightning', { prefix: 'bc10u' }, 'prefix_unknown'],
  ['an amount with a leading zero', { prefix: 'lnbcrt010u' }, 'amount_malformed'],
  ['an amount of nothing', { prefix: 'lnbcrt0u' }, 'amount_malformed'],
  ['more bitcoin than there are', { prefix: 'lnbcrt21000001' }, 'amount_out_of_range'],
  ['two multipliers', { prefix: 'lnbcrt10um' }, 'multiplier_unknown'],
  ['a p of no length', { fields: [{ type: 1, words: [] }, s, h] }, 'field_missing', 'p'],
  ['n and a high S', { fields: [...FIELDS, n], alter: highS }, 'signature_not_low_s'],
  [
    'another node in n',
    { fields: [...FIELDS, { type: 19, words: bytes(`02${NODE.slice(2)}`) }] },
    'payee_mismatch',
  ],
  [
    'n whose padding is not zero',
    { fields: [...FIELDS, { type: 19, words: [...bytes(NODE).slice(0, -1), 31] }] },
    'payee_mismatch',
  ],
  [
    'a recovery id above 3',
    { alter: (made) => Uint8Array.from([...made.subarray(0, 64), 4]) },
    'signature_not_recoverable',
  ],
  ['a repeated p', { fields: [...FIELDS, p] }, 'field_repeated', 'p'],
  ['a repeated h', { fields: [...FIELDS, h] }, 'field_repeated', 'h'],
  ['no p', { fields: [s, h] }, 'field_missing', 'p'],
  ['no s', { fields: [p, h] }, 'field_missing', 's'],
  ['neither d nor h', { fields: [p, s] }, 'field_missing', 'h'],
  ['d and h', { fields: [p, s, d, h] }, 'description_ambiguous', 'h'],
  [
    'p whose padding is not zero',
    { fields: [{ type: 1, words: [...p.words.slice(0, -1), 17] }, s, h] },
    'padding_not_zero',
    'p',
  ],
  [
    'd that is not UTF-8',
    { fields: [p, s, { type: 13, words: bytes('ff') }] },
    'description_not_utf8',
    'd',
  ],
  [
    'x with a leading zero',
    { fields: [...FIELDS, { type: 6, words: [0, 1] }] },
    'number_not_minimal',
    'x',
  ],
  [
    'x of 55 bits',
    { fields: [...FIELDS, { type: 6, words: new Array<number>(11).fill(31) }] },
    'number_out_of_range',
    'x',
  ],
  [
    'features with a leading zero',
    { fields: [...FIELDS, { type: 5, words: [0, 8, 0] }] },
    'number_not_minimal',
    '9',
  ],
  [
    'an unknown even feature',
    { fields: [...FIELDS, { type: 5, words: [1] }] },
    'unknown_even_feature',
    '9',
  ],
  [
    'a fallback of no version',
    { fields: [...FIELDS, { type: 9, words: [] }] },
    'fallback_malformed',
    'f',
  ],
  [
    'a witness program of 21 bytes',
    { fields: [...FIELDS, { type: 9, words: [0, ...bytes('aa'.repeat(21))] }] },
    'fallback_malformed',
    'f',
  ],
  ['a route of no hop', { fields: [...FIELDS, { type: 3, words: [] }] }, 'route_malformed', 'r'],
  [
    'a route over no point of the curve',
    { fields: [...FIELDS, { type: 3, words: bytes('05'.repeat(51)) }] },
    'route_malformed',
    'r',
  ],
];

describe('an invoice is refused', () => {
  const rows = WRONG.map(([what, wrong, reason, field]) => ({ what, wrong, reason, field }));
  it.each(rows)('for $what', ({ wrong, reason, field }) => {
    const about = field === undefined ? {} : { field };
    expect(decodeBolt11(signed(wrong))).toEqual({ kind: 'refused', reason, ...about });
  });

  it('when it is longer than any that is read', () => {
    const text = 'l'.repeat(BOLT11_SIZE_CHARS_MAX + 1);
    expect(decodeBolt11(text)).toEqual({ kind: 'refused', reason: 'too_long' });
  });

  it('when a field says it is longer than what follows', () => {
    const words = [...new Array<number>(7).fill(0), 1, 1, 20, ...new Array<number>(104).fill(0)];
    expect(decodeBolt11(encodeBech32('lnbcrt', words))).toEqual({
      kind: 'refused',
      reason: 'field_cut_short',
    });
  });

  it.each([
    ['too_short', 'lnbcrt1qqqqq'],
    ['character_unknown', 'lnbcrt1bbbbbbbb'],
    ['separator_missing', '1qqqqqqqq'],
  ] as const)('as Bech32: %s', (reason, text) => {
    expect(BECH32_REFUSALS).toContain(reason);
    expect(decodeBolt11(text)).toEqual({ kind: 'refused', reason });
  });

  it('for every reason in a row above', () => {
    const seen = new Set<Bolt11Refusal>([
      ...REFUSED.map(([reason]) => reason),
      ...WRONG.map(([, , reason]) => reason),
      ...(['too_long', 'field_cut_short', 'too_short', 'character_unknown'] as const),
    ]);
    expect(BOLT11_REFUSALS.filter((reason) => !seen.has(reason))).toEqual([]);
  });
});

describe('an invoice is read', () => {
  const readOf = (wrong: Wrong) => {
    const decoded = decodeBolt11(signed(wrong));
    return decoded.kind === 'decoded' ? decoded.invoice : decoded;
  };
  it('with the node of its signature named in n', () => {
    expect(readOf({ fields: [...FIELDS, n] })).toMatchObject({ payee: NODE });
  });
  it('with a high S where it names no node', () => {
    expect(readOf({ alter: highS })).toMatchObject({ payee: NODE });
  });
  it.each([
    ['lnbcrt21000000', 2_100_000_000_000_000_000n],
    ['lnbcrt1m', 100_000_000n],
    ['lnbcrt1u', 100_000n],
    ['lnbcrt1n', 100n],
    ['lnbcrt10p', 1n],
    ['lnbcrt2500000n', 250_000_000n],
    ['lntbs1u', 100_000n],
  ])('with the amount of %s', (prefix, amountMsat) => {
    expect(readOf({ prefix })).toMatchObject({ amountMsat });
  });
  it('with fields that nobody knows passed over', () => {
    const unknown = [
      { type: 2, words: [1, 2, 3] },
      { type: 9, words: [19, ...bytes('aa'.repeat(20))] },
      { type: 1, words: [1] },
    ];
    expect(readOf({ fields: [...unknown, ...FIELDS] })).toMatchObject({
      paymentHash: HASH,
      fallbacks: [],
    });
  });
  it('with numbers in the fewest words', () => {
    const fields = [...FIELDS, { type: 6, words: wordsOfNumber(2 ** 50 - 1) }];
    expect(readOf({ fields })).toMatchObject({ expirySeconds: 2 ** 50 - 1 });
  });
});
