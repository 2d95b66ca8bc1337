import { FAILURE_CODES } from '@atomicity/kernel/fleet/failure-codes';
import type { FleetDesk } from '@atomicity/settler/fleet/fleet-desk';
import { Counter, Gauge, type Registry } from 'prom-client';

const STAGES = ['planned', 'open', 'settled', 'final'] as const;

/** Why a cycle may not move on; whatever else turns up is one label value. */
const CODES: ReadonlySet<string> = new Set([
  'rail_unreachable',
  'rail_timeout',
  'rail_refused',
  'rail_answer_unusable',
  'fleet_cycle_refused',
  'fleet_proof_mismatch',
  'proof_not_kept',
  'prover_failed',
  'prover_closed',
  'witness_rejected',
]);

/**
 * Metrics of the fleet desk, in the node's registry. Labels take their values from fixed tables: whoever
 * may scrape learns neither agents nor amounts.
 */
export function fleetMetrics(
  registry: Registry,
  desk: Pick<FleetDesk, 'status' | 'queue'>,
): { openDemands(count: number): void; failed(code: string): void } {
  const registers = [registry];
  new Gauge({
    name: 'atomicity_fleet_cycles',
    help: 'Fleet cycles by stage',
    labelNames: ['stage'] as const,
    registers,
    collect() {
      const stages = desk.status().map(({ stage }) => stage);
      for (const stage of STAGES) this.set({ stage }, stages.filter((at) => at === stage).length);
    },
  });
  new Gauge({
    name: 'atomicity_fleet_queue_slots',
    help: 'Excluded slots that wait for their resolution, by failure code',
    labelNames: ['code'] as const,
    registers,
    collect() {
      const open = desk.queue().filter(({ status }) => status === 'open');
      for (const code of Object.keys(FAILURE_CODES)) {
        this.set({ code }, open.filter((entry) => entry.code === code).length);
      }
    },
  });
  const demands = new Gauge({
    name: 'atomicity_fleet_open_demands',
    help: 'Demanded proofs without an answer, when the desk last looked',
    registers,
  });
  const failures = new Counter({
    name: 'atomicity_fleet_failures_total',
    help: 'Times that a cycle could not move on, by code',
    labelNames: ['code'] as const,
    registers,
  });
  return {
    openDemands: (count) => demands.set(count),
    failed: (code) => failures.inc({ code: CODES.has(code) ? code : 'other' }),
  };
}
