import type { BookState, Edge } from '../book/state.ts';
import { routedExposureOf } from '../credit/positions.ts';
import { AMOUNT_MAX, type Amount, amount, ZERO_AMOUNT } from '../units/amount.ts';
import type { Denomination } from '../units/denomination.ts';
import type { Hash, PartyId } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';
import type { OfferedEdge } from '../wire/objects.ts';

/** An edge of the payer, whose capacity its own book knows exactly. */
export type OwnEdge = {
  readonly edge: Hash;
  readonly to: PartyId;
  /** Most that a routed hold may take now, amount and fee together. */
  readonly capacity: Amount;
  /** No hold outlives it. */
  readonly expiresAt: UnixMs;
};

/** Edges that one offer names; the wire format admits no more. */
const OFFERED_EDGES_MAX = 64;

const otherSide = (edge: Edge, party: PartyId): PartyId | undefined => {
  if (edge.terms.a === party) return edge.terms.b;
  return edge.terms.b === party ? edge.terms.a : undefined;
};

function routedCapacity(edge: Edge, payer: PartyId): Amount {
  const { limit, owed, held } = routedExposureOf(edge, payer);
  const left = limit - owed - held;
  // Whoever is owed much could hold more than an amount can say.
  const room = AMOUNT_MAX - held;
  if (left > room) return amount(room);
  return left > 0n ? amount(left) : ZERO_AMOUNT;
}

/**
 * The edges over which `party` can pay in a denomination now, with what each carries at this
 * revision, ascending by id. Expired and disputed edges and such without capacity are left out. Linear in the
 * edges of the book.
 */
export function ownEdgesOf(
  state: BookState,
  party: PartyId,
  denomination: Denomination,
  now: UnixMs,
): readonly OwnEdge[] {
  const own: OwnEdge[] = [];
  for (const [id, edge] of state.edges.entries()) {
    const to = otherSide(edge, party);
    const { expiresAt } = edge.terms;
    if (to === undefined || edge.terms.denomination !== denomination || now >= expiresAt) continue;
    if (edge.dispute !== null) continue;
    const capacity = routedCapacity(edge, party);
    if (capacity > 0n) own.push({ edge: id as Hash, to, capacity, expiresAt });
  }
  return own.sort((left, right) => (left.edge < right.edge ? -1 : 1));
}

/**
 * An amount rounded down to 1, 2 or 5 times a power of ten: what an offer says of a capacity, so that
 * single payments do not show in it. 0 stays 0.
 */
export function coarseCapacity(capacity: Amount): Amount {
  if (capacity === 0n) return capacity;
  const digits = capacity.toString();
  const first = Number(digits[0]);
  const step = first >= 5 ? 5n : first >= 2 ? 2n : 1n;
  return amount(step * 10n ** BigInt(digits.length - 1));
}

/**
 * What a hop may put into its RoutingOffer: for each neighbour the coarse capacity of its widest
 * edge, ascending by neighbour. Of more than 64 the widest are kept.
 */
export function offeredEdgesOf(
  state: BookState,
  hop: PartyId,
  denomination: Denomination,
  now: UnixMs,
): readonly OfferedEdge[] {
  const widest = new Map<PartyId, Amount>();
  for (const { to, capacity } of ownEdgesOf(state, hop, denomination, now)) {
    const known = widest.get(to);
    if (known === undefined || known < capacity) widest.set(to, capacity);
  }
  return [...widest]
    .map(([to, capacity]) => ({ to, capacity: coarseCapacity(capacity) }))
    .sort(
      (a, b) =>
        Number(b.capacity > a.capacity) - Number(b.capacity < a.capacity) || (a.to < b.to ? -1 : 1),
    )
    .slice(0, OFFERED_EDGES_MAX)
    .sort((a, b) => (a.to < b.to ? -1 : 1));
}
