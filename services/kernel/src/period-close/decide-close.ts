import { accepted, type Decision, DUPLICATE, rejected, wireJson } from '../book/decision.ts';
import { type BookRefusal, refuse } from '../book/refusals.ts';
import type { BookState, Budget, Period } from '../book/state.ts';
import { fieldToHex } from '../codec/field.ts';
import { refuseSigner } from '../keys/signers.ts';
import { leavesRoot, tokensRoot } from '../note/roots.ts';
import { periodHash } from '../period/period-hash.ts';
import type { UnixMs } from '../units/time.ts';
import type { ParsedObject, PeriodClose } from '../wire/objects.ts';
import { countPeriod, endedSlots } from './count-period.ts';

function refuseClose(budget: Budget, period: Period, body: PeriodClose): BookRefusal | undefined {
  if (period.closed !== null) return refuse('exists_with_different_terms', '/body/period');
  if (body.period !== budget.period || body.periodIndex !== budget.periodIndex) {
    return refuse('period_not_current', '/body/period', { expected: budget.periodIndex });
  }
  const { open, count } = period;
  if (open > 0) return refuse('period_has_open_holds', '/body/period', { open });
  if (body.count !== count) {
    return refuse('count_mismatch', '/body/count', { expected: count, actual: body.count });
  }
  return count === 0 && !body.final ? refuse('period_empty', '/body/final') : undefined;
}

function closePeriod(
  object: ParsedObject<PeriodClose>,
  budget: Budget,
  period: Period,
  now: UnixMs,
): Decision {
  const { body } = object;
  const { tier, windowEnd } = budget.terms;
  const slots = endedSlots(period);
  const tokens = fieldToHex(tokensRoot(slots, tier));
  if (body.tokensRoot !== tokens) {
    return rejected(refuse('tokens_root_mismatch', '/body/tokensRoot', { expected: tokens }));
  }
  const totals = countPeriod(budget, slots);
  if (totals === undefined) return rejected(refuse('period_not_provable', '/body/period'));
  const leaves = fieldToHex(leavesRoot(slots, tier));
  const statuses = slots.map(({ status }) => status);
  const last = body.final || now >= windowEnd;
  return accepted({
    type: 'PeriodClosed',
    data: {
      close: object.id,
      budget: body.budget,
      period: body.period,
      periodIndex: body.periodIndex,
      count: period.count,
      tokensRoot: tokens,
      leavesRoot: leaves,
      statuses,
      ...totals,
      nextPeriod: last ? null : periodHash(body.budget, body.periodIndex + 1),
    },
    disclosure: { ...wireMembers(object), leavesRoot: leaves, statuses },
  });
}

function wireMembers(object: ParsedObject): object {
  const json = wireJson(object);
  return typeof json === 'object' && json !== null ? json : {};
}

/**
 * The principal closes the open period of a budget, which fixes how each authorization counts. The
 * next period opens, unless the close is final or the window is over: then the budget is closed.
 * Refusals, in order: budget_unknown, period_unknown, signer_mismatch and key refusals,
 * exists_with_different_terms, period_not_current, period_has_open_holds, count_mismatch,
 * period_empty, tokens_root_mismatch, period_not_provable. Again: duplicate.
 */
export function decidePeriodClose(
  state: BookState,
  object: ParsedObject<PeriodClose>,
  now: UnixMs,
): Decision {
  const budget = state.budgets.get(object.body.budget);
  if (budget === undefined) return rejected(refuse('budget_unknown', '/body/budget'));
  const period = state.periods.get(object.body.period);
  if (period === undefined || period.budget !== object.body.budget) {
    return rejected(refuse('period_unknown', '/body/period'));
  }
  if (period.closed?.close === object.id) return DUPLICATE;
  const refusal =
    refuseSigner(state, object, budget.terms.principal, now) ??
    refuseClose(budget, period, object.body);
  return refusal === undefined ? closePeriod(object, budget, period, now) : rejected(refusal);
}
