/** How likely it is that a chain takes back k confirmations: P(d ≥ k), exactly. */
import {
  addRational,
  isLess,
  minRational,
  ONE,
  type Rational,
  rational,
  ZERO,
} from './rational.ts';

/**
 * Reorganisations without an attacker.
 * - `empirical`: `counts[d − 1]` reorganisations of exactly d blocks in `blocks` observed ones. What was
 *   never seen counts as seen once in one block more: absence is no proof.
 * - `geometric`: P(d ≥ 1) = `first`, each further block `ratio` times as likely; none deeper than `cutoff`.
 * - `power`: P(d ≥ k) = `first` / k^exponent; none deeper than `cutoff`.
 */
export type NaturalReorgs =
  | { readonly kind: 'empirical'; readonly counts: readonly number[]; readonly blocks: number }
  | {
      readonly kind: 'geometric';
      readonly first: Rational;
      readonly ratio: Rational;
      readonly cutoff: number;
    }
  | {
      readonly kind: 'power';
      readonly first: Rational;
      readonly exponent: number;
      readonly cutoff: number;
    };

export type ReorgModel = {
  readonly natural: NaturalReorgs;
  /** The share of the chain's block production that an attacker may have; 0 for none. */
  readonly adversary: Rational;
};

/** @throws RangeError unless k is an integer 1 … 2^31−1. */
function atDepth(k: number): void {
  if (!Number.isInteger(k) || k < 1 || k > 2 ** 31 - 1)
    throw new RangeError(`depth out of range: ${k}`);
}

/** P(d ≥ k) without an attacker. @throws RangeError for a depth that is none. */
export function naturalTail(model: NaturalReorgs, k: number): Rational {
  atDepth(k);
  switch (model.kind) {
    case 'empirical': {
      const seen = model.counts.slice(k - 1).reduce((sum, count) => sum + count, 0);
      return rational(BigInt(seen) + 1n, BigInt(model.blocks) + 1n);
    }
    case 'geometric': {
      if (k > model.cutoff) return ZERO;
      const further = BigInt(k - 1);
      const { first, ratio } = model;
      return rational(first.num * ratio.num ** further, first.den * ratio.den ** further);
    }
    case 'power':
      return k > model.cutoff
        ? ZERO
        : rational(model.first.num, model.first.den * BigInt(k) ** BigInt(model.exponent));
  }
}

/**
 * The chance that an attacker with the share q of all blocks ever overtakes k confirmations, while it works
 * on its own chain from the moment of the payment: 1 − Σ_{m=0}^{k} C(m+k−1, m) (pᵏqᵐ − pᵐqᵏ), p = 1 − q. It is
 * 1 for q ≥ 1/2. Nakamoto's own formula takes a Poisson distribution for the attacker's progress; this one
 * is exact, rational for a rational q, and larger at every k ≥ 2: the safer of the two.
 * @throws RangeError for a depth that is none.
 * Source: M. Rosenfeld, Analysis of hashrate-based double-spending (2012), section 4; S. Nakamoto, Bitcoin
 * (2008), section 11.
 */
export function adversarialTail({ num, den }: Rational, k: number): Rational {
  atDepth(k);
  if (num === 0n) return ZERO;
  if (2n * num >= den) return ONE;
  const honest = den - num;
  const depth = BigInt(k);
  // Every term has the denominator den^(2k) once it is brought up to m = k.
  let binomial = 1n;
  let kept = 0n;
  for (let m = 0n; m <= depth; m++) {
    const caught = honest ** depth * num ** m - honest ** m * num ** depth;
    kept += binomial * caught * den ** (depth - m);
    binomial = (binomial * (depth + m)) / (m + 1n);
  }
  const whole = den ** (2n * depth);
  return rational(whole - kept, whole);
}

/** P(d ≥ k), natural or by an attacker: at most the sum of both, and at most 1. */
export function reorgTail({ natural, adversary }: ReorgModel, k: number): Rational {
  return minRational(addRational(naturalTail(natural, k), adversarialTail(adversary, k)), ONE);
}

const isShare = (value: Rational): boolean =>
  value.num >= 0n && value.den >= 1n && !isLess(ONE, value);

/** The first member of a model that is out of range, and its rule; undefined for a sound model. */
export function refuseReorgModel({
  natural,
  adversary,
}: ReorgModel): { readonly field: string; readonly rule: string } | undefined {
  const share = 'a fraction 0 … 1';
  if (!isShare(adversary)) return { field: '/adversary', rule: share };
  const isCount = (value: number) => Number.isSafeInteger(value) && value >= 0;
  if (natural.kind === 'empirical') {
    const { counts, blocks } = natural;
    if (!isCount(blocks)) return { field: '/natural/blocks', rule: 'a count' };
    if (!counts.every(isCount)) return { field: '/natural/counts', rule: 'counts' };
    const seen = counts.reduce((sum, count) => sum + count, 0);
    return seen > blocks ? { field: '/natural/counts', rule: 'no more than blocks' } : undefined;
  }
  if (!isShare(natural.first)) return { field: '/natural/first', rule: share };
  if (!isCount(natural.cutoff)) return { field: '/natural/cutoff', rule: 'a count' };
  if (natural.kind === 'geometric') {
    return isShare(natural.ratio) ? undefined : { field: '/natural/ratio', rule: share };
  }
  const isExponent = isCount(natural.exponent) && natural.exponent >= 1 && natural.exponent <= 64;
  return isExponent ? undefined : { field: '/natural/exponent', rule: 'an integer 1 … 64' };
}
