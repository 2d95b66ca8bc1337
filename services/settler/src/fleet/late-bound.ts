import { type Amount, amount } from '@atomicity/kernel/units/amount';

const STEPS = 16n;

/**
 * What to show that an agent spent at most: its total, rounded up to the next sixteenth of its sub-cap and
 * never above it, so that the chain learns neither the total nor that nothing was spent.
 * @throws RangeError when more was spent than the sub-cap.
 */
export function lateBound(spent: bigint, subCap: Amount): Amount {
  if (spent > subCap) throw new RangeError('more was spent than the sub-cap');
  const rounded = ((spent * STEPS) / (subCap === 0n ? 1n : subCap) + 1n) * subCap;
  const bound = (rounded + STEPS - 1n) / STEPS;
  return amount(bound > subCap ? subCap : bound);
}
