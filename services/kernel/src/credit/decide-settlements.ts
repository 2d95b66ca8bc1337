import { type Decision, DUPLICATE, rejected, unlessRefused } from '../book/decision.ts';
import { type BookRefusal, refuse } from '../book/refusals.ts';
import { type AskedSettlement, type BookState, type Edge, settlementId } from '../book/state.ts';
import { refuseSigner } from '../keys/signers.ts';
import { amount, negateSignedAmount, signedAmount } from '../units/amount.ts';
import type { PartyId } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';
import type { ParsedObject, SettlementReceipt, SettlementRequest } from '../wire/objects.ts';
import { legsOf } from './decide-edge-states.ts';
import { refuseBalance } from './edge-state.ts';
import { isElsewhere } from './hosting.ts';
import { balanceAfter, balanceOf } from './positions.ts';

/** The other side of an edge; undefined if `creditor` is not on it. */
function debtorOf(edge: Edge, creditor: PartyId): PartyId | undefined {
  const { a, b } = edge.terms;
  if (creditor === a) return b;
  return creditor === b ? a : undefined;
}

function refuseOwed(edge: Edge, body: { creditor: PartyId; amount: bigint }) {
  const owed = balanceOf(edge, body.creditor);
  return owed < body.amount
    ? refuse('settles_more_than_owed', '/body/amount', { owed: `${owed}` })
    : undefined;
}

/**
 * A creditor asks to be paid outside, on a rail of its choice; rail names are labels. It binds nobody.
 * Refusals, in order: edge_unknown, signer_mismatch and key refusals, not_on_edge, amount_zero,
 * expired. Again, until it is forgotten: duplicate.
 */
export function decideSettlementRequest(
  state: BookState,
  object: ParsedObject<SettlementRequest>,
  now: UnixMs,
): Decision {
  if (state.requests.has(object.id)) return DUPLICATE;
  const { v: _v, type: _type, nonce: _nonce, ...terms } = object.body;
  const edge = state.edges.get(terms.edge);
  if (edge === undefined) return rejected(refuse('edge_unknown', '/body/edge'));
  const signer = refuseSigner(state, object, terms.creditor, now);
  if (signer !== undefined) return rejected(signer);
  const debtor = debtorOf(edge, terms.creditor);
  if (debtor === undefined) return rejected(refuse('not_on_edge', '/body/creditor'));
  return unlessRefused(refuseRequest(object.body, now), () => {
    const { denomination } = edge.terms;
    return {
      type: 'SettlementRequested',
      data: { request: object.id, ...terms, debtor, denomination },
    };
  });
}

function refuseRequest(body: SettlementRequest, now: UnixMs): BookRefusal | undefined {
  if (body.amount === 0n) return refuse('amount_zero', '/body/amount');
  const { expiresAt } = body;
  return now >= expiresAt ? refuse('expired', '/body/expiresAt', { now, expiresAt }) : undefined;
}

/** What only the creditor's own book, or that of both, judges: elsewhere its signature is enough. */
function refuseRequested(
  asked: AskedSettlement | undefined,
  body: SettlementReceipt,
): BookRefusal | undefined {
  if (asked === undefined) return undefined;
  if (asked.receipt !== null) {
    return refuse('request_already_settled', '/body/request', { receipt: asked.receipt });
  }
  const { edge, creditor } = asked.terms;
  return edge === body.edge && creditor === body.creditor
    ? undefined
    : refuse('request_mismatch', '/body/request');
}

function refuseReceipt(
  state: BookState,
  edge: Edge,
  body: SettlementReceipt,
  decides: boolean,
): BookRefusal | undefined {
  if (state.settled.has(settlementId(body.edge, body.evidence))) {
    return refuse('evidence_already_used', '/body/evidence');
  }
  const asked = body.request === null ? undefined : state.requests.get(body.request);
  const requested = decides ? refuseRequested(asked, body) : undefined;
  if (requested !== undefined) return requested;
  if (body.amount === 0n) return refuse('amount_zero', '/body/amount');
  return (
    (decides ? refuseOwed(edge, body) : undefined) ??
    refuseBalance(edge, balanceAfter(edge, body.creditor, -body.amount), '/body/amount')
  );
}

/** The request that a receipt answers: of its edge and creditor, and not answered before. */
function answered(state: BookState, body: SettlementReceipt): AskedSettlement | undefined {
  const asked = body.request === null ? undefined : state.requests.get(body.request);
  return asked !== undefined && refuseRequested(asked, body) === undefined ? asked : undefined;
}

function findRequest(state: BookState, body: SettlementReceipt, decides: boolean) {
  const { request } = body;
  return decides && request !== null && !state.requests.has(request)
    ? refuse('request_unknown', '/body/request')
    : undefined;
}

/**
 * The creditor states what it has got outside; the debt shrinks by it, toward zero and never past it.
 * A request that it names is closed, paid in full or not: `remains` says how much is missing. The
 * creditor's book decides; the debtor's follows, since payments that cross may have moved the
 * balance meanwhile, and since it is the creditor that gives its claim up.
 * Refusals, in order: edge_unknown, request_unknown, signer_mismatch and key refusals, not_on_edge,
 * evidence_already_used, request_already_settled, request_mismatch, amount_zero,
 * settles_more_than_owed, balance_out_of_range. Again, for good: duplicate.
 */
export function decideSettlementReceipt(
  state: BookState,
  object: ParsedObject<SettlementReceipt>,
  now: UnixMs,
): Decision {
  const { body } = object;
  const { edge: id, creditor, evidence, rail, at } = body;
  const edge = state.edges.get(id);
  if (edge === undefined) return rejected(refuse('edge_unknown', '/body/edge'));
  if (state.settled.get(settlementId(id, evidence)) === object.id) return DUPLICATE;
  const debtor = debtorOf(edge, creditor);
  const decides = debtor === undefined || !isElsewhere(state, debtor, creditor);
  const nameless = findRequest(state, body, decides) ?? refuseSigner(state, object, creditor, now);
  if (nameless !== undefined) return rejected(nameless);
  if (debtor === undefined) return rejected(refuse('not_on_edge', '/body/creditor'));
  return unlessRefused(refuseReceipt(state, edge, body, decides), () => {
    const asked = answered(state, body);
    const missing = asked === undefined ? null : asked.terms.amount - body.amount;
    const data = {
      receipt: object.id,
      edge: id,
      creditor,
      debtor,
      denomination: edge.terms.denomination,
      amount: body.amount,
      request: body.request,
      remains: missing === null ? null : amount(missing > 0n ? missing : 0n),
      rail,
      evidence,
      at,
      legs: legsOf(creditor, debtor, negateSignedAmount(signedAmount(body.amount))),
    };
    return { type: 'SettlementRecorded', data };
  });
}
