import { fleetPolicyRoot } from '@atomicity/kernel/fleet/fleet-policy';
import type { FleetTotals } from '@atomicity/kernel/fleet/fleet-statement';
import type { Amount } from '@atomicity/kernel/units/amount';
import type { UnixMs } from '@atomicity/kernel/units/time';
import type { RegistryPlace } from '@atomicity/rails/ethereum/context';
import type { CycleRef } from '@atomicity/rails/ethereum/registry-port';
import { checkPlan, statementOf, stopped } from './cycle-settlement.ts';
import type { CycleEntry, CycleStage, FleetJournal } from './fleet-journal.ts';
import { type FleetPlan, policyOf } from './fleet-plan.ts';

/** A cycle as people see it: without openings. */
export type CycleStatus = CycleRef & {
  readonly stage: CycleStage;
  readonly revision: number;
  readonly cap: Amount;
  readonly slotCount: number;
  readonly windowStart: UnixMs;
  readonly windowEnd: UnixMs;
  /** Null before the settlement is fixed. Late releases change it on the chain, and only there. */
  readonly totals: FleetTotals | null;
  readonly includedCount: number | null;
};

/**
 * As `FleetDesk.plan`, for who has the journal alone. With `replace`, another plan takes the place of one that
 * was never sent, as when the window began before the cycle was opened.
 * @throws OperatingError (not_applied) `fleet_plan_refused`; `plan_differs`; `plan_sent`.
 */
export function recordPlan(journal: FleetJournal, plan: FleetPlan, replace = false): void {
  checkPlan(plan);
  const known = journal.cycle(plan);
  if (known === undefined) journal.plan(plan);
  else if (isSamePlan(known.plan, plan)) return;
  else if (!replace) throw stopped('plan_differs', plan);
  else if (!journal.replan(plan)) throw stopped('plan_sent', plan);
}

/** The root does not hold the window, and a cycle is opened with both. */
function isSamePlan(one: FleetPlan, other: FleetPlan): boolean {
  const isSameWindow = one.windowStart === other.windowStart && one.windowEnd === other.windowEnd;
  return isSameWindow && fleetPolicyRoot(policyOf(one)) === fleetPolicyRoot(policyOf(other));
}

/** A cycle of a journal as people see it. */
export function cycleStatus(entry: CycleEntry, place: RegistryPlace): CycleStatus {
  const { plan, stage, revision, settlement } = entry;
  const { fleet, cycle, cap, windowStart, windowEnd } = plan;
  const stated = settlement === null ? null : statementOf(entry, settlement, place);
  const totals = stated && {
    consumed: stated.consumed,
    reserved: stated.reserved,
    remaining: stated.remaining,
  };
  return {
    fleet,
    cycle,
    stage,
    revision,
    cap,
    slotCount: plan.slots.length,
    windowStart,
    windowEnd,
    totals,
    includedCount: stated?.includedCount ?? null,
  };
}
