import { assert, known } from '../book/invariant.ts';
import type { BookState, Edge } from '../book/state.ts';
import { type Hash, ZERO_HASH } from '../units/id.ts';
import type { CreditReassignedData, EdgeDisputedData, EdgeStateAgreedData } from './events.ts';
import { withMoved } from './evolve-edges.ts';

export function evolveEdgeStateAgreed(
  state: BookState,
  terms: EdgeStateAgreedData,
  eventId: Hash,
): BookState {
  const edge = known(state.edges.get(terms.edge), 'edge');
  const before = edge.state;
  assert(terms.sequence === (before?.terms.sequence ?? 0) + 1, 'states have no gaps');
  assert(terms.previous === (before?.terms.state ?? ZERO_HASH), 'states are chained');
  const agreed: Edge = {
    ...withMoved(edge, terms.legs, terms.carry, terms.a),
    state: { terms, eventId },
    dispute: null,
  };
  return {
    ...state,
    edges: state.edges.set(terms.edge, agreed),
    // Only the newest state stays in use: the payloads of older ones may be erased.
    standing: before === null ? state.standing : state.standing.delete(before.eventId),
  };
}

export function evolveEdgeDisputed(
  state: BookState,
  { edge: id, proof, sequence }: EdgeDisputedData,
): BookState {
  const edge = known(state.edges.get(id), 'edge');
  return { ...state, edges: state.edges.set(id, { ...edge, dispute: { proof, sequence } }) };
}

export function evolveCreditReassigned(state: BookState, data: CreditReassignedData): BookState {
  const { reassign, fromEdge, toEdge, from, to, amount, legs } = data;
  assert(!state.reassigned.has(reassign), 'a reassign counts once');
  let { edges } = state;
  for (const [id, creditor, delta] of [
    [fromEdge, from, -amount],
    [toEdge, to, amount],
  ] as const) {
    const own = legs.filter((leg) => leg.edge === id);
    if (own.length === 0) continue;
    edges = edges.set(id, withMoved(known(edges.get(id), 'edge'), own, delta, creditor));
  }
  return { ...state, edges, reassigned: state.reassigned.set(reassign, true) };
}
