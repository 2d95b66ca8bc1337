/** What the fleet desk needs of the rest. Structural: the node hands the implementations in. */
import type { FleetPolicy } from '@atomicity/kernel/fleet/fleet-policy';
import type { FleetCycle } from '@atomicity/kernel/fleet/fleet-statement';
import type { SlotStanding } from '@atomicity/kernel/fleet/plan-cycle';
import type { PeriodPlace } from '@atomicity/kernel/period/closed-period';
import type { SummaryOpening } from '@atomicity/kernel/period/summary';
import type { Amount } from '@atomicity/kernel/units/amount';
import type { FieldHex } from '@atomicity/kernel/units/id';
import type { Groth16Proof } from '@atomicity/kernel/wire/objects';
import type { SpendProof } from '@atomicity/rails/ethereum/registry-port';

/** A recorded attestation with what it hides. */
export type SlotAttestation = { readonly spend: SpendProof; readonly opening: SummaryOpening };

/** The read side of the ledger, as of its last durable event. */
export interface SlotSource {
  standing(place: PeriodPlace): SlotStanding | undefined;
  /** The recorded attestation of a period; undefined before, or when its opening is not kept here. */
  attestation(place: PeriodPlace): Promise<SlotAttestation | undefined>;
}

export interface FleetProver {
  /**
   * Proves a cycle.
   * @throws WitnessError when the cycle breaks its policy; ProverError.
   */
  proveCycle(
    policy: FleetPolicy,
    cycle: FleetCycle,
    context: bigint,
    signal: AbortSignal,
  ): Promise<{ readonly proof: Groth16Proof; readonly publicSignals: readonly FieldHex[] }>;
  /** Proves that a summary's cumulative total is at most `bound`. @throws as `proveCycle`. */
  proveBound(opening: SummaryOpening, bound: Amount, signal: AbortSignal): Promise<Groth16Proof>;
}
