import type { EdgeLimitChangedData, EdgeOpenedData, HoldPlacedData, Leg } from '../book/events.ts';
import { assert, known } from '../book/invariant.ts';
import type { BookState, Edge } from '../book/state.ts';
import { amount, signedAmount, ZERO_AMOUNT, ZERO_SIGNED_AMOUNT } from '../units/amount.ts';
import type { PartyId } from '../units/id.ts';

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

/** The edge after a payment whose hold it already released. */
export function withPayment(edge: Edge, hold: HoldPlacedData, legs: readonly Leg[]): Edge {
  const deltaOf = (party: PartyId) =>
    legs.reduce((sum, leg) => (leg.party === party ? sum + leg.delta : sum), 0n);
  const spend = hold.amount + hold.fee;
  assert(legs.reduce((sum, leg) => sum + leg.delta, 0n) === 0n, 'legs add up to zero');
  assert(deltaOf(hold.from) === -spend && deltaOf(hold.to) === spend, 'legs are the hold');
  return { ...edge, balance: signedAmount(edge.balance + deltaOf(edge.terms.a)) };
}
