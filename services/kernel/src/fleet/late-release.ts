import { type Amount, amount } from '../units/amount.ts';
import type { FleetTotals } from './fleet-statement.ts';
import { type FleetRefusal, fleetRefusal } from './refusals.ts';

export type LateRelease =
  | { readonly kind: 'released'; readonly totals: FleetTotals }
  | { readonly kind: 'refused'; readonly refusal: FleetRefusal };

/**
 * The totals of a cycle once an excluded slot has shown, late, that it spent at most `bound`: the
 * sub-cap is no longer reserved, the bound counts as consumed and the rest remains. The bound and not
 * the amount, so that one agent's total does not become public when its slot alone changes the sums.
 * Refusals, in this order: `bound_exceeds_sub_cap`, `not_reserved`.
 */
export function releaseLate(totals: FleetTotals, subCap: Amount, bound: Amount): LateRelease {
  if (bound > subCap) return { kind: 'refused', refusal: fleetRefusal('bound_exceeds_sub_cap') };
  if (subCap > totals.reserved) return { kind: 'refused', refusal: fleetRefusal('not_reserved') };
  return {
    kind: 'released',
    totals: {
      consumed: amount(totals.consumed + bound),
      reserved: amount(totals.reserved - subCap),
      remaining: amount(totals.remaining + subCap - bound),
    },
  };
}
