/** What a settlement's amount is in millisatoshis, where it is a whole number of them. Pure. */

import type { BatchSettlement } from '@atomicity/kernel/anchor/events';
import type { Denomination } from '@atomicity/kernel/units/denomination';
import { AMOUNT_MSAT_MAX } from './bolt11.ts';

/** So many ledger units are so many millisatoshis, both 1 or more. */
export type MsatRatio = { readonly units: bigint; readonly msat: bigint };

/** What each denomination that can be paid is worth. One that is not here can't be paid. */
export type MsatRatios = ReadonlyMap<Denomination, MsatRatio>;

/** The ratios of bitcoin itself at every scale: `BTC/8` counts satoshis, `BTC/9` tenths of them. */
export const BITCOIN_RATIOS: MsatRatios = new Map(
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((scale) => [
    `BTC/${scale}` as Denomination,
    { units: 1n, msat: 10n ** BigInt(11 - scale) },
  ]),
);

/** Reads ratios from configuration. @throws RangeError that names the denomination. */
export function msatRatios(ratios: MsatRatios): MsatRatios {
  for (const [denomination, { units, msat }] of ratios) {
    if (units < 1n || msat < 1n) {
      throw new RangeError(`${denomination}: a ratio is of whole numbers, 1 or more`);
    }
  }
  return ratios;
}

/**
 * Millisatoshis to pay for a settlement, 1 … 21 million bitcoin; undefined where the denomination has no ratio
 * or the amount is no whole number of them: then it is not payable.
 */
export function payableMsat(
  { denomination, amount }: Pick<BatchSettlement, 'denomination' | 'amount'>,
  ratios: MsatRatios,
): bigint | undefined {
  const ratio = ratios.get(denomination);
  if (ratio === undefined) return undefined;
  const product = amount * ratio.msat;
  const msat = product / ratio.units;
  if (product % ratio.units !== 0n || msat < 1n || msat > AMOUNT_MSAT_MAX) return undefined;
  return msat;
}
