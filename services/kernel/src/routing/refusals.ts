import type { Refusal } from '../wire/refusals.ts';

/**
 * Every reason for which routing refuses an offer, a signal or an order to plan, with its rule. The
 * order is the precedence: of two reasons that apply, the earlier is given. `transient`: the same
 * request may be accepted later. Source: docs/reference/routing.md.
 */
export const ROUTING_REFUSALS = [
  // Who speaks.
  {
    reason: 'key_unknown',
    rule: 'an offer or signal comes with the delegation of the key that signed it',
    transient: false,
  },
  {
    reason: 'key_revoked',
    rule: 'the key is not known to be revoked',
    transient: false,
  },
  {
    reason: 'key_not_yet_active',
    rule: 'now is not before the key’s notBefore',
    transient: true,
  },
  { reason: 'key_expired', rule: 'now is before the key’s expiresAt', transient: false },
  { reason: 'key_lacks_role', rule: 'the key has the role party', transient: false },
  // Offers.
  {
    reason: 'offer_superseded',
    rule: 'no newer offer of the hop and denomination is known',
    transient: false,
  },
  {
    reason: 'offer_conflict',
    rule: 'a hop makes one offer of each sequence and denomination',
    transient: false,
  },
  // Signals.
  {
    reason: 'signal_not_from_neighbour',
    rule: 'a signal comes from its origin itself, to a party with an edge to it',
    transient: false,
  },
  {
    reason: 'signal_superseded',
    rule: 'sequences of an origin’s signals rise',
    transient: false,
  },
  {
    reason: 'signal_rate_exceeded',
    rule: 'at most 60 signals of an origin count in a minute',
    transient: true,
  },
  // Plans.
  { reason: 'amount_zero', rule: 'an amount to be planned is at least 1', transient: false },
  {
    reason: 'no_route',
    rule: 'some routes that do not share an edge together carry the amount',
    transient: true,
  },
  {
    reason: 'hold_too_long',
    rule: 'the margins of all hops and the final window fit into the longest hold',
    transient: true,
  },
  {
    reason: 'max_fee_exceeded',
    rule: 'the fees of the cheapest plan are at most the order’s maxFee',
    transient: true,
  },
  {
    reason: 'probe_spend_exhausted',
    rule: 'the smallest probe and its fee fit into what is left of maxProbeSpend',
    transient: false,
  },
] as const;

export type RoutingRefusalReason = (typeof ROUTING_REFUSALS)[number]['reason'];

export type RoutingRefusal = Refusal<RoutingRefusalReason>;

const RULES: ReadonlyMap<RoutingRefusalReason, string> = new Map(
  ROUTING_REFUSALS.map(({ reason, rule }) => [reason, rule]),
);

/** A refusal with the rule of its reason. */
export function routingRefusal(
  reason: RoutingRefusalReason,
  facts?: Readonly<Record<string, string | number>>,
): RoutingRefusal {
  const rule = RULES.get(reason) ?? reason;
  return facts === undefined ? { reason, rule } : { reason, rule, facts };
}
