/**
 * Two ways in which deltas may be simple numbers in disguise: so many payments at one price, and prices that
 * people rounded. Each is used for all diffs of a batch or for none, by a rule, so that a set has one encoding.
 */
import type { StateDiff } from './state-diff.ts';

export type DiffMode = {
  /** A delta that is a multiple of its moves stands as the quotient. */
  readonly unitPrices: boolean;
  /** Magnitudes stand without their decimal zeros, and how many those were. */
  readonly decimals: boolean;
};

const UNIT_PRICES = 1;
const DECIMALS = 2;

/** 0 … 3. */
export function modeBits({ unitPrices, decimals }: DiffMode): number {
  return (unitPrices ? UNIT_PRICES : 0) | (decimals ? DECIMALS : 0);
}

export function modeOfBits(bits: number): DiffMode {
  return { unitPrices: (bits & UNIT_PRICES) !== 0, decimals: (bits & DECIMALS) !== 0 };
}

/** How many decimal zeros a number below 2^63 ends with, 0 … 18; 0 for 0. */
export function decimalZeros(value: bigint): number {
  if (value === 0n) return 0;
  let zeros = 0;
  for (let rest = value; rest % 10n === 0n; rest /= 10n) zeros += 1;
  return zeros;
}

const magnitudeOf = ({ delta }: StateDiff): bigint => (delta < 0n ? -delta : delta);

const isMultiple = (diff: StateDiff): boolean =>
  diff.moves > 1 && diff.delta % BigInt(diff.moves) === 0n;

/**
 * `unitPrices`: of the diffs of several moves at least three quarters are multiples of them.
 * `decimals`: what then stands ends in half a zero or more on average, leaving zeros out.
 * Both are false where there is nothing to count.
 */
export function modeOf(diffs: readonly StateDiff[]): DiffMode {
  const several = diffs.filter(({ moves }) => moves > 1);
  const multiples = several.filter(isMultiple).length;
  const unitPrices = multiples > 0 && 4 * multiples >= 3 * several.length;
  const values = diffs.map((diff) => standing(diff, unitPrices)).filter((value) => value !== 0n);
  const zeros = values.reduce((sum, value) => sum + decimalZeros(value), 0);
  return { unitPrices, decimals: zeros > 0 && 2 * zeros >= values.length };
}

/** The magnitude, divided by the moves where they divide it and the batch is of unit prices. */
export function standing(diff: StateDiff, unitPrices: boolean): bigint {
  const magnitude = magnitudeOf(diff);
  return unitPrices && isMultiple(diff) ? magnitude / BigInt(diff.moves) : magnitude;
}
