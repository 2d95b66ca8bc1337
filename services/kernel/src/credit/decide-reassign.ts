import { type Decision, DUPLICATE, rejected, unlessRefused } from '../book/decision.ts';
import { type BookRefusal, refuse } from '../book/refusals.ts';
import type { BookState, Edge } from '../book/state.ts';
import { refuseSigner } from '../keys/signers.ts';
import { negateSignedAmount, signedAmount } from '../units/amount.ts';
import type { PartyId } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';
import type { ParsedObject, Reassign } from '../wire/objects.ts';
import { legsOf } from './decide-edge-states.ts';
import { refuseBalance } from './edge-state.ts';
import type { EdgeLeg } from './events.ts';
import { isElsewhere } from './hosting.ts';
import { balanceAfter, balanceOf, exposureOf } from './positions.ts';
import { edgeStanding, refuseDisputed } from './standing.ts';

/** The edges of a reassign that a book has; in a book of one creditor there is only one. */
type Edges = { readonly from: Edge | undefined; readonly to: Edge | undefined };

function edgesOf(state: BookState, body: Reassign): Edges {
  return { from: state.edges.get(body.fromEdge), to: state.edges.get(body.toEdge) };
}

/**
 * The first edge that a book lacks: that of a creditor in it, both where the debtor is in it, and
 * both in a book that is no end of other books.
 */
function refuseMissing(state: BookState, { from, to }: Edges, body: Reassign) {
  const has = (party: PartyId) => state.hosted.has(party);
  const all = has(body.debtor) || !(has(body.from) || has(body.to));
  if (from === undefined && (all || has(body.from))) {
    return refuse('edge_unknown', '/body/fromEdge');
  }
  return to === undefined && (all || has(body.to))
    ? refuse('edge_unknown', '/body/toEdge')
    : undefined;
}

function isBetween(edge: Edge, one: PartyId, other: PartyId): boolean {
  const { a, b } = edge.terms;
  return (a === one && b === other) || (a === other && b === one);
}

function refuseFit({ from, to }: Edges, body: Reassign): BookRefusal | undefined {
  if (from !== undefined && !isBetween(from, body.debtor, body.from)) {
    return refuse('not_on_edge', '/body/fromEdge');
  }
  if (to !== undefined && !isBetween(to, body.debtor, body.to)) {
    return refuse('not_on_edge', '/body/toEdge');
  }
  const { denomination } = body;
  if ([from, to].some((edge) => edge !== undefined && edge.terms.denomination !== denomination)) {
    return refuse('denomination_mismatch', '/body/denomination');
  }
  return body.amount === 0n ? refuse('amount_zero', '/body/amount') : undefined;
}

function refuseClaim(from: Edge, body: Reassign): BookRefusal | undefined {
  const owed = balanceOf(from, body.from);
  return owed < body.amount
    ? refuse('reassigns_more_than_owed', '/body/amount', { owed: `${owed}` })
    : undefined;
}

function refuseRange({ from, to }: Edges, body: Reassign): BookRefusal | undefined {
  const field = '/body/amount';
  const lost = from && refuseBalance(from, balanceAfter(from, body.from, -body.amount), field);
  return lost ?? (to && refuseBalance(to, balanceAfter(to, body.to, body.amount), field));
}

/** The parties of the edges that this book has: what each signed is about them and nobody else. */
function refuseSigners(
  state: BookState,
  object: ParsedObject<Reassign>,
  { from, to }: Edges,
  now: UnixMs,
): BookRefusal | undefined {
  const { body } = object;
  const signers = [
    body.debtor,
    ...(from === undefined ? [] : [body.from]),
    ...(to === undefined ? [] : [body.to]),
  ];
  for (const signer of signers) {
    const refusal = refuseSigner(state, object, signer, now);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

/** Legs of the edges that the book has: they add up to zero on each of them. */
function legsIn({ from, to }: Edges, body: Reassign): readonly EdgeLeg[] {
  const { debtor, fromEdge, toEdge } = body;
  const delta = signedAmount(body.amount);
  const on = (edge: EdgeLeg['edge'], creditor: PartyId, moved: typeof delta): EdgeLeg[] =>
    legsOf(creditor, debtor, moved).map((leg) => ({ edge, ...leg }));
  return [
    ...(from === undefined ? [] : on(fromEdge, body.from, negateSignedAmount(delta))),
    ...(to === undefined ? [] : on(toEdge, body.to, delta)),
  ];
}

/**
 * A debt changes its creditor: the debtor owes `from` less and `to` as much more. Each book records
 * it on the edges that it has, whenever it arrives. Whether the claim covers it is judged where the
 * debtor is; a creditor's own book follows, since payments that cross may have moved it meanwhile.
 * Refusals, in order: edge_unknown, signer_mismatch and key refusals (debtor, from,
 * to, as far as their edges are here), not_on_edge, denomination_mismatch, amount_zero,
 * reassigns_more_than_owed, balance_out_of_range. Again, for good: duplicate.
 */
export function decideReassign(
  state: BookState,
  object: ParsedObject<Reassign>,
  now: UnixMs,
): Decision {
  if (state.reassigned.has(object.id)) return DUPLICATE;
  const { body } = object;
  const edges = edgesOf(state, body);
  const missing = refuseMissing(state, edges, body);
  if (missing !== undefined) return rejected(missing);
  const decides = !isElsewhere(state, body.from, body.debtor);
  const refusal =
    refuseSigners(state, object, edges, now) ??
    refuseFit(edges, body) ??
    (decides && edges.from ? refuseClaim(edges.from, body) : undefined) ??
    refuseRange(edges, body);
  return unlessRefused(refusal, () => {
    const { v: _v, type: _type, nonce: _nonce, expiresAt: _expiresAt, ...terms } = body;
    const data = { reassign: object.id, ...terms, legs: legsIn(edges, body) };
    return { type: 'CreditReassigned', data };
  });
}

/** As whom somebody is asked to sign a reassign. */
export type ReassignRole = 'debtor' | 'from' | 'to';

function refuseNewDebt(to: Edge, now: UnixMs): BookRefusal | undefined {
  if (edgeStanding(to, now) === 'overdue') return refuse('edge_overdue', '/body/toEdge', { now });
  return refuseDisputed(to, '/body/toEdge');
}

function refuseRoom(to: Edge, body: Reassign): BookRefusal | undefined {
  const { limit, owed, held } = exposureOf(to, body.debtor);
  return owed + held + body.amount > limit
    ? refuse('edge_limit_exceeded', '/body/amount')
    : undefined;
}

/**
 * Why a party should not sign a reassign at `now`, by its own book; the debtor signs last. A creditor
 * looks after its own edge, the debtor after both. What is signed by all counts whenever it arrives,
 * so expiry, standing and limits are judged here and nowhere else.
 * Refusals, in order: edge_unknown, not_on_edge, denomination_mismatch, amount_zero, expired,
 * edge_overdue, edge_disputed, reassigns_more_than_owed, balance_out_of_range, edge_limit_exceeded.
 */
export function refuseToSignReassign(
  state: BookState,
  body: Reassign,
  now: UnixMs,
  role: ReassignRole,
): BookRefusal | undefined {
  const found = edgesOf(state, body);
  const needsFrom = role !== 'to';
  const needsTo = role !== 'from';
  if (needsFrom && found.from === undefined) return refuse('edge_unknown', '/body/fromEdge');
  if (needsTo && found.to === undefined) return refuse('edge_unknown', '/body/toEdge');
  const from = needsFrom ? found.from : undefined;
  const to = needsTo ? found.to : undefined;
  const { expiresAt } = body;
  return (
    refuseFit({ from, to }, body) ??
    (now >= expiresAt ? refuse('expired', '/body/expiresAt', { now, expiresAt }) : undefined) ??
    (to && refuseNewDebt(to, now)) ??
    (from && refuseClaim(from, body)) ??
    refuseRange({ from, to }, body) ??
    (to && refuseRoom(to, body))
  );
}
