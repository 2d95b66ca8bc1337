/** What it costs to keep money locked on a hop. */

import { confirmMs, type HopTiming, type TimingCase } from './hop-timing.ts';
import { addRational, minRational, ONE, type Rational, ZERO } from './rational.ts';

const HOUR_MS = 3_600_000n;
const YEAR_MS = 31_536_000_000n;
const BPS = 10_000n;

const divCeil = (numerator: bigint, denominator: bigint): bigint =>
  (numerator + denominator - 1n) / denominator;

export type CollateralTerms = {
  /** Of one payment, in ledger units. */
  readonly amount: bigint;
  /** Payments that are open at once. */
  readonly concurrent: bigint;
  /** How long each is locked at most. */
  readonly timeoutMs: bigint;
  /** What the money would earn elsewhere, in bps a year of 365 days. */
  readonly rateBps: bigint;
};

export type Collateral = {
  /** What has to be there: amount × concurrent. */
  readonly locked: bigint;
  /** What locking it for the timeout costs, rounded up. */
  readonly cost: bigint;
};

/** @throws RangeError for a negative term. Source: the book, ch. 8.5. */
export function collateralFor({
  amount,
  concurrent,
  timeoutMs,
  rateBps,
}: CollateralTerms): Collateral {
  for (const [name, value] of Object.entries({ amount, concurrent, timeoutMs, rateBps })) {
    if (value < 0n) throw new RangeError(`${name} out of range: ${value}`);
  }
  const locked = amount * concurrent;
  return { locked, cost: divCeil(locked * timeoutMs * rateBps, YEAR_MS * BPS) };
}

/** Payments open at once when `perHour` begin and each lasts `timeoutMs`, rounded up (Little's law). */
export function concurrentPayments(perHour: bigint, timeoutMs: bigint): bigint {
  if (perHour < 0n || timeoutMs < 0n) throw new RangeError('a rate and a time of 0 or more');
  return divCeil(perHour * timeoutMs, HOUR_MS);
}

export type CompositeFinality = {
  /** The whole path is as final as its slowest hop. */
  readonly ms: number;
  readonly slowest: string;
};

/** When the whole path is final. Undefined for a path without hops. */
export function compositeFinality(
  path: readonly HopTiming[],
  of: TimingCase,
): CompositeFinality | undefined {
  const [first, ...others] = path.map((hop) => ({ ms: confirmMs(hop, of), slowest: hop.name }));
  if (first === undefined) return undefined;
  return others.reduce((most, hop) => (hop.ms > most.ms ? hop : most), first);
}

/** The chance that any of the hops is taken back: at most the sum of theirs, and at most 1. */
export function compositeRisk(tails: readonly Rational[]): Rational {
  return minRational(tails.reduce(addRational, ZERO), ONE);
}
