import { type Decision, DUPLICATE, rejected, unlessRefused } from '../book/decision.ts';
import { type BookRefusal, refuse } from '../book/refusals.ts';
import type { BookState, Edge } from '../book/state.ts';
import { refuseSigner } from '../keys/signers.ts';
import type { UnixMs } from '../units/time.ts';
import type { EdgeAgreement, EdgeLimitChange, ParsedObject } from '../wire/objects.ts';

/**
 * Two parties open a credit line; the object's id is the edge.
 * Refusals, in order: signer_mismatch and key refusals (a, then b), expired. Again: duplicate.
 */
export function decideEdgeAgreement(
  state: BookState,
  object: ParsedObject<EdgeAgreement>,
  now: UnixMs,
): Decision {
  if (state.edges.has(object.id)) return DUPLICATE;
  const { v: _v, type: _type, nonce: _nonce, ...terms } = object.body;
  const { expiresAt } = terms;
  const refusal =
    refuseSigner(state, object, terms.a, now) ??
    refuseSigner(state, object, terms.b, now) ??
    (now >= expiresAt ? refuse('expired', '/body/expiresAt', { now, expiresAt }) : undefined);
  return unlessRefused(refusal, () => ({
    type: 'EdgeOpened',
    data: { edge: object.id, ...terms },
  }));
}

function refuseChange(edge: Edge, body: EdgeLimitChange, last: number): BookRefusal | undefined {
  const { grantor, sequence } = body;
  if (grantor !== edge.terms.a && grantor !== edge.terms.b) {
    return refuse('not_on_edge', '/body/grantor');
  }
  const expected = last + 1;
  return sequence === expected
    ? undefined
    : refuse('sequence_not_next', '/body/sequence', { expected, actual: sequence });
}

/**
 * A party changes how much the other side may owe it, from this event on; open holds stay.
 * Refusals, in order: edge_unknown, signer_mismatch and key refusals, not_on_edge,
 * sequence_not_next. The grantor's last change again: duplicate.
 */
export function decideEdgeLimitChange(
  state: BookState,
  object: ParsedObject<EdgeLimitChange>,
  now: UnixMs,
): Decision {
  const { edge: id, grantor, limit, sequence } = object.body;
  const edge = state.edges.get(id);
  if (edge === undefined) return rejected(refuse('edge_unknown', '/body/edge'));
  const last = grantor === edge.terms.a ? edge.changeA : edge.changeB;
  if (last.change === object.id) return DUPLICATE;
  const refusal =
    refuseSigner(state, object, grantor, now) ?? refuseChange(edge, object.body, last.sequence);
  return unlessRefused(refusal, () => ({
    type: 'EdgeLimitChanged',
    data: { change: object.id, edge: id, grantor, limit, sequence },
  }));
}
