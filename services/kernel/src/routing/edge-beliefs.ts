/**
 * What a node has learnt about edges of others by its own attempts. A failure says that an edge could
 * not carry an amount, a success that it could; both fade, because balances move.
 */
import { PersistentMap } from '../collections/persistent-map.ts';
import { type Amount, amount, ZERO_AMOUNT } from '../units/amount.ts';
import type { Denomination } from '../units/denomination.ts';
import type { PartyId } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';
import type { CapacityBelief } from './success-probability.ts';

/** After this time half of what was learnt is believed, ms. */
export const BELIEF_HALF_LIFE_MS = 1_800_000;
/** Directed edges that are remembered. */
export const BELIEFS_MAX = 4096;

/** An edge in the direction of payment. */
export type DirectedEdge = {
  readonly from: PartyId;
  readonly to: PartyId;
  readonly denomination: Denomination;
};

/** One edge as a part crosses it: `amount` includes the fees that are still to be paid. */
export type EdgeCrossing = DirectedEdge & {
  readonly amount: Amount;
  /** What was said, or for an own edge known, to be the capacity. */
  readonly capacity: Amount;
};

/**
 * `failed`: the edge did not carry the amount. `held`: it did and gave it back (a probe, or a part
 * that lapsed for another reason). `paid`: it did for good, so that much less is left.
 */
export type EdgeOutcome = EdgeCrossing & { readonly kind: 'failed' | 'held' | 'paid' };

type Bound = { readonly amount: Amount; readonly at: UnixMs };

export type EdgeBelief = {
  /** At least this much at that time. */
  readonly lower: Bound | null;
  /** Less than this much at that time. */
  readonly upper: Bound | null;
};

/** By `edgeKey`. */
export type EdgeBeliefs = PersistentMap<EdgeBelief>;

export const edgeKey = ({ from, to, denomination }: DirectedEdge): string =>
  `${from}/${to}/${denomination}`;

export function noBeliefs(): EdgeBeliefs {
  return PersistentMap.empty();
}

const lastAt = ({ lower, upper }: EdgeBelief): number => Math.max(lower?.at ?? 0, upper?.at ?? 0);

/** Makes room: the eighth that was updated longest ago goes. */
function evict(beliefs: EdgeBeliefs): EdgeBeliefs {
  const oldest = [...beliefs.entries()].sort(
    ([a, left], [b, right]) => lastAt(left) - lastAt(right) || (a < b ? -1 : 1),
  );
  let rest = beliefs;
  for (const [key] of oldest.slice(0, Math.max(1, beliefs.size >> 3))) rest = rest.delete(key);
  return rest;
}

/** How much of what was learnt `ageMs` ago still counts, 0 … 1. */
const freshness = (ageMs: number): number => 2 ** (-Math.max(0, ageMs) / BELIEF_HALF_LIFE_MS);

/**
 * The belief about an edge of which `capacity` is stated: the bounds learnt, each drawn back towards
 * 0 or the capacity by half for every half-life since. No bound exceeds the stated capacity.
 */
export function believedCapacity(
  belief: EdgeBelief | undefined,
  capacity: Amount,
  now: UnixMs,
): CapacityBelief {
  const most = Number(capacity);
  if (belief === undefined) return { lower: 0, upper: most };
  const { lower, upper } = belief;
  const above =
    upper === null || upper.amount >= capacity
      ? most
      : most - (most - Number(upper.amount)) * freshness(now - upper.at);
  const below = lower === null ? 0 : Number(lower.amount) * freshness(now - lower.at);
  return { lower: Math.min(below, above), upper: above };
}

function failedAt(
  belief: EdgeBelief | undefined,
  { amount: at, capacity }: EdgeOutcome,
  now: UnixMs,
): EdgeBelief {
  const { upper } = believedCapacity(belief, capacity, now);
  const known = belief?.lower ?? null;
  const stronger = upper < Number(at) ? (belief?.upper ?? null) : null;
  return {
    // A lower bound that the failure contradicts is no longer one.
    lower: known !== null && known.amount < at ? known : null,
    upper: stronger ?? { amount: at, at: now },
  };
}

function heldAt(
  belief: EdgeBelief | undefined,
  { amount: at, capacity }: EdgeOutcome,
  now: UnixMs,
): EdgeBelief {
  const { lower, upper } = believedCapacity(belief, capacity, now);
  const known = belief?.upper ?? null;
  const stronger = lower > Number(at) ? (belief?.lower ?? null) : { amount: at, at: now };
  return { lower: stronger, upper: Number(at) < upper ? known : null };
}

/** What a payment took is gone from both bounds. */
function paidAt(belief: EdgeBelief | undefined, outcome: EdgeOutcome, now: UnixMs): EdgeBelief {
  const { amount: at, capacity } = outcome;
  const held = heldAt(belief, outcome, now);
  const { lower, upper } = believedCapacity(held, capacity, now);
  const less = (bound: number): Amount => {
    const left = BigInt(Math.floor(bound)) - at;
    return left > 0n ? amount(left) : ZERO_AMOUNT;
  };
  return {
    lower: { amount: less(lower), at: now },
    upper: { amount: less(upper), at: now },
  };
}

/**
 * The beliefs after an attempt. A failure lowers the upper bound of the directed edge to its amount, a
 * success raises the lower one to it; a payment for good then moves both down by what it took. What
 * contradicts the newer observation is dropped. A repeated outcome counts again from its own time,
 * except that `paid` moves the bounds again: callers report a payment once.
 */
export function recordOutcome(
  beliefs: EdgeBeliefs,
  outcome: EdgeOutcome,
  now: UnixMs,
): EdgeBeliefs {
  const key = edgeKey(outcome);
  const known = beliefs.get(key);
  const room = known === undefined && beliefs.size >= BELIEFS_MAX ? evict(beliefs) : beliefs;
  switch (outcome.kind) {
    case 'failed':
      return room.set(key, failedAt(known, outcome, now));
    case 'held':
      return room.set(key, heldAt(known, outcome, now));
    case 'paid':
      return room.set(key, paidAt(known, outcome, now));
  }
}
