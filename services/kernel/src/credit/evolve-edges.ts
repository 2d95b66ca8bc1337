import type { EdgeLimitChangedData, EdgeOpenedData, HoldPlacedData } from '../book/events.ts';
import { assert, known } from '../book/invariant.ts';
import type { BookState, Edge } from '../book/state.ts';
import { amount, signedAmount, ZERO_AMOUNT, ZERO_SIGNED_AMOUNT } from '../units/amount.ts';
import type { PartyId } from '../units/id.ts';
import type { Leg } from './leg.ts';

const NO_CHANGE = { sequence: 0, change: null };

export function evolveEdgeOpened(state: BookState, terms: EdgeOpenedData): BookState {
  const edge: Edge = {
    terms,
    limitA: terms.limitA,
    limitB: terms.limitB,
    changeA: NO_CHANGE,
    changeB: NO_CHANGE,
    balance: ZERO_SIGNED_AMOUNT,
    heldFromA: ZERO_AMOUNT,
    heldFromB: ZERO_AMOUNT,
    state: null,
    dispute: null,
  };
  return { ...state, edges: state.edges.set(terms.edge, edge) };
}

export function evolveEdgeLimitChanged(state: BookState, data: EdgeLimitChangedData): BookState {
  const edge = known(state.edges.get(data.edge), 'edge');
  const { limit, sequence, change } = data;
  const changed: Edge =
    data.grantor === edge.terms.a
      ? { ...edge, limitA: limit, changeA: { sequence, change } }
      : { ...edge, limitB: limit, changeB: { sequence, change } };
  return { ...state, edges: state.edges.set(data.edge, changed) };
}

/** The edge with the payer's open holds changed by `delta`. */
export function withHeld(edge: Edge, payer: PartyId, delta: bigint): Edge {
  return payer === edge.terms.a
    ? { ...edge, heldFromA: amount(edge.heldFromA + delta) }
    : { ...edge, heldFromB: amount(edge.heldFromB + delta) };
}

const deltaOf = (legs: readonly Leg[], party: PartyId): bigint =>
  legs.reduce((sum, leg) => (leg.party === party ? sum + leg.delta : sum), 0n);

/** The edge after a movement of `delta` for `party`, and against the other side, which `legs` say. */
export function withMoved(edge: Edge, legs: readonly Leg[], delta: bigint, party: PartyId): Edge {
  const { a, b } = edge.terms;
  assert(party === a || party === b, 'a leg is of a party of the edge');
  assert(legs.reduce((sum, leg) => sum + leg.delta, 0n) === 0n, 'legs add up to zero');
  assert(deltaOf(legs, party) === delta, 'legs are the movement');
  assert(deltaOf(legs, a) === -deltaOf(legs, b), 'legs are of the two parties');
  return { ...edge, balance: signedAmount(edge.balance + deltaOf(legs, a)) };
}

/** The edge after a payment whose hold it already released. */
export function withPayment(
  edge: Edge,
  hold: Pick<HoldPlacedData, 'from' | 'to' | 'amount' | 'fee'>,
  legs: readonly Leg[],
): Edge {
  const spend = hold.amount + hold.fee;
  assert(deltaOf(legs, hold.from) === -spend, 'legs are the hold');
  return withMoved(edge, legs, spend, hold.to);
}
