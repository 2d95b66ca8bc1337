/** Which closures go out in a batch, and which are left out with a reason. */
import { AMOUNT_MAX, type Amount, type SignedAmount } from '../units/amount.ts';
import { type Denomination, scaleOf } from '../units/denomination.ts';
import type { Hash } from '../units/id.ts';
import type { Closure } from './closure.ts';
import { type Exposure, magnitudeOf } from './exposure.ts';
import {
  DENOMINATIONS_MAX,
  QUARANTINE_REASONS,
  QUARANTINED_MAX,
  type Quarantined,
  type QuarantineReason,
} from './reasons.ts';

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

/** A closure that the book speaks against, and why. */
type Spoken = { readonly closure: Closure; readonly reason: QuarantineReason };

const PRECEDENCE = new Map(QUARANTINE_REASONS.map((reason, place) => [reason, place]));

/** Those of the batch as the book has them, and the others, the first reason's before the next one's. */
function judged(closures: readonly Closure[], book: BookFacts) {
  const counts = new Map<Hash, number>();
  for (const { edge } of closures) counts.set(edge, (counts.get(edge) ?? 0) + 1);
  const fit: Closure[] = [];
  const spoken: Spoken[] = [];
  for (const closure of closures) {
    const isTwice = (counts.get(closure.edge) ?? 0) > 1;
    const reason = reasonOf(closure, book) ?? (isTwice ? 'invalid_closure' : undefined);
    if (reason === undefined) fit.push(closure);
    else spoken.push({ closure, reason });
  }
  const placeOf = ({ reason }: Spoken) => PRECEDENCE.get(reason) ?? 0;
  spoken.sort((one, other) => placeOf(one) - placeOf(other) || byEdge(one.closure, other.closure));
  return { fit, spoken };
}

const byEdge = (one: { readonly edge: Hash }, other: { readonly edge: Hash }): number =>
  one.edge === other.edge ? 0 : one.edge < other.edge ? -1 : 1;

function bySize(one: Closure, other: Closure): number {
  const [left, right] = [magnitudeOf(one), magnitudeOf(other)];
  return left === right ? byEdge(one, other) : left < right ? -1 : 1;
}

/** The denominations that a batch can say it moves: those of which something waits longest. */
function sayable(closures: readonly Closure[]): ReadonlySet<Denomination> {
  const since = new Map<Denomination, number>();
  for (const { denomination, delta, since: at } of closures) {
    if (delta !== 0n) since.set(denomination, Math.min(since.get(denomination) ?? at, at));
  }
  const order = ([one, early]: [string, number], [other, late]: [string, number]) =>
    early - late || (one < other ? -1 : 1);
  const kept = [...since].sort(order).slice(0, DENOMINATIONS_MAX);
  return new Set(kept.map(([denomination]) => denomination));
}

/** Those whose movements a batch can add up, small ones first: nobody's great one keeps out the others. */
function addable(closures: readonly Closure[]) {
  const said = sayable(closures);
  const sums = new Map<Denomination, bigint>();
  const batch: Closure[] = [];
  const beyond: Closure[] = [];
  for (const closure of [...closures].sort(bySize)) {
    const { denomination, delta } = closure;
    const sum = (sums.get(denomination) ?? 0n) + magnitudeOf(closure);
    if (sum > AMOUNT_MAX || (delta !== 0n && !said.has(denomination))) beyond.push(closure);
    else {
      sums.set(denomination, sum);
      batch.push(closure);
    }
  }
  return { batch, beyond };
}

/**
 * Splits closures into those of the batch and those that wait for a later one, each with the first
 * reason that applies. One invalid closure changes nothing for the others. Two closures of one edge are
 * both invalid. The order of `closures` decides nothing.
 *
 * A batch can leave out `QUARANTINED_MAX` edges. Of more, those that cannot be added up wait before those that the
 * book speaks against, and these by the order of their reasons; the others go with the batch. Only where there
 * are more that cannot be added up does the batch hold what it cannot say: see `isSayable`.
 */
export function splitClosures(closures: readonly Closure[], book: BookFacts): SplitClosures {
  const { fit, spoken } = judged(closures, book);
  let waiting = spoken;
  for (;;) {
    const edges = new Set(waiting.map(({ closure }) => closure.edge));
    const goes = spoken.filter(({ closure }) => !edges.has(closure.edge));
    const { batch, beyond } = addable([...fit, ...goes.map(({ closure }) => closure)]);
    const excess = edges.size + beyond.length - QUARANTINED_MAX;
    if (excess > 0 && waiting.length > 0) {
      waiting = waiting.slice(0, Math.max(waiting.length - excess, 0));
      continue;
    }
    const kept = beyond.sort(byEdge);
    const reasons = new Map<Hash, QuarantineReason>();
    for (const { closure, reason } of waiting) {
      if (!reasons.has(closure.edge)) reasons.set(closure.edge, reason);
    }
    for (const { edge } of kept.slice(0, QUARANTINED_MAX)) reasons.set(edge, 'sum_out_of_range');
    return {
      batch: [...batch, ...kept.slice(QUARANTINED_MAX)].sort(byEdge),
      quarantined: [...reasons].map(([edge, reason]) => ({ edge, reason })).sort(byEdge),
    };
  }
}

/** Whether the batch of a split can say what it moves; it cannot once more is left out than it has room for. */
export function isSayable(exposures: readonly Exposure[]): boolean {
  return (
    exposures.length <= DENOMINATIONS_MAX && exposures.every(({ value }) => value <= AMOUNT_MAX)
  );
}
