import { fieldFromHex } from '@atomicity/kernel/codec/field';
import { type SummaryOpening, summaryInputs } from '@atomicity/kernel/period/summary';
import {
  type Policy,
  policyDigest,
  policyDigestInputs,
} from '@atomicity/kernel/policy/policy-digest';
import type { Amount } from '@atomicity/kernel/units/amount';
import type { CircuitInput } from '../prove/groth16-prover.ts';
import { WitnessError } from './witness-error.ts';

/** The private inputs of a bound on a summary. */
export type BoundInput = CircuitInput & {
  readonly circuit: 'spent-at-most' | 'remaining-at-least';
};

export type SpentAtMost = {
  /** What the attested commitment hides. */
  readonly summary: SummaryOpening;
  /** Public, ledger units. */
  readonly bound: Amount;
};

export type RemainingAtLeast = {
  /** The policy that the summary was made under. */
  readonly policy: Policy;
  readonly summary: SummaryOpening;
  /** Public, ledger units. */
  readonly floor: Amount;
};

/** The cap and the window of a policy by name, the rest as opaque words; signals of PolicyBounds. */
export function policyBoundsSignals(policy: Policy): CircuitInput['signals'] {
  const [budgetId = 0n, denomId = 0n, , ...rest] = policyDigestInputs(policy);
  return {
    budgetId,
    denomId,
    cap: policy.cap,
    windowStart: BigInt(policy.windowStart),
    windowEnd: BigInt(policy.windowEnd),
    ceilingWords: rest.slice(0, 3),
    capWords: rest.slice(3, 6),
    policySalt: rest[6] ?? 0n,
  };
}

/** Everything of a summary but its policy digest. */
function summarySignals(summary: SummaryOpening): CircuitInput['signals'] {
  const [, periodDigest = 0n, nullifier = 0n, periodTotal = 0n, cumulativeTotal = 0n, ...rest] =
    summaryInputs(summary);
  return {
    periodDigest,
    nullifier,
    periodTotal,
    cumulativeTotal,
    counts: rest[0] ?? 0n,
    periodWords: rest.slice(1, 4),
    cumulativeWords: rest.slice(4, 7),
    summarySalt: rest[7] ?? 0n,
  };
}

/** Without any check, for the tests that feed the circuit with false bounds. */
export function uncheckedSpentInput({ summary, bound }: SpentAtMost): BoundInput {
  const policyDigestOf = fieldFromHex(summary.policyDigest);
  const signals = { ...summarySignals(summary), policyDigest: policyDigestOf, bound };
  return { circuit: 'spent-at-most', signals };
}

/** Without any check, for the tests that feed the circuit with false floors. */
export function uncheckedRemainingInput(claim: RemainingAtLeast): BoundInput {
  const { policy, summary, floor } = claim;
  const signals = { ...policyBoundsSignals(policy), ...summarySignals(summary), floor };
  return { circuit: 'remaining-at-least', signals };
}

/**
 * The input of `spent-at-most`: the cumulative total of a summary is at most `bound`.
 * @throws WitnessError `total_above_bound`; RangeError for values outside their encodings.
 */
export function buildSpentInput(claim: SpentAtMost): BoundInput {
  if (claim.summary.cumulativeTotal > claim.bound) throw new WitnessError('total_above_bound');
  return uncheckedSpentInput(claim);
}

/**
 * The input of `remaining-at-least`: the cap of the policy less the cumulative total is at least `floor`.
 * @throws WitnessError `policy_mismatch` when the summary was made under another policy,
 * `remainder_below_floor`; RangeError for values outside their encodings.
 */
export function buildRemainingInput(claim: RemainingAtLeast): BoundInput {
  const { policy, summary, floor } = claim;
  if (fieldFromHex(summary.policyDigest) !== policyDigest(policy)) {
    throw new WitnessError('policy_mismatch');
  }
  if (policy.cap - summary.cumulativeTotal < floor) throw new WitnessError('remainder_below_floor');
  return uncheckedRemainingInput(claim);
}
