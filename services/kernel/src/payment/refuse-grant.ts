import { known } from '../book/invariant.ts';
import { type BookRefusal, refuse } from '../book/refusals.ts';
import { type BookState, type Budget, pairId, pairKeyId, taskId } from '../book/state.ts';
import { spendOf } from '../budget/evolve-budgets.ts';
import { available, categoryOf } from '../budget/levels.ts';
import { circuitOf, hasCircuit } from '../period/period-digest.ts';
import type { Amount } from '../units/amount.ts';
import type { UnixMs } from '../units/time.ts';
import type { CapacityVoucher, Grant } from '../wire/objects.ts';

type Levels = readonly Budget[];
type Voucher = CapacityVoucher;

/** Refusals, in order: window_not_open, at_before_previous. */
export function refuseBudgetTime(levels: Levels, at: UnixMs, now: UnixMs): BookRefusal | undefined {
  const [budget] = levels;
  if (budget === undefined) return undefined;
  // The node's clock counts too: a payer's clock that runs ahead does not open a window early.
  const early = levels.find(({ terms }) => Math.min(at, now) < terms.windowStart);
  if (early !== undefined) {
    return refuse('window_not_open', '/body/at', { windowStart: early.terms.windowStart });
  }
  const { lastAt } = budget;
  return at < lastAt ? refuse('at_before_previous', '/body/at', { at, lastAt }) : undefined;
}

function refusePeriod(state: BookState, levels: Levels, grant: Grant): BookRefusal | undefined {
  const [budget] = levels;
  if (budget === undefined || levels.some((level) => level.period === null)) {
    return refuse('budget_closed', '/body/grant/budget');
  }
  if (budget.policy === null) return refuse('policy_not_stated', '/body/grant/budget');
  if (budget.period === null || grant.period !== budget.period) {
    return refuse('period_not_current', '/body/grant/period', { expected: budget.period ?? '' });
  }
  const { count, kind } = known(state.periods.get(budget.period), 'period');
  const { tier } = budget.terms;
  if (!hasCircuit(circuitOf(grant.core.kind), tier)) {
    return refuse('tier_without_batch_circuit', '/body/grant/core/kind', { tier });
  }
  if (kind !== null && grant.core.kind !== kind) {
    return refuse('note_kind_mixed', '/body/grant/core/kind', { expected: kind });
  }
  if (count >= tier) return refuse('period_full', '/body/grant/period', { tier });
  return grant.index === count
    ? undefined
    : refuse('index_not_next', '/body/grant/index', { expected: count, actual: grant.index });
}

function refuseCategory(budget: Budget, voucher: Voucher, grant: Grant): BookRefusal | undefined {
  const expected = categoryOf(budget, voucher.to);
  if (expected === undefined) return refuse('payee_not_allowed', '/body/to');
  return grant.category === expected
    ? undefined
    : refuse('category_mismatch', '/body/grant/category', { expected, actual: grant.category });
}

function refuseNote(
  state: BookState,
  budget: Budget,
  voucher: Voucher,
  grant: Grant,
): BookRefusal | undefined {
  const { core, period } = grant;
  const { agent } = budget.terms;
  const repeats =
    core.origin === state.origin &&
    core.period === period &&
    core.index === grant.index &&
    core.intent === voucher.intent;
  if (!repeats) return refuse('note_core_mismatch', '/body/grant/core');
  const certified =
    state.pairKeys.get(pairKeyId(period, agent, voucher.to)) === core.payer &&
    state.pairKeys.get(pairKeyId(period, voucher.to, agent)) === core.payee;
  if (!certified) return refuse('note_key_not_certified', '/body/grant/core');
  const pair = state.periods.get(period)?.pairs.get(pairId(core.payer, core.payee));
  return pair !== undefined && pair.close !== null
    ? refuse('pair_closed', '/body/grant/core')
    : undefined;
}

/**
 * Refusals, in order: budget_closed, policy_not_stated, period_not_current,
 * tier_without_batch_circuit, note_kind_mixed, period_full,
 * index_not_next, payee_not_allowed, category_mismatch, note_core_mismatch,
 * note_key_not_certified, pair_closed. None without a grant.
 */
export function refuseGrant(
  state: BookState,
  voucher: Voucher,
  place: { readonly levels: Levels },
): BookRefusal | undefined {
  const { grant } = voucher;
  const [budget] = place.levels;
  if (grant === null || budget === undefined) return undefined;
  return (
    refusePeriod(state, place.levels, grant) ??
    refuseCategory(budget, voucher, grant) ??
    refuseNote(state, budget, voucher, grant)
  );
}

/** The ceiling is for one payment: each one of a batch, not their sum. */
function refuseCeiling(ceiling: Amount, spend: Amount, grant: Grant): BookRefusal | undefined {
  if (grant.items === null) {
    return spend > ceiling ? refuse('ceiling_exceeded', '/body/amount') : undefined;
  }
  const item = grant.items.findIndex((each) => each.spend > ceiling);
  return item < 0 ? undefined : refuse('item_above_ceiling', `/body/grant/items/${item}/spend`);
}

/**
 * Refusals, in order: ceiling_exceeded, item_above_ceiling, category_cap_exceeded, task_cap_exceeded, cap_exceeded
 * (innermost level first). None without a grant.
 */
export function refuseDraw(
  state: BookState,
  voucher: Voucher,
  place: { readonly levels: Levels },
): BookRefusal | undefined {
  const { grant } = voucher;
  const [budget] = place.levels;
  if (grant === null || budget === undefined) return undefined;
  const spend = spendOf(voucher);
  const terms = known(budget.terms.categories[grant.category], 'category');
  const above = refuseCeiling(terms.ceiling, spend, grant);
  if (above !== undefined) return above;
  const tally = known(budget.categories[grant.category], 'category');
  if (spend > available(terms.cap, tally)) return refuse('category_cap_exceeded', '/body/amount');
  if (grant.task !== null) {
    const task = known(state.tasks.get(taskId(grant.budget, grant.task)), 'task');
    if (spend > available(task.terms.cap, task)) return refuse('task_cap_exceeded', '/body/amount');
  }
  const exhausted = place.levels.find((level) => spend > available(level.terms.cap, level));
  return exhausted && refuse('cap_exceeded', '/body/amount', { budget: exhausted.terms.budget });
}
