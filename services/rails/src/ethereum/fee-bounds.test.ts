// Goal: an offer lasts for a while, a replacement is taken by nodes, and no cap is ever passed. Method: a table,
// and properties over any prices.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AnchorForm,
  type FeeCaps,
  type FeeOffer,
  type FeeQuote,
  firstOffer,
  isUnderpriced,
  raisedOffer,
} from './fee-bounds.ts';

const quote: FeeQuote = {
  block: 7,
  baseFeePerGas: 1_000n,
  blobBaseFee: 10n,
  priorityFeePerGas: 100n,
};
const caps: FeeCaps = {
  maxFeePerGas: 10_000n,
  maxPriorityFeePerGas: 1_000n,
  maxFeePerBlobGas: 200n,
};
const offer = (maxFeePerGas: bigint, maxPriorityFeePerGas: bigint, maxFeePerBlobGas: bigint) => ({
  kind: 'offered',
  offer: { maxFeePerGas, maxPriorityFeePerGas, maxFeePerBlobGas },
});

describe('a first offer', () => {
  it.each<[string, Partial<FeeQuote>, AnchorForm, unknown]>([
    ['is twice the base fees and the tip', {}, 'blob', offer(2_100n, 100n, 20n)],
    ['has no blob fee for calldata', {}, 'calldata', offer(2_100n, 100n, 0n)],
    ['is at least 1 for blobs', { blobBaseFee: 0n }, 'blob', offer(2_100n, 100n, 1n)],
    ['stays below the cap', { baseFeePerGas: 9_000n }, 'blob', offer(10_000n, 100n, 20n)],
    ['cuts the tip', { priorityFeePerGas: 5_000n }, 'blob', offer(3_000n, 1_000n, 20n)],
    [
      'is none above the cap of gas',
      { baseFeePerGas: 9_901n },
      'blob',
      { kind: 'above_cap', fee: 'maxFeePerGas' },
    ],
    [
      'is none above the cap of blob gas',
      { blobBaseFee: 201n },
      'blob',
      { kind: 'above_cap', fee: 'maxFeePerBlobGas' },
    ],
    [
      'of calldata does not ask for blobs',
      { blobBaseFee: 201n },
      'calldata',
      offer(2_100n, 100n, 0n),
    ],
  ])('%s', (_name, change, form, expected) => {
    expect(firstOffer({ ...quote, ...change }, caps, form)).toEqual(expected);
  });
});

describe('a raised offer', () => {
  const before: FeeOffer = {
    maxFeePerGas: 2_100n,
    maxPriorityFeePerGas: 101n,
    maxFeePerBlobGas: 20n,
  };

  it.each<[string, Partial<FeeQuote>, Partial<FeeCaps>, AnchorForm, unknown]>([
    ['doubles all three for blobs', {}, {}, 'blob', offer(4_200n, 202n, 40n)],
    ['is a tenth more for calldata, rounded up', {}, {}, 'calldata', offer(2_310n, 112n, 22n)],
    ['follows the market', { baseFeePerGas: 4_000n }, {}, 'blob', offer(8_100n, 202n, 40n)],
    [
      'is none above a cap',
      {},
      { maxFeePerBlobGas: 39n },
      'blob',
      { kind: 'above_cap', fee: 'maxFeePerBlobGas' },
    ],
  ])('%s', (_name, change, less, form, expected) => {
    const raised = raisedOffer(before, { ...quote, ...change }, { ...caps, ...less }, form);
    expect(raised).toEqual(expected);
  });
});

const wei = fc.bigInt({ min: 0n, max: 2n ** 90n });
const quotes = fc.record({
  block: fc.nat(),
  baseFeePerGas: wei,
  blobBaseFee: wei,
  priorityFeePerGas: wei,
});
const offers = fc.record({
  maxFeePerGas: wei,
  maxPriorityFeePerGas: wei,
  maxFeePerBlobGas: wei,
});
const FEES = ['maxFeePerGas', 'maxPriorityFeePerGas', 'maxFeePerBlobGas'] as const;

it('any offer is taken now, holds the caps, and a replacement is enough for every node', () => {
  fc.assert(
    fc.property(
      quotes,
      offers,
      offers,
      fc.constantFrom<AnchorForm>('blob', 'calldata'),
      (now, limits, replaced, form) => {
        const first = firstOffer(now, limits, form);
        const raised = raisedOffer(replaced, now, limits, form);
        for (const made of [first, raised]) {
          if (made.kind === 'above_cap') continue;
          expect(isUnderpriced(made.offer, now, form)).toBe(false);
          expect(made.offer.maxPriorityFeePerGas <= made.offer.maxFeePerGas).toBe(true);
          for (const fee of FEES) expect(made.offer[fee] <= limits[fee]).toBe(true);
        }
        if (raised.kind === 'above_cap') return;
        const percent = form === 'blob' ? 200n : 110n;
        for (const fee of FEES) {
          expect(raised.offer[fee] * 100n >= replaced[fee] * percent).toBe(true);
        }
      },
    ),
  );
});
