// One settled cycle of fifty agents with real proofs by development keys, for the contracts' tests: what a
// registry at a fixed address takes, and what its challenges are answered with. Amounts, field elements and
// coordinates are decimal texts. The statements are the same on every run; the proofs are not.
import { fieldFromHex } from '@atomicity/kernel/codec/field';
import { hashField } from '@atomicity/kernel/codec/field-encodings';
import { FAILURE_CODES } from '@atomicity/kernel/fleet/failure-codes';
import { slotsTree } from '@atomicity/kernel/fleet/fleet-policy';
import { fleetStatement, summariesTree } from '@atomicity/kernel/fleet/fleet-statement';
import { amount } from '@atomicity/kernel/units/amount';
import type { Hash } from '@atomicity/kernel/units/id';
import type { CircuitInput, Groth16Prover } from '@atomicity/prover/prove/groth16-prover';
import {
  sampleFleet,
  sampleSlotPeriod,
  slotSeed,
  withRealSummaries,
} from '@atomicity/prover/testing/sample-fleet';
import { samplePeriod } from '@atomicity/prover/testing/sample-period';
import { buildSpentInput } from '@atomicity/prover/witness/build-bound-input';
import { buildFleetInput } from '@atomicity/prover/witness/build-fleet-input';
import { buildSpendInput } from '@atomicity/prover/witness/build-spend-input';
import { computeStatement } from '@atomicity/prover/witness/compute-statement';
import { fleetContext } from '@atomicity/rails/ethereum/context';
import type { Hex } from 'viem';

const SEED = 'fleet-proofs';
/** An included slot whose own proof answers a demand, and one whose budget went on. */
const SHOWN = 7;
const WENT_ON = 9;
/** An excluded slot that proves late what it spent at most. */
const LATE = 13;
const LATE_BOUND = 20n;

export type FleetProofsPlace = {
  readonly chainId: number;
  readonly registry: Hex;
  readonly fleet: Hash;
  readonly cycle: number;
  readonly revision: number;
};

/** Where the contracts' tests deploy; see contracts/README.md. */
export const TEST_PLACE: FleetProofsPlace = {
  chainId: 31_337,
  registry: '0xf905Fd68E8347B8dD32E30A2057C091f93D41E53',
  fleet: 'a7'.repeat(32) as Hash,
  cycle: 1,
  revision: 0,
};

const decimals = (values: readonly bigint[]): readonly string[] => values.map(String);

/** The policy and the cycle that the fixture settles; every sub-cap is the whole cap of its budget. */
export function fleetProofsCycle(place: FleetProofsPlace) {
  const sample = sampleFleet({
    seed: SEED,
    subCapOf: () => 10_000n,
    cap: 600_000n,
    excluded: { [LATE]: 'pending_dispute', 22: 'stale_state', 41: 'credential_expired' },
  });
  const cycle = withRealSummaries(sample.cycle, SEED, [SHOWN, WENT_ON]);
  const policy = { ...sample.policy, fleet: place.fleet };
  const contexts = [place.revision, place.revision + 1].map((revision) =>
    fleetContext({ ...place, revision }),
  );
  return { policy, cycle, contexts };
}

async function proved(prover: Groth16Prover, input: CircuitInput) {
  const { proof, publicSignals } = await prover.prove(input);
  return {
    circuit: input.circuit,
    proof: {
      pi_a: [...proof.a, '1'],
      pi_b: [[...proof.b[0]], [...proof.b[1]], ['1', '0']],
      pi_c: [...proof.c, '1'],
      protocol: 'groth16',
      curve: 'bn128',
    },
    signals: decimals(publicSignals.map(fieldFromHex)),
  };
}

/** What the fixture says without a proof: the same on every machine. */
export function fleetProofsStatement(place: FleetProofsPlace) {
  const { policy, cycle, contexts } = fleetProofsCycle(place);
  const [context = 0n] = contexts;
  const stated = fleetStatement(policy, cycle, context);
  if (stated.kind === 'refused') throw new Error(stated.refusal.reason);
  const { statement } = stated;
  return {
    place: { ...place, fleetId: String(hashField(place.fleet)), contexts: decimals(contexts) },
    policy: {
      policyRoot: String(statement.policyRoot),
      slotsRoot: String(slotsTree(policy).root),
      cap: String(policy.cap),
      slotCount: policy.slots.length,
      size: policy.size,
      slots: policy.slots.map((slot) => ({
        policyDigest: String(fieldFromHex(slot.policyDigest)),
        nullifier: String(fieldFromHex(slot.nullifier)),
        subCap: String(slot.subCap),
      })),
    },
    cycle: {
      summariesRoot: String(statement.summariesRoot),
      consumed: String(statement.consumed),
      reserved: String(statement.reserved),
      remaining: String(statement.remaining),
      included: decimals(statement.included),
      codes: statement.excluded.map(({ code }) => FAILURE_CODES[code]),
      excludedSlots: statement.excluded.map(({ slot }) => slot),
    },
  };
}

/** The whole fixture; about a minute on 2 cores. */
export async function buildFleetProofs(place: FleetProofsPlace, prover: Groth16Prover) {
  const { policy, cycle, contexts } = fleetProofsCycle(place);
  const [context = 0n, contextOfNext = 0n] = contexts;
  const slots = slotsTree(policy);
  const summaries = summariesTree(cycle, policy.size);
  const first = sampleSlotPeriod(SEED, WENT_ON);
  const later = samplePeriod({
    seed: slotSeed(SEED, WENT_ON),
    periodIndex: 1,
    previous: computeStatement(first).summary,
  });
  const late = sampleSlotPeriod(SEED, LATE);
  const bound = amount(LATE_BOUND);
  const spentAtMost = await proved(
    prover,
    buildSpentInput({ summary: computeStatement(late).summary, bound }),
  );
  return {
    ...fleetProofsStatement(place),
    fleetProof: await proved(prover, buildFleetInput({ policy, cycle, context }).input),
    fleetProofRevision1: await proved(
      prover,
      buildFleetInput({ policy, cycle, context: contextOfNext }).input,
    ),
    included: {
      slot: SHOWN,
      ...(await proved(prover, buildSpendInput(sampleSlotPeriod(SEED, SHOWN)))),
      summaryPath: decimals(summaries.pathOf(SHOWN).siblings),
    },
    later: {
      slot: WENT_ON,
      budgetId: String(hashField(first.policy.budget)),
      registeredIndex: 0,
      laterIndex: 1,
      policyPath: decimals(slots.pathOf(WENT_ON).siblings),
      ...(await proved(prover, buildSpendInput(later))),
    },
    late: {
      slot: LATE,
      policyPath: decimals(slots.pathOf(LATE).siblings),
      ...(await proved(prover, buildSpendInput(late))),
      bound: String(bound),
      boundProof: spentAtMost.proof,
      boundSignals: spentAtMost.signals,
    },
  };
}
