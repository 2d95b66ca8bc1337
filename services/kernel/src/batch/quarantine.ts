/** Which closures go out in a batch, and which are left out with a reason. */
import { AMOUNT_MAX, type Amount, type SignedAmount } from '../units/amount.ts';
import { type Denomination, scaleOf } from '../units/denomination.ts';
import type { Hash } from '../units/id.ts';
import type { Closure } from './closure.ts';
import { magnitudeOf } from './exposure.ts';
import type { Quarantined, QuarantineReason } from './reasons.ts';

/** What the book says of an edge at the end of the batch's span. */
export type EdgeFacts = {
  readonly denomination: Denomination;
  /** Seen from a. */
  readonly balance: SignedAmount;
  /** The ends signed states that exclude each other and have not agreed since. */
  readonly disputed: boolean;
};

/** The unit that a rail pays in: a currency and its smallest part. */
export type RailUnit = {
  /** The code of the denominations that it pays, such as `BTC`. */
  readonly code: string;
  /** Decimals of its smallest unit: 11 for millisatoshi. */
  readonly decimals: number;
  /** The least and the most that one payment carries, in that unit. */
  readonly min: bigint;
  readonly max: bigint;
};

/**
 * `value` ledger units in the rail's smallest unit, or undefined where that is not exact, of another
 * currency, or outside what one payment carries. Nothing is rounded and nothing exchanged.
 */
export function convertExactly(
  value: Amount,
  denomination: Denomination,
  { code, decimals, min, max }: RailUnit,
): bigint | undefined {
  if (denomination.slice(0, denomination.lastIndexOf('/')) !== code) return undefined;
  const shift = BigInt(decimals - scaleOf(denomination));
  const divisor = shift < 0n ? 10n ** -shift : 1n;
  if (value % divisor !== 0n) return undefined;
  const converted = shift < 0n ? value / divisor : value * 10n ** shift;
  return converted < min || converted > max ? undefined : converted;
}

export type BookFacts = {
  /** What the book says of an edge; undefined for one that it does not know. */
  readonly edgeOf: (edge: Hash) => EdgeFacts | undefined;
  /** What the rail pays in; null when no rail of the batch pays. */
  readonly railUnit: RailUnit | null;
};

export type SplitClosures = {
  /** Ascending by edge. */
  readonly batch: readonly Closure[];
  /** Ascending by edge; each edge once. */
  readonly quarantined: readonly Quarantined[];
};

function contradicts(closure: Closure, { denomination, balance }: EdgeFacts): boolean {
  const { before, delta, moves } = closure;
  return denomination !== closure.denomination || before + delta !== balance || !(moves >= 1);
}

function reasonOf(closure: Closure, { edgeOf, railUnit }: BookFacts): QuarantineReason | undefined {
  const facts = edgeOf(closure.edge);
  if (facts?.disputed === true) return 'disputed';
  if (facts === undefined || contradicts(closure, facts)) return 'invalid_closure';
  const { pays, denomination } = closure;
  const isPayable =
    pays === null ||
    (railUnit !== null && convertExactly(pays, denomination, railUnit) !== undefined);
  return isPayable ? undefined : 'amount_not_payable';
}

/**
 * Splits closures into those of the batch and those that wait for a later one, each with the first
 * reason that applies. One invalid closure changes nothing for the others, with one exception that
 * arithmetic asks for: where a denomination's movements would add up to more than 2^63−1, those of the
 * later edges wait. Two closures of one edge are both invalid. The order of `closures` decides nothing.
 */
export function splitClosures(closures: readonly Closure[], book: BookFacts): SplitClosures {
  const counts = new Map<Hash, number>();
  for (const { edge } of closures) counts.set(edge, (counts.get(edge) ?? 0) + 1);
  const ascending = [...closures].sort((left, right) => (left.edge < right.edge ? -1 : 1));
  const sums = new Map<Denomination, bigint>();
  const batch: Closure[] = [];
  const quarantined = new Map<Hash, QuarantineReason>();
  for (const closure of ascending) {
    const { edge, denomination } = closure;
    const sum = (sums.get(denomination) ?? 0n) + magnitudeOf(closure);
    const isTwice = (counts.get(edge) ?? 0) > 1;
    const reason =
      reasonOf(closure, book) ??
      (isTwice ? 'invalid_closure' : sum > AMOUNT_MAX ? 'sum_out_of_range' : undefined);
    if (reason === undefined) {
      sums.set(denomination, sum);
      batch.push(closure);
    } else if (!quarantined.has(edge)) quarantined.set(edge, reason);
  }
  return {
    batch,
    quarantined: [...quarantined].map(([edge, reason]) => ({ edge, reason })),
  };
}
