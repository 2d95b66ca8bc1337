import { known } from '../book/invariant.ts';
import type { BookState, Budget, Tally } from '../book/state.ts';
import { type Amount, amount } from '../units/amount.ts';
import type { Hash, PartyId } from '../units/id.ts';

/** Budgets nest at most this deep, the root included. */
export const BUDGET_DEPTH_MAX = 8;

/** The budget and its parents, innermost first. */
export function levelsOf(state: BookState, budget: Budget): readonly Budget[] {
  const levels = [budget];
  let parent = budget.terms.parent;
  while (parent !== null) {
    const next: Budget = known(state.budgets.get(parent), 'parent budget');
    levels.push(next);
    parent = next.terms.parent;
  }
  return levels;
}

/** The budget with this id and its parents; none for an unknown id. */
export function levelsById(state: BookState, id: Hash): readonly Budget[] {
  const budget = state.budgets.get(id);
  return budget === undefined ? [] : levelsOf(state, budget);
}

/** What a level can still commit: cap − committed − spent. */
export function available(cap: Amount, tally: Tally): Amount {
  return amount(cap - tally.committed - tally.spent);
}

/** The tally with a new hold. */
export function commit<T extends Tally>(tally: T, spend: Amount): T {
  return { ...tally, committed: amount(tally.committed + spend) };
}

/** The tally after a hold ended: `spent` moves it over, anything else frees it. */
export function settle<T extends Tally>(tally: T, spend: Amount, spent: boolean): T {
  const committed = amount(tally.committed - spend);
  return spent
    ? { ...tally, committed, spent: amount(tally.spent + spend) }
    : { ...tally, committed };
}

/** The category that a budget fixes for a payee, or undefined where it does not allow the payee. */
export function categoryOf(budget: Budget, payee: PartyId): number | undefined {
  const { payees, defaultCategory } = budget.terms;
  let low = 0;
  let high = payees.length;
  // The wire form keeps payees sorted and unique.
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((payees[middle]?.party ?? '') < payee) low = middle + 1;
    else high = middle;
  }
  const listed = payees[low];
  return listed?.party === payee ? listed.category : (defaultCategory ?? undefined);
}
