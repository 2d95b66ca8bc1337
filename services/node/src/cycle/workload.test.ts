// Goal: the workload is reproducible and its prices are exact. Method: tables and laws.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { builtInPurchases, priceOf, proofsPerAgent, tracePurchases } from './workload.ts';

const prices = { perThousandContext: 2500n, perThousandGenerated: 10_000n };
const fleet = { agents: 4, providers: 3 };

describe('priceOf', () => {
  it.each([
    [0, 0, 1n],
    [1, 0, 3n],
    [1000, 0, 2500n],
    [1000, 1000, 12_500n],
    [4808, 10, 12_120n],
  ])('prices %d context and %d generated tokens', (contextTokens, generatedTokens, price) => {
    expect(priceOf({ contextTokens, generatedTokens }, prices)).toBe(price);
  });

  it('never rounds down', () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.nat(100_000), (contextTokens, generatedTokens) => {
        const exact = BigInt(contextTokens) * 2500n + BigInt(generatedTokens) * 10_000n;
        expect(priceOf({ contextTokens, generatedTokens }, prices) * 1000n >= exact).toBe(true);
      }),
    );
  });
});

describe('the built-in workload', () => {
  it('is the same for the same seed and another for another', () => {
    const first = builtInPurchases(60, fleet, prices, '1');
    expect(builtInPurchases(60, fleet, prices, '1')).toEqual(first);
    expect(builtInPurchases(60, fleet, prices, '2')).not.toEqual(first);
  });

  it('has each way a hold can end', () => {
    const reactions = new Set(builtInPurchases(60, fleet, prices, '1').map((p) => p.reaction));
    expect(reactions).toEqual(new Set(['deliver', 'decline', 'silent']));
  });
});

describe('proofsPerAgent', () => {
  it('counts one proof for each started tier', () => {
    const rows = Array.from({ length: 130 }, () => ({ contextTokens: 1, generatedTokens: 1 }));
    const purchases = tracePurchases(rows, { agents: 2, providers: 1 }, prices, '1');
    expect(proofsPerAgent(purchases, { agents: 2, providers: 1 }, 64)).toEqual([2, 2]);
  });
});
