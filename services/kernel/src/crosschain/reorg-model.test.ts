// Goal: how likely reorganisations are, exactly. Method: published tables, hand-worked rows, laws.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FINAL, PROOF_OF_WORK } from '../testing/cross-chain-paths.ts';
import {
  CONFIRMATIONS_MAX,
  confirmationTable,
  isBelowLoss,
  requiredConfirmations,
} from './confirmations.ts';
import { isLess, ONE, rational, scaledFloor, ZERO } from './rational.ts';
import {
  adversarialTail,
  naturalTail,
  type ReorgModel,
  refuseReorgModel,
  reorgTail,
} from './reorg-model.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_121);
/** In ten-millionths, as Nakamoto's table has them, rounded down. */
const printed = (tail: ReturnType<typeof reorgTail>) => Number(scaledFloor(tail, 10_000_000n));

describe('an attacker', () => {
  // In thousandths of a percent, for q = 10 %, 20 %, 30 %: Rosenfeld (2012), table 1. Found again by summing
  // over the attacker's progress, with the gambler's ruin after it.
  test.each([
    [1, [20_000, 40_000, 60_000]],
    [2, [5_600, 20_800, 43_200]],
    [3, [1_712, 11_584, 32_616]],
    [4, [546, 6_669, 25_207]],
    [5, [178, 3_916, 19_762]],
    [6, [59, 2_331, 15_645]],
    [10, [1, 316, 6_511]],
  ])('with q of the blocks overtakes %s confirmations at %s', (k, expected) => {
    const found = [10n, 20n, 30n].map((q) => {
      const tail = adversarialTail(rational(q, 100n), k);
      return Number((scaledFloor(tail, 1_000_000n) + 5n) / 10n);
    });
    expect(found).toEqual(expected);
  });

  test.each([
    // Nakamoto (2008), section 11: q = 0.1 and 0.3, z confirmations.
    [1n, 2, 509_779],
    [1n, 3, 131_722],
    [1n, 4, 34_552],
    [1n, 5, 9_137],
    [1n, 10, 12],
    [3n, 5, 1_773_523],
    [3n, 10, 416_605],
    [3n, 15, 101_008],
  ])(
    'with %s tenths at %s confirmations is no less likely than in Nakamoto’s table',
    (q, k, nakamoto) => {
      expect(printed(adversarialTail(rational(q, 10n), k))).toBeGreaterThanOrEqual(nakamoto);
    },
  );

  test('with nothing never does, with half of them always', () => {
    expect(adversarialTail(rational(0n, 7n), 1)).toEqual(ZERO);
    expect(adversarialTail(rational(1n, 2n), 900)).toEqual(ONE);
    expect(adversarialTail(rational(2n, 3n), 900)).toEqual(ONE);
  });
});

describe('reorganisations of themselves', () => {
  const empirical: ReorgModel['natural'] = { kind: 'empirical', counts: [8, 1], blocks: 999 };
  test.each([
    ['counted, a block and more', empirical, 1, rational(10n, 1_000n)],
    ['counted, two blocks', empirical, 2, rational(2n, 1_000n)],
    ['never seen: counted as seen once more', empirical, 3, rational(1n, 1_000n)],
    ['geometric', PROOF_OF_WORK.natural, 3, rational(1n, 40_000n)],
    ['geometric, at the cutoff', FINAL.natural, 9, rational(1n, 256n * 10n ** 9n)],
    ['geometric, past it', FINAL.natural, 10, ZERO],
    [
      'by a power',
      { kind: 'power', first: rational(1n, 100n), exponent: 3, cutoff: 5 } as const,
      5,
      rational(1n, 12_500n),
    ],
    [
      'by a power, past the cutoff',
      { kind: 'power', first: rational(1n, 100n), exponent: 3, cutoff: 5 } as const,
      6,
      ZERO,
    ],
  ])('%s', (_, model, k, expected) => {
    const { num, den } = naturalTail(model, k);
    expect(num * expected.den).toBe(expected.num * den);
  });

  test.each([0, -1, 1.5, 2 ** 31])('of %s blocks are none', (k) => {
    expect(() => reorgTail(PROOF_OF_WORK, k)).toThrow(RangeError);
  });
});

describe('a model is refused', () => {
  const share = { num: 2n, den: 1n };
  const natural = PROOF_OF_WORK.natural;
  test.each<[string, unknown]>([
    ['/adversary', { natural, adversary: share }],
    ['/adversary', { natural, adversary: { num: 1n, den: 0n } }],
    ['/natural/blocks', { natural: { kind: 'empirical', counts: [], blocks: 0.5 } }],
    ['/natural/counts', { natural: { kind: 'empirical', counts: [-1], blocks: 5 } }],
    ['/natural/counts', { natural: { kind: 'empirical', counts: [4, 2], blocks: 5 } }],
    ['/natural/first', { natural: { ...natural, first: share } }],
    ['/natural/ratio', { natural: { ...natural, ratio: share } }],
    ['/natural/cutoff', { natural: { ...natural, cutoff: -1 } }],
    ['/natural/exponent', { natural: { kind: 'power', first: ZERO, exponent: 65, cutoff: 5 } }],
  ])('at %s', (field, change) => {
    const model = { ...PROOF_OF_WORK, ...(change as Partial<ReorgModel>) };
    expect(refuseReorgModel(model)?.field).toBe(field);
    expect(refuseReorgModel(PROOF_OF_WORK)).toBeUndefined();
  });
});

describe('confirmations', () => {
  // In millionths of a dollar.
  const LOSS = 500n;
  const values = { '$0.002': 2_000n, $1: 1_000_000n, $200: 200_000_000n };

  test('are more for 200 dollars than for a fifth of a cent, which needs one', () => {
    expect(
      confirmationTable(
        [
          { chain: 'bitcoin', model: PROOF_OF_WORK },
          { chain: 'final', model: FINAL },
        ],
        Object.values(values),
        LOSS,
      ),
    ).toEqual([
      { chain: 'bitcoin', confirmations: [1, 7, 12] },
      { chain: 'final', confirmations: [1, 1, 1] },
    ]);
  });

  test('are none for what must not be lost at all, and too many against half of the blocks', () => {
    expect(requiredConfirmations(PROOF_OF_WORK, 1n, 0n)).toBeNull();
    const half = { ...PROOF_OF_WORK, adversary: rational(1n, 2n) };
    expect(requiredConfirmations(half, 1_000n, 1_000n)).toBeNull();
    expect(requiredConfirmations(half, 999n, 1_000n)).toBe(1);
    expect(requiredConfirmations(PROOF_OF_WORK, 0n, 1n)).toBe(1);
    expect(() => requiredConfirmations(PROOF_OF_WORK, -1n, 1n)).toThrow('value');
    expect(() => requiredConfirmations(PROOF_OF_WORK, 1n, -1n)).toThrow('lossMax');
  });

  test('compare money exactly: at the loss itself is not below it', () => {
    expect(isBelowLoss(rational(1n, 3n), 3n, 1n)).toBe(false);
    expect(isBelowLoss(rational(1n, 3n), 3n * 10n ** 30n - 1n, 10n ** 30n)).toBe(true);
  });

  test(`are the least that suffice, and never fewer for more value (seed ${SEED})`, () => {
    const model = fc.record({
      natural: fc.record({
        kind: fc.constant('geometric' as const),
        first: fc.bigInt(0n, 50n).map((n) => rational(n, 1_000n)),
        ratio: fc.bigInt(0n, 80n).map((n) => rational(n, 100n)),
        cutoff: fc.integer({ min: 0, max: 30 }),
      }),
      adversary: fc.bigInt(0n, 35n).map((n) => rational(n, 100n)),
    });
    const value = fc.bigInt(0n, 10n ** 6n);
    fc.assert(
      fc.property(model, value, value, fc.bigInt(1n, 1_000n), (of, low, more, loss) => {
        const k = requiredConfirmations(of, low, loss) ?? CONFIRMATIONS_MAX + 1;
        if (k <= CONFIRMATIONS_MAX) expect(isBelowLoss(reorgTail(of, k), low, loss)).toBe(true);
        if (k > 1) expect(isBelowLoss(reorgTail(of, k - 1), low, loss)).toBe(false);
        const greater = requiredConfirmations(of, low + more, loss) ?? CONFIRMATIONS_MAX + 1;
        expect(greater).toBeGreaterThanOrEqual(k);
        for (let depth = 1; depth < 6; depth++) {
          expect(isLess(reorgTail(of, depth), reorgTail(of, depth + 1))).toBe(false);
        }
      }),
      { seed: SEED, numRuns: 60 },
    );
  });
});
