import { amount } from '@atomicity/kernel/units/amount';
import type { Denomination } from '@atomicity/kernel/units/denomination';
import { describe, expect, it } from 'vitest';
import { BITCOIN_RATIOS, msatRatios, payableMsat } from './payable-amount.ts';

const of = (denomination: string, units: bigint) => ({
  denomination: denomination as Denomination,
  amount: amount(units),
});

describe('an amount of bitcoin', () => {
  it.each([
    ['BTC/0', 1n, 100_000_000_000n],
    ['BTC/8', 1n, 1_000n],
    ['BTC/9', 1n, 100n],
    ['BTC/8', 2_100_000_000_000_000n, 2_100_000_000_000_000_000n],
    ['BTC/8', 2_100_000_000_000_001n, undefined],
    ['BTC/8', 0n, undefined],
    ['USD/6', 1n, undefined],
  ])('%s %d is %s msat', (denomination, units, msat) => {
    expect(payableMsat(of(denomination, units), BITCOIN_RATIOS)).toBe(msat);
  });
});

it('is payable by a configured ratio only where that is exact', () => {
  const ratios = msatRatios(new Map([['USD/6' as Denomination, { units: 3n, msat: 2n }]]));
  expect(payableMsat(of('USD/6', 9n), ratios)).toBe(6n);
  expect(payableMsat(of('USD/6', 10n), ratios)).toBeUndefined();
  expect(() => msatRatios(new Map([['USD/6' as Denomination, { units: 0n, msat: 1n }]]))).toThrow(
    /USD\/6/,
  );
});
