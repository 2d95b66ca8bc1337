// What a linear relation over signals of two values decides.
import { FIELD_ORDER } from '@atomicity/kernel/codec/field';
import { inverse, reduce } from '@atomicity/prover/ceremony/field-arithmetic';

/** Above this many signals a relation is not enumerated. */
const ENUMERATED_MAX = 12;

/**
 * True if distinct 0/1 assignments always give distinct sums Σ c_i · e_i in the field: up to a common
 * factor the coefficients are integers, each above the sum of the smaller ones, all together below r.
 * Bit decompositions are the usual case.
 */
export function hasDistinctSubsetSums(coefficients: readonly bigint[]): boolean {
  const [first] = coefficients;
  if (first === undefined) return true;
  const scales = [1n, FIELD_ORDER - 1n, inverse(first)];
  return scales.some((scale) => {
    const scaled = coefficients.map((c) => reduce(c * scale)).sort((a, b) => (a < b ? -1 : 1));
    let sum = 0n;
    for (const value of scaled) {
      if (value <= sum) return false;
      sum += value;
    }
    return sum < FIELD_ORDER;
  });
}

export type Relation = {
  /** Coefficients of the two-valued signals, by signal. */
  readonly terms: ReadonlyMap<number, bigint>;
  /** The sums that can occur, if the rest of the relation restricts them. */
  readonly sums: readonly bigint[] | undefined;
};

/**
 * True if the sums of the relations decide every one of the signals: no two 0/1 assignments that keep
 * each relation within its possible sums share all of them. One-hot selectors are the usual case: Σ s_k
 * is 0 or 1, and Σ k · s_k then names k. False for more than 12 signals.
 */
export function decideAll(signals: readonly number[], relations: readonly Relation[]): boolean {
  if (signals.length > ENUMERATED_MAX) return false;
  const seen = new Set<string>();
  for (let mask = 0; mask < 1 << signals.length; mask++) {
    const sums = relations.map(({ terms }) =>
      reduce(
        signals.reduce((sum, s, i) => ((mask >> i) & 1 ? sum + (terms.get(s) ?? 0n) : sum), 0n),
      ),
    );
    const isPossible = relations.every(
      ({ sums: possible }, i) => possible === undefined || possible.includes(sums[i] ?? 0n),
    );
    if (!isPossible) continue;
    const key = sums.join();
    if (seen.has(key)) return false;
    seen.add(key);
  }
  return true;
}
