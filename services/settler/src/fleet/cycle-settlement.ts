import { OperatingError } from '@atomicity/event-log/port';
import { fieldFromHex } from '@atomicity/kernel/codec/field';
import { refuseFleetPolicy } from '@atomicity/kernel/fleet/fleet-policy';
import {
  excludedCodes,
  type FleetStatement,
  fleetStatement,
} from '@atomicity/kernel/fleet/fleet-statement';
import { planCycle } from '@atomicity/kernel/fleet/plan-cycle';
import { summaryCommitment } from '@atomicity/kernel/period/summary';
import type { UnixMs } from '@atomicity/kernel/units/time';
import { fleetContext, type RegistryPlace } from '@atomicity/rails/ethereum/context';
import type { SettleCycle, SpendRegistry } from '@atomicity/rails/ethereum/registry-port';
import type { CycleEntry, Resolution, Settlement } from './fleet-journal.ts';
import { type FleetPlan, policyOf } from './fleet-plan.ts';
import type { FleetProver, SlotAttestation, SlotSource } from './fleet-ports.ts';

/** @throws OperatingError `fleet_plan_refused` (not_applied) with the reason of `refuseFleetPolicy`. */
export function checkPlan(plan: FleetPlan): void {
  const refusal = refuseFleetPolicy(policyOf(plan));
  if (refusal !== undefined) throw stopped('fleet_plan_refused', plan, refusal.reason);
  if (!Number.isSafeInteger(plan.cycle) || plan.cycle < 1) {
    throw stopped('fleet_plan_refused', plan, 'cycle_out_of_range');
  }
  if (plan.windowStart >= plan.windowEnd) {
    throw stopped('fleet_plan_refused', plan, 'window_empty');
  }
}

/** The statement of a fixed settlement: a pure function of what the journal holds. */
export function statementOf(
  { plan, revision }: CycleEntry,
  { outcomes }: Settlement,
  place: RegistryPlace,
): FleetStatement {
  const { fleet, cycle } = plan;
  const context = fleetContext({ ...place, fleet, cycle, revision });
  const stated = fleetStatement(policyOf(plan), outcomes, context);
  if (stated.kind === 'refused') throw stopped('fleet_cycle_refused', plan, stated.refusal.reason);
  return stated.statement;
}

/**
 * Decides which slots a cycle includes, as the ledger stands now, and proves it.
 *
 * @throws OperatingError (not_applied) `fleet_cycle_refused`, `fleet_proof_mismatch`; WitnessError,
 * ProverError.
 */
export async function makeSettlement(
  entry: CycleEntry,
  parts: {
    readonly source: SlotSource;
    readonly prover: FleetProver;
    readonly chain: Pick<SpendRegistry, 'place' | 'accepts'>;
  },
  signal: AbortSignal,
): Promise<Settlement> {
  const { plan, revision, withheld } = entry;
  const { chain } = parts;
  const policy = policyOf(plan);
  const attestations: (SlotAttestation | undefined)[] = [];
  for (const slot of plan.slots) {
    const found = usable(await parts.source.attestation(slot));
    // A slot whose proof the registry does not take could not be answered for: it would cost the bond.
    const isTaken = found !== undefined && (await chain.accepts(found.spend, signal));
    attestations.push(isTaken ? found : undefined);
  }
  const standings = plan.slots.map((slot, i) => {
    const standing = withheld.includes(i) ? undefined : parts.source.standing(slot);
    // Without its proof at hand a slot could not be answered for.
    return standing && { ...standing, attested: attestations[i]?.opening ?? null };
  });
  const { cycle: outcomes } = planCycle(policy, standings);
  const { fleet, cycle } = plan;
  const context = fleetContext({ ...chain.place, fleet, cycle, revision });
  const made = await parts.prover.proveCycle(policy, outcomes, context, signal);
  const settlement: Settlement = {
    outcomes,
    proof: made.proof,
    attestations: outcomes.map(({ kind }, i) =>
      kind === 'included' ? attestations[i]?.spend : undefined,
    ),
  };
  const { publicSignals } = statementOf(entry, settlement, chain.place);
  if (publicSignals.join() !== made.publicSignals.join()) {
    throw stopped('fleet_proof_mismatch', plan);
  }
  return settlement;
}

/** An attestation whose opening is the one that its proof shows; any other is none. */
function usable(found: SlotAttestation | undefined): SlotAttestation | undefined {
  const shown = found?.spend.signals[2];
  if (found === undefined || shown === undefined) return undefined;
  return fieldFromHex(shown) === summaryCommitment(found.opening) ? found : undefined;
}

/** What the registry is told of a cycle. */
export function settleCall(
  { plan, revision }: CycleEntry,
  settlement: Settlement,
  statement: FleetStatement,
): SettleCycle {
  const { summariesRoot, consumed, reserved, included } = statement;
  return {
    kind: 'settle_cycle',
    fleet: plan.fleet,
    cycle: plan.cycle,
    revision,
    proof: settlement.proof,
    summariesRoot,
    consumed,
    reserved,
    included,
    codes: [...excludedCodes(settlement.outcomes)],
  };
}

/** The excluded slots as entries of the resolution queue. */
export function queueOf({ plan }: CycleEntry, { outcomes }: Settlement, since: UnixMs) {
  return plan.slots.flatMap((slot, i): readonly Resolution[] => {
    const outcome = outcomes[i];
    if (outcome?.kind !== 'excluded') return [];
    return [
      {
        fleet: plan.fleet,
        cycle: plan.cycle,
        slot: i,
        agent: slot.agent,
        budget: slot.budget,
        subCap: slot.subCap,
        code: outcome.code,
        status: 'open',
        since,
        resolvedAt: null,
        note: null,
      },
    ];
  });
}

const MESSAGES = {
  fleet_plan_refused: 'the plan is no policy of a fleet',
  fleet_cycle_refused: 'the cycle does not fit its policy',
  fleet_proof_mismatch: 'the proof is of another statement',
  cycle_unknown: 'the desk has no plan of the cycle',
  cycle_not_open: 'the cycle is not open',
  cycle_not_settled: 'the cycle is not settled',
  cycle_not_final: 'the cycle is not final',
  plan_differs: 'the desk has another plan of the cycle',
  plan_sent: 'the plan of the cycle may have been sent: it stays',
  slot_not_queued: 'the slot is not in the resolution queue, or has left it',
  attestation_missing: 'no attestation of the slot’s period is recorded',
  bound_out_of_range: 'the bound is at least what was spent and at most the sub-cap',
  proof_not_kept: 'the slot is not included, or its proof is not kept',
} as const;

export function stopped(
  code: keyof typeof MESSAGES,
  { fleet, cycle }: { readonly fleet: string; readonly cycle: number },
  reason?: string,
): OperatingError {
  return new OperatingError({
    code,
    outcome: 'not_applied',
    shortMessage: MESSAGES[code],
    facts: { fleet, cycle, ...(reason === undefined ? {} : { reason }) },
  });
}
