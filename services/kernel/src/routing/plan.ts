import { type Amount, ZERO_AMOUNT } from '../units/amount.ts';
import type { Hash, PartyId } from '../units/id.ts';
import type { PaymentOrder, RouteHop } from '../wire/objects.ts';
import type { EdgeCrossing } from './edge-beliefs.ts';
import type { Route } from './find-route.ts';
import type { PricedRoute } from './price-route.ts';
import type { RoutingRefusal } from './refusals.ts';

/** Edges of a route, at most: more than these no order is planned over. */
export const ROUTE_EDGES_MAX = 8;
/** Parts of a plan, at most. */
export const PLAN_PARTS_MAX = 16;

export type PlanOptions = {
  /** Longest hold of the payer's book, ms. */
  readonly holdMsMax: number;
  /** Parts at most, 1 … 16: what the receiver waits for, less what is under way. Default 4. */
  readonly partsMax?: number;
  /** Edges of a route at most, 1 … 8. Default 8. */
  readonly hopsMax?: number;
  /** What the receiver may take to finalize when all parts have come, ms. Default 10,000. */
  readonly finalWindowMs?: number;
  /** What each hop may take to pass a voucher on, ms. Default 500. */
  readonly hopMs?: number;
  /** Margin of the receiver's book, where it makes no offer itself, ms. Default 2,000. */
  readonly receiverMarginMs?: number;
  /** Nats of −ln p that a fee as large as the amount counts for. Default 10: 1 % weighs 0.1. */
  readonly feeWeight?: number;
  /** Nats that every part beyond the first has to gain. Default 0.01. */
  readonly partWeight?: number;
  /** Directed edges (`edgeKey`) and own edges (by id) that are not to be used. */
  readonly excluded?: ReadonlySet<string>;
};

/** A part or probe as it is to be sent: what the first voucher says, and what becomes of it. */
export type PartToSend = {
  /** The payer's own edge, and the payee of the first voucher. */
  readonly edge: Hash;
  readonly to: PartyId;
  /** `amount` reaches the receiver; `fee` goes to the forwarders. Both are held on the own edge. */
  readonly amount: Amount;
  readonly fee: Amount;
  /** The policy of `to` as forwarder; null where `to` is the receiver. */
  readonly policyHash: Hash | null;
  /** `route.hops` of the first voucher. */
  readonly hops: readonly RouteHop[];
  /** Who forwards, in order, and what each keeps: together `fee`. */
  readonly forwarders: readonly (RouteHop & { readonly fee: Amount })[];
  /** expiresAt − at of the first voucher. */
  readonly ttlMs: number;
  /** Every edge from the payer on: what `recordOutcomes` takes when the part has ended. */
  readonly crossings: readonly EdgeCrossing[];
  /** What probes of the same way are made of. */
  readonly route: Route;
};

export type PlannedPart = PartToSend & { readonly successProbability: number };

export type PaymentPlan = {
  readonly parts: readonly PlannedPart[];
  readonly amount: Amount;
  readonly fee: Amount;
  /** That all parts arrive: the product over the parts. Signals play no part in it. */
  readonly successProbability: number;
  /** What plans are compared by. */
  readonly cost: number;
};

export type PlanOutcome =
  | { readonly kind: 'planned'; readonly plan: PaymentPlan }
  | { readonly kind: 'refused'; readonly refusal: RoutingRefusal };

/** The terms of an order that a plan has to keep. */
export type PlanOrder = Pick<
  PaymentOrder,
  'payer' | 'receiver' | 'denomination' | 'amount' | 'maxFee' | 'expiresAt'
>;

/** What is sent over a route, given what its forwarders keep of it and how long it may take. */
export function partToSend(
  route: Route,
  priced: Pick<PricedRoute, 'amount' | 'fee' | 'fees' | 'crossings'>,
  ttlMs: number,
): PartToSend {
  const { own, offered } = route;
  const { amount, fee, fees, crossings } = priced;
  const hops = offered.map(({ to, policyHash }) => ({ party: to, policyHash }));
  const forwarders = offered.map(({ from, policyHash }, i) => ({
    party: from,
    policyHash,
    fee: fees[i] ?? ZERO_AMOUNT,
  }));
  const policyHash = offered[0]?.policyHash ?? null;
  const { edge } = own.own;
  return { edge, to: own.to, amount, fee, policyHash, hops, forwarders, ttlMs, crossings, route };
}
