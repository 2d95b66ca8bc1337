import type {
  BudgetDelegatedData,
  HoldPlacedData,
  PolicyStatedData,
  TaskBudgetedData,
} from '../book/events.ts';
import { known } from '../book/invariant.ts';
import { type BookState, type Budget, type Period, taskId } from '../book/state.ts';
import { PersistentMap } from '../collections/persistent-map.ts';
import { periodHash } from '../period/period-hash.ts';
import { bindPayload } from '../period-close/bound-payloads.ts';
import { type Amount, amount, ZERO_AMOUNT } from '../units/amount.ts';
import type { Hash } from '../units/id.ts';
import { commit, levelsById, settle } from './levels.ts';

const EMPTY_TALLY = { committed: ZERO_AMOUNT, spent: ZERO_AMOUNT };

/** A period without authorizations. */
export function newPeriod(budget: Hash, index: number): Period {
  return {
    period: periodHash(budget, index),
    budget,
    index,
    kind: null,
    count: 0,
    open: 0,
    closed: null,
    attestation: null,
    slots: PersistentMap.empty(),
    pairs: PersistentMap.empty(),
    events: PersistentMap.empty(),
  };
}

export function evolveBudgetDelegated(
  state: BookState,
  terms: BudgetDelegatedData,
  eventId: Hash,
): BookState {
  const budget: Budget = {
    ...EMPTY_TALLY,
    terms,
    categories: terms.categories.map(() => EMPTY_TALLY),
    policy: null,
    lastAt: terms.windowStart,
    period: terms.period,
    periodIndex: 0,
    counted: { total: ZERO_AMOUNT, categories: terms.categories.map(() => ZERO_AMOUNT) },
    countedLastAt: terms.windowStart,
    attested: 0,
    lastSummary: null,
    events: PersistentMap.empty<true>().set(eventId, true),
  };
  return {
    ...state,
    budgets: state.budgets.set(terms.budget, budget),
    periods: state.periods.set(terms.period, newPeriod(terms.budget, 0)),
    bound: bindPayload(state.bound, eventId),
  };
}

export function evolvePolicyStated(state: BookState, data: PolicyStatedData): BookState {
  const budget = known(state.budgets.get(data.budget), 'budget');
  const { statement, policyDigest } = data;
  const stated = { ...budget, policy: { statement, policyDigest } };
  return { ...state, budgets: state.budgets.set(data.budget, stated) };
}

export function evolveTaskBudgeted(
  state: BookState,
  terms: TaskBudgetedData,
  eventId: Hash,
): BookState {
  const budget = known(state.budgets.get(terms.budget), 'budget');
  const bounded = { ...budget, events: budget.events.set(eventId, true) };
  return {
    ...state,
    budgets: state.budgets.set(terms.budget, bounded),
    tasks: state.tasks.set(taskId(terms.budget, terms.task), { ...EMPTY_TALLY, terms }),
    bound: bindPayload(state.bound, eventId),
  };
}

type Change = 'commit' | 'spend' | 'free';

type Drawn = NonNullable<HoldPlacedData['grant']>;

/**
 * Applies a hold or its end at the task, the budget, the budget's category and every parent.
 * @throws RangeError if a level would go below zero: the log can't have been written by `decide`.
 */
export function withDraw(
  state: BookState,
  grant: Pick<Drawn, 'budget' | 'task' | 'category'>,
  spend: Amount,
  change: Change,
): BookState {
  const apply = <T extends { committed: Amount; spent: Amount }>(tally: T): T =>
    change === 'commit' ? commit(tally, spend) : settle(tally, spend, change === 'spend');
  let { budgets, tasks } = state;
  for (const level of levelsById(state, grant.budget)) {
    const { budget: id } = level.terms;
    const changed = apply(level);
    const category = id === grant.budget ? level.categories[grant.category] : undefined;
    const categories =
      category === undefined
        ? level.categories
        : level.categories.with(grant.category, apply(category));
    budgets = budgets.set(id, { ...changed, categories });
  }
  if (grant.task !== null) {
    const id = taskId(grant.budget, grant.task);
    tasks = tasks.set(id, apply(known(tasks.get(id), 'task')));
  }
  return { ...state, budgets, tasks };
}

/** amount + fee: what a hold draws. */
export function spendOf(hold: { readonly amount: Amount; readonly fee: Amount }): Amount {
  return amount(hold.amount + hold.fee);
}
