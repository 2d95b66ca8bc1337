import {
  type FleetPolicy,
  type FleetSlot,
  slotOfBudget,
} from '@atomicity/kernel/fleet/fleet-policy';
import type { FleetSize } from '@atomicity/kernel/fleet/fleet-tree';
import type { PeriodPlace } from '@atomicity/kernel/period/closed-period';
import type { Amount } from '@atomicity/kernel/units/amount';
import type { PartyId } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';
import type { BudgetDelegation } from '@atomicity/kernel/wire/objects';
import type { CycleRef } from '@atomicity/rails/ethereum/registry-port';

/** One agent's place in a cycle, and the period of the ledger that it rests on. */
export type PlannedSlot = FleetSlot & PeriodPlace & { readonly agent: PartyId };

/**
 * What a principal fixes of a cycle before its window opens: who may spend how much, and by which
 * proof each is held to it. PRIVATE: it names agents and sub-caps; the chain gets its root.
 */
export type FleetPlan = CycleRef & {
  readonly size: FleetSize;
  /** Ledger units; of a later cycle at most what the one before left. */
  readonly cap: Amount;
  readonly windowStart: UnixMs;
  readonly windowEnd: UnixMs;
  readonly slots: readonly PlannedSlot[];
};

/** The slot of a budget whose last period is the given one: 0 where one proof covers a cycle. */
export function plannedSlot(budget: BudgetDelegation, periodIndex: number): PlannedSlot {
  const { agent, budget: id } = budget;
  return { ...slotOfBudget(budget, periodIndex), agent, budget: id, periodIndex };
}

/** The part of a plan that its root commits to. */
export function policyOf({ fleet, cap, size, slots }: FleetPlan): FleetPolicy {
  return { fleet, cap, size, slots };
}

/** Name of the circuit that proves cycles of a size. */
export function fleetCircuit(size: FleetSize): 'fleet-64' | 'fleet-256' {
  return size === 64 ? 'fleet-64' : 'fleet-256';
}
