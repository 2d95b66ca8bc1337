// Goal: a set of diffs has one encoding, which comes back; nothing else is taken, nothing throws or hangs.
// Method: random sets, their permutations, every truncation and bit flip of small ones, random bytes,
// payloads made by hand for every refusal; fast-check prints seed and path on failure.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesToHex, concatBytes, hexToBytes } from '../codec/bytes.ts';
import {
  edgeSetBits,
  generatorBits,
  pricedBatch,
  skewedBatch,
  wideBatch,
} from '../testing/diff-batches.ts';
import { AMOUNT_MAX, type SignedAmount, signedAmount } from '../units/amount.ts';
import { decodeStateDiffs } from './decode.ts';
import { DiffCoder, type DiffSymbols } from './diff-coder.ts';
import type { DiffMode } from './diff-mode.ts';
import { emptySymbols } from './diff-symbols.ts';
import { diffsRoot } from './diffs-tree.ts';
import { encodeStateDiffs } from './encode.ts';
import { encodeHeader } from './header.ts';
import { RangeEncoder } from './range-coder.ts';
import { encodeRecords18 } from './record18.ts';
import { STATE_DIFF_REFUSALS } from './refusals.ts';
import type { StateDiff } from './state-diff.ts';

const RUNS = { numRuns: 150, verbose: 1 } as const;

const delta = fc.oneof(
  fc.bigInt({ min: -AMOUNT_MAX, max: AMOUNT_MAX }),
  fc.bigInt({ min: -300n, max: 300n }),
  fc.bigInt({ min: -99n, max: 99n }).map((value) => value * 10_000n),
  fc.constantFrom(0n, 1n, -1n, AMOUNT_MAX, -AMOUNT_MAX, 2n ** 32n, 2n ** 32n - 1n, 10n ** 18n),
);
const moves = fc.oneof(
  fc.integer({ min: 1, max: 9 }),
  fc.integer({ min: 1, max: 4_294_967_295 }),
  fc.constant(4_294_967_295),
);
const registrySize = fc.oneof(
  fc.integer({ min: 1, max: 60 }),
  fc.integer({ min: 1, max: 2 ** 32 }),
  fc.constant(2 ** 32),
);
const set = registrySize.chain((size) =>
  fc.record({
    registrySize: fc.constant(size),
    diffs: fc.uniqueArray(
      fc.record({
        edge: fc.oneof(fc.nat(size - 1), fc.constant(size - 1)),
        delta: delta.map(signedAmount),
        moves,
        flags: fc.oneof(fc.nat(7), fc.nat(65_535)),
      }),
      { maxLength: 60, selector: ({ edge }) => edge },
    ),
  }),
);

/** The same price for each of its moves, or rounded amounts: batches of the other modes. */
const disguised = fc
  .record({ price: fc.integer({ min: 1, max: 999 }), zeros: fc.nat(5), set })
  .map(({ price, zeros, set: given }) => ({
    ...given,
    diffs: given.diffs.map((diff) => ({
      ...diff,
      delta: signedAmount(BigInt(price) * 10n ** BigInt(zeros) * BigInt(diff.moves)),
    })),
  }));

const ascending = (diffs: readonly StateDiff[]) => [...diffs].sort((a, b) => a.edge - b.edge);

function taken(payload: Uint8Array) {
  const decoded = decodeStateDiffs(payload);
  if (decoded.kind === 'refused') throw new Error(`${decoded.reason} at ${decoded.offset}`);
  return decoded;
}

/** Whatever is taken is what the encoder gives for it. */
function takesOnlyTheOneEncoding(bytes: Uint8Array): string {
  const decoded = decodeStateDiffs(bytes);
  if (decoded.kind === 'refused') return decoded.reason;
  expect(bytesToHex(encodeStateDiffs(decoded))).toBe(bytesToHex(bytes));
  return 'decoded';
}

describe('every set', () => {
  test('comes back, with its root', () => {
    fc.assert(
      fc.property(fc.oneof(set, disguised), ({ registrySize: size, diffs }) => {
        const decoded = taken(encodeStateDiffs({ registrySize: size, diffs }));
        expect(decoded.diffs).toEqual(ascending(diffs));
        expect(decoded.registrySize).toBe(size);
        expect(bytesToHex(decoded.root)).toBe(bytesToHex(diffsRoot(diffs)));
      }),
      RUNS,
    );
  });

  test('has the same bytes in whatever order it is given', () => {
    fc.assert(
      fc.property(set, fc.infiniteStream(fc.nat()), ({ registrySize: size, diffs }, draws) => {
        const shuffled = [...diffs].sort(() => ((draws.next().value ?? 0) % 2) - 0.5);
        const [one, two] = [diffs, shuffled].map((order) =>
          bytesToHex(encodeStateDiffs({ registrySize: size, diffs: order })),
        );
        expect(one).toBe(two);
      }),
      RUNS,
    );
  });

  test('of none, of all edges, and of the last edge of the largest registry', () => {
    expect(taken(encodeStateDiffs({ registrySize: 0, diffs: [] })).diffs).toEqual([]);
    const all = wideBatch({ seed: 1, count: 500, registrySize: 500 });
    expect(taken(encodeStateDiffs(all)).diffs).toEqual(all.diffs);
    const last = [{ edge: 2 ** 32 - 1, delta: signedAmount(5n), moves: 1, flags: 0 }];
    expect(taken(encodeStateDiffs({ registrySize: 2 ** 32, diffs: last })).diffs).toEqual(last);
  });
});

describe('the size', () => {
  const size = { seed: 7, count: 3_000, registrySize: 15_000 };

  test.each([
    ['skewed', skewedBatch(size)],
    ['priced', pricedBatch(size)],
    ['wide', wideBatch(size)],
  ])(
    'of a %s batch is within 10 % of what a code spends that knows the generator',
    (_name, batch) => {
      const bits = 8 * encodeStateDiffs(batch).length;
      expect(bits).toBeLessThan(1.1 * generatorBits(batch));
      expect(bits).toBeGreaterThan(edgeSetBits(batch));
      expect(bits).toBeLessThan(8 * encodeRecords18(batch.diffs).length);
    },
  );

  test('of a batch that moved every edge alike is next to nothing', () => {
    const diffs = Array.from({ length: 5_000 }, (_, edge) => ({
      edge,
      delta: signedAmount(-2_500n),
      moves: 1,
      flags: 0,
    }));
    expect(encodeStateDiffs({ registrySize: 5_000, diffs }).length).toBeLessThan(60);
  });
});

describe('nothing but the one encoding is taken', () => {
  const small = skewedBatch({ seed: 3, count: 40, registrySize: 200 });
  const payload = encodeStateDiffs(small);

  test('not one bit may differ', () => {
    for (let i = 0; i < 8 * payload.length; i += 1) {
      const flipped = payload.slice();
      flipped[i >> 3] = (flipped[i >> 3] ?? 0) ^ (1 << (i & 7));
      if (takesOnlyTheOneEncoding(flipped) !== 'decoded') continue;
      // The same diffs of a registry of another size: another set, whose one encoding it is.
      const { registrySize: size, diffs } = taken(flipped);
      expect(diffs).toEqual(small.diffs);
      expect(size).not.toBe(small.registrySize);
    }
  });

  test('not one byte may be missing or follow', () => {
    for (let end = 0; end < payload.length; end += 1) {
      expect(takesOnlyTheOneEncoding(payload.subarray(0, end))).not.toBe('decoded');
    }
    for (const more of [[0], [1], [255], [0, 0, 0, 0, 0]]) {
      expect(decodeStateDiffs(concatBytes(payload, Uint8Array.from(more)))).toMatchObject({
        kind: 'refused',
        reason: 'not_canonical',
      });
    }
  });

  test('random bytes, alone and after a good header', () => {
    const head = concatBytes(diffsRoot([]).subarray(0, 31), Uint8Array.of(0x10));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(3), (bytes, mode) => {
        takesOnlyTheOneEncoding(bytes);
        const known = head.slice();
        known[31] = 0x10 + mode;
        takesOnlyTheOneEncoding(concatBytes(known, bytes));
        const sized = encodeHeader({
          registrySize: 2 ** 32,
          count: 30,
          mode: { unitPrices: mode > 1, decimals: mode % 2 === 1 },
        });
        takesOnlyTheOneEncoding(concatBytes(known.subarray(0, 31), sized, bytes));
      }),
      { numRuns: 400, verbose: 1 },
    );
  });

  test('several bytes changed, of payloads of every mode', () => {
    const change = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(fc.oneof(set, disguised), change, (given, changes) => {
        const bytes = encodeStateDiffs(given);
        for (const [at, by] of changes) {
          bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ by;
        }
        takesOnlyTheOneEncoding(bytes);
      }),
      RUNS,
    );
  });
});

const PLAIN: DiffMode = { unitPrices: false, decimals: false };

type Crafted = {
  readonly mode?: DiffMode;
  readonly registrySize?: number;
  readonly symbols: readonly Partial<DiffSymbols>[];
  readonly root?: Uint8Array;
};

/** A payload whose columns hold what they are told. */
function craft({ mode = PLAIN, registrySize: size = 100, symbols, root }: Crafted): Uint8Array {
  const encoder = new RangeEncoder();
  const coder = new DiffCoder(encoder, mode, symbols.length);
  for (const some of symbols) coder.code({ ...emptySymbols(), ...some });
  const header = encodeHeader({ registrySize: size, count: symbols.length, mode });
  return concatBytes(root ?? new Uint8Array(31), header, encoder.finish());
}

const withHeader = (hex: string) => concatBytes(new Uint8Array(31), hexToBytes(hex));
const UNIT_PRICES: DiffMode = { unitPrices: true, decimals: false };
const DECIMALS: DiffMode = { unitPrices: false, decimals: true };
const one: StateDiff = { edge: 0, delta: signedAmount(0n), moves: 1, flags: 0 };

describe('refusals', () => {
  const rows: readonly (readonly [string, Uint8Array, string])[] = [
    ['nothing', new Uint8Array(0), 'too_short'],
    ['a root alone', new Uint8Array(31), 'too_short'],
    ['version 0', withHeader('000000'), 'unknown_format'],
    ['version 2', withHeader('200000'), 'unknown_format'],
    ['a mode without meaning', withHeader('140000'), 'unknown_format'],
    ['no registry size', withHeader('10'), 'malformed_header'],
    ['no count', withHeader('1005'), 'malformed_header'],
    ['a longer varint than needed', withHeader('10850000'), 'malformed_header'],
    ['a varint of six bytes', withHeader('1080808080800100'), 'malformed_header'],
    ['a registry of 2^32 + 1', withHeader('10818080801000'), 'registry_too_large'],
    ['262,145 diffs', withHeader('108080808010818010'), 'too_many_diffs'],
    ['2 diffs of 1 edge', withHeader('100102'), 'more_diffs_than_edges'],
    [
      'no columns',
      encodeStateDiffs(wideBatch({ seed: 2, count: 40, registrySize: 60 })).subarray(0, 34),
      'truncated',
    ],
    ['an edge beyond the registry', craft({ symbols: [{ gap: 100 }] }), 'edge_out_of_range'],
    [
      'an edge beyond 2^32',
      craft({ registrySize: 2 ** 32, symbols: [{ gap: 2 ** 32 - 1 }, {}] }),
      'edge_out_of_range',
    ],
    ['2^32 moves', craft({ symbols: [{ more: 2 ** 32 - 1 }] }), 'moves_out_of_range'],
    ['a delta of 2^63', craft({ symbols: [{ hi: 2 ** 31 }] }), 'delta_out_of_range'],
    [
      'a product beyond 2^63',
      craft({ mode: UNIT_PRICES, symbols: [{ more: 2, multiple: 1, hi: 2 ** 30 }] }),
      'delta_out_of_range',
    ],
    [
      'a quotient not taken',
      craft({ mode: UNIT_PRICES, symbols: [{ more: 1, lo: 8 }] }),
      'delta_out_of_range',
    ],
    ['decimals not taken', craft({ mode: DECIMALS, symbols: [{ lo: 10 }] }), 'delta_out_of_range'],
    [
      '19 decimals',
      craft({ mode: DECIMALS, symbols: [{ lo: 1, decimals: 19 }] }),
      'delta_out_of_range',
    ],
    ['2^16 as flags', craft({ symbols: [{ flags: 65_536 }] }), 'flags_out_of_range'],
    ['a mode without need', craft({ mode: DECIMALS, symbols: [{ lo: 7 }] }), 'not_canonical'],
    ['a mode that is missing', craft({ symbols: [{ lo: 100 }] }), 'not_canonical'],
    ['another root', craft({ symbols: [{}] }), 'root_mismatch'],
  ];

  test.each(rows)('%s', (_name, bytes, reason) => {
    expect(decodeStateDiffs(bytes)).toMatchObject({ kind: 'refused', reason });
  });

  test('every reason has a row', () => {
    const reasons = new Set(rows.map(([, , reason]) => reason));
    expect([...reasons]).toEqual(STATE_DIFF_REFUSALS.map(({ reason }) => reason));
  });

  test('what was made by hand is taken when it is right', () => {
    const root = diffsRoot([one]).subarray(0, 31);
    expect(taken(craft({ symbols: [{}], root })).diffs).toEqual([one]);
  });

  test('a few bytes for the largest count are decided in bounded work', () => {
    const header = encodeHeader({ registrySize: 2 ** 32, count: 262_144, mode: PLAIN });
    const bytes = concatBytes(new Uint8Array(31), header, new Uint8Array(12).fill(7));
    expect(decodeStateDiffs(bytes)).toMatchObject({ kind: 'refused', offset: expect.any(Number) });
  });
});

describe('what is no set of diffs is not encoded', () => {
  test.each([
    [{ registrySize: -1, diffs: [] }, 'registrySize is 0 … 2^32, not -1'],
    [{ registrySize: 2 ** 32 + 1, diffs: [] }, 'registrySize is 0 … 2^32, not 4294967297'],
    [{ registrySize: 0.5, diffs: [] }, 'registrySize is 0 … 2^32, not 0.5'],
    [{ registrySize: 3, diffs: [{ ...one, edge: 3 }] }, 'edge is below registrySize 3, not 3'],
    [{ registrySize: 3, diffs: [one, one] }, 'edge 0 has one diff, not two'],
    [{ registrySize: 3, diffs: [{ ...one, moves: 0 }] }, 'moves is 1 … 2^32−1, not 0'],
    [{ registrySize: 3, diffs: [{ ...one, edge: -1 }] }, 'edge is 0 … 2^32−1, not -1'],
    [
      { registrySize: 3, diffs: [{ ...one, delta: (-AMOUNT_MAX - 1n) as SignedAmount }] },
      `delta is −2^63+1 … 2^63−1, not ${-AMOUNT_MAX - 1n}`,
    ],
    [
      { registrySize: 2 ** 20, diffs: Array.from({ length: 262_145 }, () => one) },
      'diffs are at most 262144, not 262145',
    ],
  ])('%#', (given, message) => {
    expect(() => encodeStateDiffs(given)).toThrow(new RangeError(message));
  });
});
