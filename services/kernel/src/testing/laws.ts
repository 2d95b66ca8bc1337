/** An independent account of a book: recomputed from its events alone and compared with its state. */
import type { RecordedEvent } from '../book/events.ts';
import type { BookState, Tally } from '../book/state.ts';
import { taskId } from '../book/state.ts';
import { available, levelsById } from '../budget/levels.ts';
import { openVouchersOf } from '../credit/open-vouchers.ts';
import { positionsOf } from '../credit/positions.ts';
import type { Amount } from '../units/amount.ts';
import { must, PARTIES, USD } from './world.ts';

function law(holds: boolean, name: string): void {
  if (!holds) throw new Error(`law broken: ${name}`);
}

type Sums = Map<string, bigint>;
const add = (sums: Sums, key: string, value: bigint) =>
  sums.set(key, (sums.get(key) ?? 0n) + value);

type Account = {
  readonly positions: Sums;
  readonly held: Sums;
  readonly committed: Sums;
  readonly spent: Sums;
};

/** The places where a granted hold counts: task, category, budget and every parent. */
function placesOf(
  state: BookState,
  grant: { budget: string; task: string | null; category: number },
) {
  const levels = levelsById(state, must(state.budgets.get(grant.budget), 'budget').terms.budget);
  const places = levels.map((level) => `budget ${level.terms.budget}`);
  places.push(`category ${grant.budget} ${grant.category}`);
  if (grant.task !== null) places.push(`task ${grant.budget}/${grant.task}`);
  return places;
}

function accountOf(state: BookState, events: readonly RecordedEvent[]): Account {
  const account: Account = {
    positions: new Map(),
    held: new Map(),
    committed: new Map(),
    spent: new Map(),
  };
  for (const event of events) {
    const { type, data } = event;
    const begins = type === 'HoldPlaced';
    const ends = type === 'PaymentFinalized' || type === 'HoldLapsed' || type === 'HoldVoided';
    if (!begins && !ends) continue;
    const spend = data.amount + data.fee;
    const sign = begins ? 1n : -1n;
    add(account.held, `${data.edge} ${data.from}`, sign * spend);
    const places = data.grant === null ? [] : placesOf(state, data.grant);
    for (const place of places) add(account.committed, place, sign * spend);
    if (type !== 'PaymentFinalized') continue;
    for (const place of places) add(account.spent, place, spend);
    for (const leg of data.legs) add(account.positions, leg.party, leg.delta);
  }
  return account;
}

function checkTally(account: Account, place: string, tally: Tally, cap: Amount): void {
  law((account.committed.get(place) ?? 0n) === tally.committed, `committed of ${place}`);
  law((account.spent.get(place) ?? 0n) === tally.spent, `spent of ${place}`);
  const free = available(cap, tally);
  law(free >= 0n && free + tally.committed + tally.spent === cap, `the cap of ${place}`);
}

/**
 * Conservation; holds count at once, at every level; available + committed + spent = cap; no more
 * authorizations than the tier. @throws Error that names the broken law.
 */
export function checkLaws(state: BookState, events: readonly RecordedEvent[]): void {
  const account = accountOf(state, events);
  let sum = 0n;
  for (const { id } of PARTIES) {
    const position = positionsOf(state, id).get(USD) ?? 0n;
    law(position === (account.positions.get(id) ?? 0n), `position of ${id}`);
    sum += position;
  }
  law(sum === 0n, 'conservation');
  for (const edge of state.edges.values()) {
    const { terms, heldFromA, heldFromB } = edge;
    const open = [...state.holds.values()].filter((hold) => hold.terms.edge === terms.edge);
    const vouchers = open.map((hold) => hold.terms.voucher).sort();
    law(openVouchersOf(state, edge).join() === vouchers.join(), 'what is open');
    law(heldFromA === (account.held.get(`${terms.edge} ${terms.a}`) ?? 0n), 'holds of a');
    law(heldFromB === (account.held.get(`${terms.edge} ${terms.b}`) ?? 0n), 'holds of b');
  }
  for (const budget of state.budgets.values()) {
    const { terms } = budget;
    checkTally(account, `budget ${terms.budget}`, budget, terms.cap);
    for (const [i, category] of terms.categories.entries()) {
      const tally = must(budget.categories[i], 'category');
      checkTally(account, `category ${terms.budget} ${i}`, tally, category.cap);
    }
  }
  for (const task of state.tasks.values()) {
    const id = taskId(task.terms.budget, task.terms.task);
    checkTally(account, `task ${id}`, task, task.terms.cap);
  }
  for (const period of state.periods.values()) {
    const tier = must(state.budgets.get(period.budget), 'budget').terms.tier;
    law(period.count <= tier, 'the tier');
  }
}
