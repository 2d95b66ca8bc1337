import { fieldFromHex } from '@atomicity/kernel/codec/field';
import { hashField } from '@atomicity/kernel/codec/field-encodings';
import { type FleetStatement, fleetStatement } from '@atomicity/kernel/fleet/fleet-statement';
import type { FleetSize } from '@atomicity/kernel/fleet/fleet-tree';
import { summaryInputs } from '@atomicity/kernel/period/summary';
import type { CircuitInput } from '../prove/groth16-prover.ts';
import { type FleetWitness, FleetWitnessError } from './fleet-witness.ts';

/** The inputs of a fleet circuit. */
export type FleetInput = CircuitInput & { readonly circuit: `fleet-${FleetSize}` };

/** The private fields of a summary's opening, as the circuit takes them for one slot. */
const OPENING_SIGNALS = [
  'periodDigest',
  'periodTotal',
  'cumulativeTotal',
  'counts',
  'periodWords',
  'cumulativeWords',
  'salt',
] as const;

type OpeningSignals = Readonly<Record<(typeof OPENING_SIGNALS)[number], readonly bigint[]>>;

const NO_OPENING: OpeningSignals = {
  periodDigest: [0n],
  periodTotal: [0n],
  cumulativeTotal: [0n],
  counts: [0n],
  periodWords: [0n, 0n, 0n],
  cumulativeWords: [0n, 0n, 0n],
  salt: [0n],
};

function openingOf(outcome: FleetWitness['cycle'][number] | undefined): OpeningSignals {
  if (outcome === undefined || outcome.kind === 'excluded') return NO_OPENING;
  const inputs = summaryInputs(outcome.summary);
  // The circuit takes policyDigest (0) and nullifier (2) from the slot.
  return {
    periodDigest: inputs.slice(1, 2),
    periodTotal: inputs.slice(3, 4),
    cumulativeTotal: inputs.slice(4, 5),
    counts: inputs.slice(5, 6),
    periodWords: inputs.slice(6, 9),
    cumulativeWords: inputs.slice(9, 12),
    salt: inputs.slice(12, 13),
  };
}

/**
 * The signals of a cycle in a circuit of `slotCount` slots WITHOUT any check: for the tests that feed
 * the circuit with false cycles, or compile a small one. Everything else calls `buildFleetInput`.
 */
export function uncheckedFleetSignals(
  { policy, cycle, context }: FleetWitness,
  slotCount: number,
): FleetInput['signals'] {
  const indexes = Array.from({ length: slotCount }, (_, i) => i);
  const slotColumn = (value: (slot: (typeof policy.slots)[number]) => bigint): readonly bigint[] =>
    indexes.map((i) => {
      const slot = policy.slots[i];
      return slot === undefined ? 0n : value(slot);
    });
  const openings = indexes.map((i) => openingOf(cycle[i]));
  return {
    context,
    fleetId: hashField(policy.fleet),
    cap: policy.cap,
    used: slotColumn(() => 1n),
    included: indexes.map((i) => (cycle[i]?.kind === 'included' ? 1n : 0n)),
    policyDigest: slotColumn((slot) => fieldFromHex(slot.policyDigest)),
    nullifier: slotColumn((slot) => fieldFromHex(slot.nullifier)),
    subCap: slotColumn((slot) => slot.subCap),
    ...Object.fromEntries(
      OPENING_SIGNALS.map((name) => [name, openings.flatMap((opening) => opening[name])]),
    ),
  };
}

/** What a fleet proof is made of, and what it will say. */
export type FleetProofJob = { readonly input: FleetInput; readonly statement: FleetStatement };

/**
 * The circuit input of a cycle, checked, with the statement that its proof makes: what it refuses, the
 * circuit refuses too or the policy rules out, but with a name instead of a failed constraint.
 * @throws FleetWitnessError with the first code that applies, in the order of `FLEET_REFUSALS`.
 * @throws RangeError for values outside their encodings.
 */
export function buildFleetInput(witness: FleetWitness): FleetProofJob {
  const { policy, cycle, context } = witness;
  const stated = fleetStatement(policy, cycle, context);
  if (stated.kind === 'refused') {
    throw new FleetWitnessError(stated.refusal.reason, stated.refusal.facts);
  }
  return {
    input: {
      circuit: `fleet-${policy.size}`,
      signals: uncheckedFleetSignals(witness, policy.size),
    },
    statement: stated.statement,
  };
}
