// Which gadgets a fleet circuit is the sum of.
import type { FleetSize } from '@atomicity/kernel/fleet/fleet-tree';
import type { ArtifactLock } from '@atomicity/prover/artifacts/artifact-lock';

type FleetGadget = { readonly name: string; readonly count: (size: FleetSize) => number };

const FLEET_GADGETS: readonly FleetGadget[] = [
  { name: 'fleet slot', count: (size) => size },
  // A 4-ary tree over n leaves has (n − 1) / 3 nodes; one over the slots, one over the summaries.
  { name: 'fleet tree node', count: (size) => (2 * (size - 1)) / 3 },
  { name: 'fleet policy root', count: () => 1 },
  // The cap itself, and the sub-caps below it.
  { name: 'cap compare', count: () => 2 },
];

/** The square of the context, written inline in the Fleet template. */
export const CONTEXT_SQUARE = 1;

export type FleetGadgetRow = {
  readonly name: string;
  readonly each: number;
  readonly count: number;
};

/** The gadgets of a fleet circuit with what the lock says each costs; NaN where it says nothing. */
export function fleetGadgetRows(lock: ArtifactLock, size: FleetSize): readonly FleetGadgetRow[] {
  return FLEET_GADGETS.map(({ name, count }) => ({
    name,
    each: lock.ledger.find((row) => row.gadget === name)?.constraints ?? Number.NaN,
    count: count(size),
  }));
}
