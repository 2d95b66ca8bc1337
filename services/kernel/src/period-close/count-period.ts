import type { CountedTotals } from '../book/events.ts';
import { known } from '../book/invariant.ts';
import type { Budget, Period, Slot } from '../book/state.ts';
import { isCounted, type SlotStatus } from '../note/roots.ts';
import { type Amount, addAmount, amount, ZERO_AMOUNT } from '../units/amount.ts';
import { type UnixMs, unixMs } from '../units/time.ts';

export type EndedSlot = Slot & { readonly status: SlotStatus };

const hasEnded = (slot: Slot): slot is EndedSlot => slot.status !== 'open';

/** The authorizations of a period in index order. All must have ended. */
export function endedSlots(period: Period): readonly EndedSlot[] {
  return Array.from({ length: period.count }, (_, index) => {
    const slot = known(period.slots.get(`${index}`), 'slot');
    return known(hasEnded(slot) ? slot : null, 'ending');
  });
}

export type PeriodCount = {
  readonly periodTotals: CountedTotals;
  readonly cumulativeTotals: CountedTotals;
  readonly firstAt: UnixMs;
  readonly lastAt: UnixMs;
};

function addTotals(
  left: CountedTotals,
  category: number,
  spend: Amount,
): CountedTotals | undefined {
  const total = addAmount(left.total, spend);
  const inCategory = addAmount(known(left.categories[category], 'category'), spend);
  if (total === undefined || inCategory === undefined) return undefined;
  return { total, categories: left.categories.with(category, inCategory) };
}

/**
 * What the spend proof will count: spent and lapsed authorizations in full. Undefined when the
 * totals so far, with this period, break a cap: then no proof of the period exists.
 */
export function countPeriod(budget: Budget, slots: readonly EndedSlot[]): PeriodCount | undefined {
  const { terms } = budget;
  let periodTotals: CountedTotals = {
    total: ZERO_AMOUNT,
    categories: terms.categories.map(() => ZERO_AMOUNT),
  };
  let cumulativeTotals = budget.counted;
  const counted = slots.filter((slot) => isCounted(slot.status));
  for (const { category, spend } of counted) {
    const inPeriod = addTotals(periodTotals, category, spend);
    const inAll = addTotals(cumulativeTotals, category, spend);
    if (inPeriod === undefined || inAll === undefined) return undefined;
    periodTotals = inPeriod;
    cumulativeTotals = inAll;
  }
  const kept =
    cumulativeTotals.total <= terms.cap &&
    terms.categories.every(({ cap }, i) => (cumulativeTotals.categories[i] ?? amount(0n)) <= cap);
  return kept
    ? {
        periodTotals,
        cumulativeTotals,
        firstAt: counted[0]?.at ?? unixMs(0),
        lastAt: counted.at(-1)?.at ?? budget.countedLastAt,
      }
    : undefined;
}
