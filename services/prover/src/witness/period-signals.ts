// The inputs that every circuit of a period has: its policy, its parts and the opening of the summary before.
import { fieldFromHex } from '@atomicity/kernel/codec/field';
import { denominationField, hashField } from '@atomicity/kernel/codec/field-encodings';
import { words } from '@atomicity/kernel/codec/words';
import { type PeriodParts, periodDigestInputs } from '@atomicity/kernel/period/period-digest';
import type { SummaryOpening } from '@atomicity/kernel/period/summary';
import type { Policy } from '@atomicity/kernel/policy/policy-digest';
import { nonceToInteger } from '@atomicity/kernel/units/id';
import type { CircuitInput } from '../prove/groth16-prover.ts';

const CATEGORIES = 8;

/** Zeros after the values, up to `length`. */
export function pad(values: readonly bigint[], length: number): readonly bigint[] {
  return [...values, ...new Array<bigint>(length - values.length).fill(0n)];
}

/** The opening inputs; all zero for the first period. */
export function openingSignals(previous: SummaryOpening | null): CircuitInput['signals'] {
  if (previous === null) {
    return {
      openingPeriodDigest: 0n,
      openingPeriodTotal: 0n,
      openingCountAndFirst: 0n,
      openingLastAt: 0n,
      openingPeriodWords: pad([], 3),
      openingTotals: pad([], CATEGORIES),
      openingSalt: 0n,
    };
  }
  return {
    openingPeriodDigest: fieldFromHex(previous.periodDigest),
    openingPeriodTotal: previous.periodTotal,
    openingCountAndFirst: BigInt(previous.count) | (BigInt(previous.firstAt) << 32n),
    openingLastAt: BigInt(previous.lastAt),
    openingPeriodWords: words(previous.categoryTotals),
    openingTotals: previous.cumulativeCategoryTotals,
    openingSalt: nonceToInteger(previous.salt),
  };
}

/** The inputs of the policy. */
export function policySignals(policy: Policy): CircuitInput['signals'] {
  return {
    budgetId: hashField(policy.budget),
    denomId: denominationField(policy.denomination),
    cap: policy.cap,
    windowStart: BigInt(policy.windowStart),
    windowEnd: BigInt(policy.windowEnd),
    ceilings: pad(
      policy.categories.map((category) => category.ceiling),
      CATEGORIES,
    ),
    caps: pad(
      policy.categories.map((category) => category.cap),
      CATEGORIES,
    ),
    policySalt: nonceToInteger(policy.policySalt),
  };
}

/** The inputs of the period digest that the circuit does not compute or hold itself. */
export function partsSignals(parts: PeriodParts): CircuitInput['signals'] {
  const names = [
    'periodId',
    'budgetId',
    'periodIndex',
    'principal',
    'agent',
    'origin',
    'treeSizes',
    'lastRoot',
    'previousSummary',
    'chainId',
    'registry',
    'circuitWord',
  ];
  const entries = periodDigestInputs(parts).map((value, i) => [names[i], value]);
  // The circuit computes or holds these three itself.
  const {
    budgetId: _,
    previousSummary: __,
    circuitWord: ___,
    ...signals
  } = Object.fromEntries(entries);
  return signals;
}
