import { type Decision, DUPLICATE, unlessRefused } from '../book/decision.ts';
import { known } from '../book/invariant.ts';
import { type BookRefusal, refuse } from '../book/refusals.ts';
import type { BookState } from '../book/state.ts';
import { refuseOperator, refuseSigner } from '../keys/signers.ts';
import type { UnixMs } from '../units/time.ts';
import type { ParsedObject, PartyHosting, PaymentOrder, RoutingOffer } from '../wire/objects.ts';
import { orderOf, policyKey } from './find-hop.ts';
import type { Policy } from './hop.ts';

/**
 * The operator takes a party in: from now on the book is the party's end of its edges to parties of
 * other books. A party is hosted once, with one margin.
 * Refusals, in order: not_the_operator and key refusals, exists_with_different_terms. Again:
 * duplicate.
 */
export function decidePartyHosting(
  state: BookState,
  object: ParsedObject<PartyHosting>,
  now: UnixMs,
): Decision {
  const { party, marginMs } = object.body;
  const hosted = state.hosted.get(party);
  if (hosted?.hosting === object.id) return DUPLICATE;
  const refusal =
    refuseOperator(state, object, now) ??
    (hosted && refuse('exists_with_different_terms', '/body/party'));
  return unlessRefused(refusal, () => ({
    type: 'PartyHosted',
    data: { hosting: object.id, party, marginMs },
  }));
}

function refuseOrder(state: BookState, body: PaymentOrder, now: UnixMs): BookRefusal | undefined {
  const { intent, payer, amount, expiresAt } = body;
  if (!state.hosted.has(payer)) return refuse('party_not_hosted', '/body/payer');
  if (orderOf(state, intent, payer) !== undefined) {
    return refuse('exists_with_different_terms', '/body/intent');
  }
  if (amount === 0n) return refuse('amount_zero', '/body/amount');
  return now >= expiresAt ? refuse('expired', '/body/expiresAt', { now, expiresAt }) : undefined;
}

/**
 * A sender allows its node to pay an intent, and sets what that may cost at most. The intent itself
 * need not be known here.
 * Refusals, in order: signer_mismatch and key refusals, party_not_hosted,
 * exists_with_different_terms, amount_zero, expired. Again, while it is remembered: duplicate.
 */
export function decidePaymentOrder(
  state: BookState,
  object: ParsedObject<PaymentOrder>,
  now: UnixMs,
): Decision {
  const { v: _v, type: _type, nonce: _nonce, ...terms } = object.body;
  if (orderOf(state, terms.intent, terms.payer)?.terms.order === object.id) return DUPLICATE;
  const refusal =
    refuseSigner(state, object, terms.payer, now) ?? refuseOrder(state, object.body, now);
  return unlessRefused(refusal, () => ({
    type: 'PaymentOrdered',
    data: { order: object.id, ...terms },
  }));
}

/** The newest policy that a hop published in a denomination. */
function currentPolicy(state: BookState, { policy }: RoutingOffer): Policy | undefined {
  const hash = state.currentPolicies.get(policyKey(policy.hop, policy.denomination));
  return hash === undefined ? undefined : state.policies.get(hash);
}

function refuseOffer(
  state: BookState,
  body: RoutingOffer,
  current: Policy | undefined,
  now: UnixMs,
): BookRefusal | undefined {
  const { policy, sequence, at, ttlMs } = body;
  const hosted = state.hosted.get(policy.hop);
  if (hosted === undefined) return refuse('party_not_hosted', '/body/policy/hop');
  if (current !== undefined && sequence <= current.terms.sequence) {
    return refuse('offer_superseded', '/body/sequence', { newest: current.terms.sequence });
  }
  const { marginMs } = hosted;
  if (policy.marginMs !== marginMs) {
    return refuse('margin_mismatch', '/body/policy/marginMs', { marginMs });
  }
  const expiresAt = at + ttlMs;
  if (now >= expiresAt) return refuse('expired', '/body/ttlMs', { now, expiresAt });
  const { skewMs } = known(state.opened, 'book');
  return Math.abs(at - now) > skewMs
    ? refuse('at_skewed', '/body/at', { at, now, skewMs })
    : undefined;
}

/**
 * A hosted hop publishes the policy of its offer: from now on vouchers may name it. The policy that
 * it replaces stays good for OFFER_TTL_MAX, as long as offers with it may still be around. Offers of
 * others are no business of the book.
 * Refusals, in order: signer_mismatch and key refusals, party_not_hosted, offer_superseded,
 * margin_mismatch, expired, at_skewed. An offer whose policy is the newest already: duplicate.
 */
export function decideRoutingOffer(
  state: BookState,
  object: ParsedObject<RoutingOffer>,
  now: UnixMs,
): Decision {
  const { policy, policyHash, sequence } = object.body;
  const current = currentPolicy(state, object.body);
  if (current?.terms.policyHash === policyHash) return DUPLICATE;
  const refusal =
    refuseSigner(state, object, policy.hop, now) ?? refuseOffer(state, object.body, current, now);
  return unlessRefused(refusal, () => ({
    type: 'FeePolicyPublished',
    data: { offer: object.id, policyHash, policy, sequence },
  }));
}
