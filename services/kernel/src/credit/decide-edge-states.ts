import { accepted, type Decision, DUPLICATE, rejected, unlessRefused } from '../book/decision.ts';
import { type BookRefusal, refuse } from '../book/refusals.ts';
import type { BookState, Edge } from '../book/state.ts';
import { checkEdgeDisagreement } from '../evidence/edge-disagreement.ts';
import { refuseKey, refuseSigner } from '../keys/signers.ts';
import { negateSignedAmount, type SignedAmount } from '../units/amount.ts';
import type { PartyId } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';
import type { EdgeDisagreement, EdgeState, ParsedObject } from '../wire/objects.ts';
import { refuseChain, refuseContent } from './edge-state.ts';
import type { EdgeDisputedData } from './events.ts';
import type { Leg } from './leg.ts';

/** A movement to `party` from the other side, `party` first. */
export function legsOf(party: PartyId, other: PartyId, delta: SignedAmount): readonly Leg[] {
  return [
    { party, delta },
    { party: other, delta: negateSignedAmount(delta) },
  ];
}

/**
 * Both ends sign where their edge stands; the carry since the state before becomes debt, and
 * everything older may be dropped. It ends a dispute.
 * Refusals, in order: edge_unknown, signer_mismatch and key refusals (a, then b), not_on_edge,
 * sequence_not_next, previous_mismatch, at_not_later, carry_mismatch, open_mismatch,
 * balance_mismatch, balance_out_of_range. The edge's newest state again: duplicate.
 */
export function decideEdgeState(
  state: BookState,
  object: ParsedObject<EdgeState>,
  now: UnixMs,
): Decision {
  const { body } = object;
  const edge = state.edges.get(body.edge);
  if (edge === undefined) return rejected(refuse('edge_unknown', '/body/edge'));
  if (edge.state?.terms.state === object.id) return DUPLICATE;
  const refusal =
    refuseSigner(state, object, body.a, now) ??
    refuseSigner(state, object, body.b, now) ??
    refuseChain(edge, body) ??
    refuseContent(state, edge, body);
  return unlessRefused(refusal, () => {
    const { v: _v, type: _type, nonce: _nonce, ...terms } = body;
    const { denomination } = edge.terms;
    const legs = legsOf(body.a, body.b, body.carry);
    return { type: 'EdgeStateAgreed', data: { state: object.id, denomination, ...terms, legs } };
  });
}

/** `history` or `balance`, or why the book takes no dispute from it. */
function disputeOf(edge: Edge, body: EdgeDisagreement): EdgeDisputedData['kind'] | BookRefusal {
  const { object } = body.first;
  const found = checkEdgeDisagreement(body);
  if (object.a !== edge.terms.a || object.b !== edge.terms.b) {
    return refuse('not_on_edge', '/body/first/object/a');
  }
  if (edge.dispute !== null) {
    return refuse('exists_with_different_terms', '/body', { proof: edge.dispute.proof });
  }
  const expected = (edge.state?.terms.sequence ?? 0) + 1;
  const actual = object.sequence;
  if (actual !== expected) {
    return refuse('sequence_not_next', '/body/first/object/sequence', { expected, actual });
  }
  return 'kind' in found && found.kind !== 'in_flight'
    ? found.kind
    : refuse('dispute_in_flight', '/body/second');
}

/**
 * Anybody shows that the two ends of an edge signed states that exclude each other: the edge takes no
 * new debt until both sign its next state. What the two states differ in is found again here, their
 * signatures are checked when the proof is read.
 * Refusals, in order: edge_unknown, key refusals (a, then b), not_on_edge,
 * exists_with_different_terms, sequence_not_next, dispute_in_flight. The edge's proof again:
 * duplicate, until a state ends the dispute.
 */
export function decideEdgeDisagreement(
  state: BookState,
  object: ParsedObject<EdgeDisagreement>,
  now: UnixMs,
): Decision {
  const { first, second, delegations } = object.body;
  const { edge: id, a, b, sequence } = first.object;
  const edge = state.edges.get(id);
  if (edge === undefined) return rejected(refuse('edge_unknown', '/body/first/object/edge'));
  if (edge.dispute?.proof === object.id) return DUPLICATE;
  const [ofA, ofB] = delegations;
  const refusal =
    refuseKey(state, a, ofA.object.key, 'party', now) ??
    refuseKey(state, b, ofB.object.key, 'party', now);
  if (refusal !== undefined) return rejected(refusal);
  const kind = disputeOf(edge, object.body);
  if (typeof kind !== 'string') return rejected(kind);
  const balances = [first.object.balance, second.object.balance] as const;
  const { denomination } = edge.terms;
  return accepted({
    type: 'EdgeDisputed',
    data: { proof: object.id, edge: id, a, b, denomination, sequence, kind, balances },
  });
}
