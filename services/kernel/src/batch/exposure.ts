/** How much stands on a batch. */
import type { Amount } from '../units/amount.ts';
import type { Denomination } from '../units/denomination.ts';
import type { Closure } from './closure.ts';

/** Σ |delta| of what waits in one denomination, in its ledger units; it may exceed an amount. */
export type Exposure = { readonly denomination: Denomination; readonly value: bigint };

const byDenomination = (
  left: { readonly denomination: Denomination },
  right: { readonly denomination: Denomination },
): number => (left.denomination < right.denomination ? -1 : 1);

/** The magnitude of a movement, whoever owes. */
export function magnitudeOf({ delta }: Pick<Closure, 'delta'>): bigint {
  return delta < 0n ? -delta : delta;
}

/**
 * What stands unsettled, one entry a denomination, ascending. Denominations are never added up: the
 * system has no base unit. Movements of both directions count: netting is what the batch does, not
 * what it may rest on.
 */
export function unsettledExposure(closures: readonly Closure[]): readonly Exposure[] {
  const sums = new Map<Denomination, bigint>();
  for (const closure of closures) {
    const { denomination } = closure;
    sums.set(denomination, (sums.get(denomination) ?? 0n) + magnitudeOf(closure));
  }
  return [...sums].map(([denomination, value]) => ({ denomination, value })).sort(byDenomination);
}

/** What a principal lets stand unsettled in one denomination. */
export type ExposureCap = { readonly denomination: Denomination; readonly cap: Amount };

export type ExcessExposure = Exposure & { readonly cap: Amount };

/**
 * The denominations whose exposure is above their cap, ascending. One without a cap is never above
 * it: age and timelocks still bound how long it stands.
 */
export function exposureOverCap(
  exposures: readonly Exposure[],
  caps: readonly ExposureCap[],
): readonly ExcessExposure[] {
  const capOf = new Map(caps.map(({ denomination, cap }) => [denomination, cap]));
  return exposures.flatMap((exposure) => {
    const cap = capOf.get(exposure.denomination);
    return cap !== undefined && exposure.value > cap ? [{ ...exposure, cap }] : [];
  });
}
