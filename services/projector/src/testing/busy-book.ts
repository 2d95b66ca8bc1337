import type { Hash } from '@atomicity/kernel/units/id';
import { BookWorld, type Ending, type Payment } from './book-world.ts';
import { attestPeriod, closePeriod, delegateBudget } from './budget-world.ts';

export type BusyBook = {
  readonly world: BookWorld;
  readonly budget: Hash;
  readonly payments: readonly Payment[];
};

const ENDINGS: readonly Ending[] = ['spent', 'spent', 'void', 'lapsed', 'spent'];

/**
 * A book with two budgets, one inside the other, payments that end in every way, a first period that
 * is closed and attested and a second one that is open.
 */
export function busyBook(seed: string, payments = 12): BusyBook {
  const world = new BookWorld(seed);
  const budget = delegateBudget(world);
  const child = delegateBudget(world, budget);
  const made: Payment[] = [];
  for (let i = 0; i < payments; i++) {
    const ending = ENDINGS[i % ENDINGS.length] ?? 'spent';
    const units = 7_000_001n + BigInt(i) * 1_234_567n;
    made.push(
      world.pay({ budget, task: 'train', provider: i % 2, units, fee: BigInt(i % 3), ending }),
    );
    if (i % 4 === 0) world.pay({ budget: child, provider: 1, units: 55_555n, ending: 'spent' });
    if (i % 4 === 1) world.pay({ provider: 0, units: 123_456n, ending });
    world.advance(17);
  }
  closePeriod(world, budget, false);
  attestPeriod(world, budget, 0);
  world.pay({ budget, provider: 0, units: 99_999n, ending: 'spent' });
  world.pay({ budget, provider: 1, units: 88_888n, ending: 'held' });
  return { world, budget, payments: made };
}
