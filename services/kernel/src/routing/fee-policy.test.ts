import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { AMOUNT_MAX, amount } from '../units/amount.ts';
import { parseDenomination } from '../units/denomination.ts';
import { partyIdFromKey } from '../units/id.ts';
import type { FeePolicy } from '../wire/objects.ts';
import { policyHash, routingFee } from './fee-policy.ts';

const denomination = parseDenomination('USD/6');
if (denomination === undefined) throw new Error('no denomination');

const policy: FeePolicy = {
  hop: partyIdFromKey(new Uint8Array(32).fill(7)),
  denomination,
  feeBps: 50,
  feeFlat: amount(3n),
  amountMin: amount(1n),
  amountMax: amount(1_000_000n),
  marginMs: 2000,
};

const feeOf = (of: bigint, changes: Partial<FeePolicy> = {}) =>
  routingFee({ ...policy, ...changes }, amount(of));

describe('a routing fee', () => {
  test.each([
    // 50 bps: a whole unit for every 200, and one more as soon as any remainder is left.
    [1n, 4n],
    [199n, 4n],
    [200n, 4n],
    [201n, 5n],
    [400n, 5n],
    [401n, 6n],
    [500_000n, 2503n],
    [1_000_000n, 5003n],
  ])('of %s is the flat part and the proportional one, rounded up: %s', (of, fee) => {
    expect(feeOf(of)).toBe(fee);
  });

  test('of the book, 1 msat and 50 ppm of 500,000 sat, has no equal here: a bps is 100 ppm', () => {
    // The book: 1 + 500,000,000 · 50 / 1,000,000 = 25,001 msat. The nearest policies enclose it.
    const of = 500_000_000n;
    const wide = { amountMax: AMOUNT_MAX as FeePolicy['amountMax'], feeFlat: amount(1n) };
    expect(feeOf(of, { ...wide, feeBps: 0 })).toBe(1n);
    expect(feeOf(of, { ...wide, feeBps: 1 })).toBe(50_001n);
  });

  test('is the flat part alone at 0 bps, and nothing at all for a free hop', () => {
    expect(feeOf(999n, { feeBps: 0 })).toBe(3n);
    expect(feeOf(999n, { feeBps: 0, feeFlat: amount(0n) })).toBe(0n);
  });

  test('exists from amountMin to amountMax', () => {
    const limits = { amountMin: amount(100n), amountMax: amount(200n) };
    expect(feeOf(99n, limits)).toBeUndefined();
    expect(feeOf(100n, limits)).toBe(4n);
    expect(feeOf(200n, limits)).toBe(4n);
    expect(feeOf(201n, limits)).toBeUndefined();
  });

  test('above 2^63−1 does not exist', () => {
    const all = { amountMax: amount(AMOUNT_MAX), feeBps: 10_000 };
    expect(feeOf(AMOUNT_MAX, { ...all, feeFlat: amount(0n) })).toBe(AMOUNT_MAX);
    expect(feeOf(AMOUNT_MAX, { ...all, feeFlat: amount(1n) })).toBeUndefined();
  });
});

describe('the hash of a policy', () => {
  test('is that of its canonical terms', () => {
    const text = `{"amountMax":"1000000","amountMin":"1","denomination":"USD/6","feeBps":50,"feeFlat":"3","hop":"${policy.hop}","marginMs":2000}`;
    const hash = createHash('sha256').update(`atomicity/FeePolicy/v1\0${text}`).digest('hex');
    expect(policyHash(policy)).toBe(hash);
  });

  test('changes with every term', () => {
    const other: FeePolicy = {
      hop: partyIdFromKey(new Uint8Array(32).fill(8)),
      denomination: 'EUR/6' as FeePolicy['denomination'],
      feeBps: 51,
      feeFlat: amount(4n),
      amountMin: amount(2n),
      amountMax: amount(1_000_001n),
      marginMs: 2001,
    };
    const hashes = Object.entries(other).map(([name, value]) =>
      policyHash({ ...policy, [name]: value }),
    );
    expect(new Set([policyHash(policy), ...hashes]).size).toBe(8);
  });
});
