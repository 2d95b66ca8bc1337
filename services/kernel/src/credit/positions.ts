import type { BookState, Edge } from '../book/state.ts';
import { type Amount, amount } from '../units/amount.ts';
import type { Denomination } from '../units/denomination.ts';
import type { PartyId } from '../units/id.ts';

/** What a payer may still owe on an edge: the other side's limit and what counts against it. */
export type Exposure = {
  readonly limit: Amount;
  /** Debt of the payer; negative when the payee owes. */
  readonly owed: bigint;
  /** Open holds of the payer. Holds of the payee do not make room until they are paid. */
  readonly held: Amount;
};

/** The payer's exposure on an edge; the payer is one of the edge's parties. */
export function exposureOf(edge: Edge, payer: PartyId): Exposure {
  return payer === edge.terms.a
    ? { limit: edge.limitB, owed: -edge.balance, held: edge.heldFromA }
    : { limit: edge.limitA, owed: edge.balance, held: edge.heldFromB };
}

const HAIRCUT_BASE = 10_000n;

/**
 * What is left of a limit for holds that others route over the edge, rounded down: the haircut keeps
 * the rest for the two parties' own payments. haircutBps 0 … 10,000.
 */
export function routedLimit(limit: Amount, haircutBps: number): Amount {
  return amount((limit * (HAIRCUT_BASE - BigInt(haircutBps))) / HAIRCUT_BASE);
}

/** `exposureOf` for a hold with a route: the limit after the haircut, everything owed and held. */
export function routedExposureOf(edge: Edge, payer: PartyId): Exposure {
  const exposure = exposureOf(edge, payer);
  return { ...exposure, limit: routedLimit(exposure.limit, edge.terms.haircutBps) };
}

/** One edge as one of its parties sees it; positive when the other side owes. */
export function balanceOf(edge: Edge, party: PartyId): bigint {
  return party === edge.terms.a ? edge.balance : -edge.balance;
}

/** The balance, seen from a, once `party` is owed `delta` more. It may leave the range of amounts. */
export function balanceAfter(edge: Edge, party: PartyId, delta: bigint): bigint {
  return party === edge.terms.a ? edge.balance + delta : edge.balance - delta;
}

/**
 * What all others owe a party minus what it owes them, for each denomination in which it has an
 * edge. The positions of all parties in one denomination add up to 0. Linear in the edges.
 */
export function positionsOf(state: BookState, party: PartyId): ReadonlyMap<Denomination, bigint> {
  const positions = new Map<Denomination, bigint>();
  for (const edge of state.edges.values()) {
    const { a, b, denomination } = edge.terms;
    if (party !== a && party !== b) continue;
    positions.set(denomination, (positions.get(denomination) ?? 0n) + balanceOf(edge, party));
  }
  return positions;
}
