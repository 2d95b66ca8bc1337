// Goal: a batch note binds everything it says. Method: random batches; each member changed in turn.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FIELD_ORDER } from '../codec/field.ts';
import { amount } from '../units/amount.ts';
import { type Hash, type Nonce, parseHash, parseNonce } from '../units/id.ts';
import { unixMs } from '../units/time.ts';
import {
  BATCH_ITEMS_MAX,
  type BatchItem,
  type BatchOpening,
  batchCommitment,
  batchCommitmentInputs,
  batchSpend,
  ITEM_SPEND_MAX,
  ITEM_STEP_MS_MAX,
  itemTimes,
  itemWords,
  lastItemAt,
} from './batch-commitment.ts';

const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
const item: fc.Arbitrary<BatchItem> = fc.record({
  spend: fc.bigInt({ min: 0n, max: ITEM_SPEND_MAX }).map(amount),
  stepMs: fc.integer({ min: 0, max: ITEM_STEP_MS_MAX }),
});
const items = fc.array(item, { minLength: 1, maxLength: BATCH_ITEMS_MAX });
const opening: fc.Arbitrary<BatchOpening> = fc.record({
  at: fc.integer({ min: 0, max: 2 ** 48 - 1 }).map(unixMs),
  category: fc.integer({ min: 0, max: 7 }),
  regime: fc.integer({ min: 0, max: 31 }),
  items,
  period: hex(64).map((text) => parseHash(text) ?? ('' as Hash)),
  token: fc.bigInt({ min: 0n, max: 2n ** 248n - 1n }),
  salt: hex(32).map((text) => parseNonce(text) ?? ('' as Nonce)),
});

/** The payments that words and a count stand for. */
function unpackItems(words: readonly bigint[], count: number): readonly BatchItem[] {
  return Array.from({ length: count }, (_, i) => {
    const cell = BigInt.asUintN(80, (words[Math.floor(i / 3)] ?? 0n) >> BigInt(80 * (i % 3)));
    return {
      spend: amount(BigInt.asUintN(48, cell)),
      stepMs: Number(cell >> 48n),
    };
  });
}

describe('the payments of a batch', () => {
  it('can be read back from their words, which are zero beyond them', () => {
    fc.assert(
      fc.property(items, (value) => {
        const words = itemWords(value);
        expect(words).toHaveLength(6);
        expect(unpackItems(words, value.length)).toEqual(value);
        const rest = unpackItems(words, 18).slice(value.length);
        expect(rest.every(({ spend, stepMs }) => spend === 0n && stepMs === 0)).toBe(true);
        for (const word of words) expect(word).toBeLessThan(2n ** 240n);
      }),
    );
  });

  it('add up, in spend and in time', () => {
    fc.assert(
      fc.property(items, (value) => {
        const at = unixMs(1_800_000_000_000);
        const times = itemTimes(at, value);
        expect(times).toEqual([...times].sort((a, b) => a - b));
        expect(times.at(-1)).toBe(lastItemAt(at, value));
        expect(batchSpend(value)).toBe(value.reduce((sum, { spend }) => sum + spend, 0n));
      }),
    );
  });

  it.each<[string, readonly BatchItem[]]>([
    ['none', []],
    ['seventeen', new Array<BatchItem>(17).fill({ spend: amount(0n), stepMs: 0 })],
    ['a spend of 2^48', [{ spend: amount(2n ** 48n), stepMs: 0 }]],
    ['a step of 2^32', [{ spend: amount(0n), stepMs: 2 ** 32 }]],
    ['a step back', [{ spend: amount(0n), stepMs: -1 }]],
    ['half a step', [{ spend: amount(0n), stepMs: 0.5 }]],
  ])('are refused: %s', (_, value) => {
    expect(() => itemWords(value)).toThrow(RangeError);
  });
});

describe('a batch commitment', () => {
  it('changes with every member', () => {
    fc.assert(
      fc.property(opening, opening, (first, second) => {
        const value = batchCommitment(first);
        expect(value).toBeLessThan(FIELD_ORDER);
        const before = batchCommitmentInputs(first).join();
        for (const name of [
          'at',
          'category',
          'regime',
          'items',
          'period',
          'token',
          'salt',
        ] as const) {
          const mixed = { ...first, [name]: second[name] };
          const same = batchCommitmentInputs(mixed).join() === before;
          expect(batchCommitment(mixed) === value).toBe(same);
        }
      }),
      { numRuns: 10 },
    );
  });

  it('tells a payment of nothing from none', () => {
    fc.assert(
      fc.property(opening, (value) => {
        const longer = [...value.items.slice(0, 15), { spend: amount(0n), stepMs: 0 }];
        const inputs = batchCommitmentInputs({ ...value, items: value.items.slice(0, 15) });
        expect(batchCommitmentInputs({ ...value, items: longer })).not.toEqual(inputs);
      }),
    );
  });

  it.each([{ category: 8 }, { category: -1 }, { regime: 32 }])('refuses %j', (change) => {
    const [value] = fc.sample(opening, 1);
    if (value === undefined) throw new Error('no sample');
    expect(() => batchCommitmentInputs({ ...value, ...change })).toThrow(RangeError);
  });
});
