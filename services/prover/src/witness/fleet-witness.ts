import type { FleetPolicy } from '@atomicity/kernel/fleet/fleet-policy';
import type { FleetCycle } from '@atomicity/kernel/fleet/fleet-statement';
import type { FleetRefusalReason } from '@atomicity/kernel/fleet/refusals';

/** Everything that a proof of one cycle rests on. PRIVATE: it opens the summaries. */
export type FleetWitness = {
  readonly policy: FleetPolicy;
  readonly cycle: FleetCycle;
  /** Where the proof may be used, below 2^248; public. */
  readonly context: bigint;
};

/** The statement is false or ill-formed for this cycle: no proof of it exists. */
export class FleetWitnessError extends Error {
  readonly code: FleetRefusalReason;
  /** Slots and counts only: never an amount. */
  readonly facts: Readonly<Record<string, string | number>>;

  constructor(code: FleetRefusalReason, facts: Readonly<Record<string, string | number>> = {}) {
    super(`${code} ${JSON.stringify(facts)}`);
    this.name = 'FleetWitnessError';
    this.code = code;
    this.facts = facts;
  }
}
