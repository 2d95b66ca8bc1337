import type { Tier } from '@atomicity/kernel/codec/merkle-16';

/**
 * How many proofs the given budgets take: one for each period, and a period holds at most `tier`
 * notes. A budget without notes still closes one period.
 * @throws RangeError for a count that is negative or no integer.
 */
export function proofsNeeded(notesPerBudget: readonly number[], tier: Tier): number {
  return notesPerBudget.reduce((proofs, notes) => {
    if (!Number.isSafeInteger(notes) || notes < 0) throw new RangeError(`no count: ${notes}`);
    return proofs + Math.max(1, Math.ceil(notes / tier));
  }, 0);
}
