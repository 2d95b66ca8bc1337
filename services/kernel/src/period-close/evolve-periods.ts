import type { PeriodAttestedData, PeriodClosedData } from '../book/events.ts';
import { assert, known } from '../book/invariant.ts';
import type { BookState, Budget, Period } from '../book/state.ts';
import { newPeriod } from '../budget/evolve-budgets.ts';
import { PersistentMap } from '../collections/persistent-map.ts';
import { releasePayloads } from './bound-payloads.ts';

export function evolvePeriodClosed(state: BookState, closed: PeriodClosedData): BookState {
  const { budget: id, nextPeriod } = closed;
  const budget = known(state.budgets.get(id), 'budget');
  const period = known(state.periods.get(closed.period), 'period');
  assert(period.open === 0 && closed.count === period.count, 'a closed period has ended');
  const next = period.index + 1;
  const periods = state.periods.set(closed.period, { ...period, closed });
  const after: Budget = {
    ...budget,
    period: nextPeriod,
    periodIndex: nextPeriod === null ? period.index : next,
    counted: closed.cumulativeTotals,
    countedLastAt: closed.lastAt,
  };
  return {
    ...state,
    budgets: state.budgets.set(id, after),
    periods: nextPeriod === null ? periods : periods.set(nextPeriod, newPeriod(id, next)),
  };
}

export function evolvePeriodAttested(state: BookState, data: PeriodAttestedData): BookState {
  const budget = known(state.budgets.get(data.budget), 'budget');
  const period = known(state.periods.get(data.period), 'period');
  const closed = known(period.closed, 'close');
  assert(budget.attested === period.index, 'periods are attested in order');
  const finished = closed.nextPeriod === null;
  let { bound } = state;
  for (const slot of period.slots.values()) bound = releasePayloads(bound, slot.events);
  bound = releasePayloads(bound, period.events.keys());
  if (finished) bound = releasePayloads(bound, budget.events.keys());
  const rest: Period = {
    ...period,
    closed: { ...closed, statuses: [] },
    attestation: data.attestation,
    slots: PersistentMap.empty(),
    pairs: PersistentMap.empty(),
    events: PersistentMap.empty(),
  };
  const after: Budget = {
    ...budget,
    attested: period.index + 1,
    lastSummary: data.publicSignals[2],
    events: finished ? PersistentMap.empty() : budget.events,
  };
  return {
    ...state,
    bound,
    budgets: state.budgets.set(data.budget, after),
    periods: state.periods.set(data.period, rest),
  };
}
