import type { BookState } from '../book/state.ts';
import type { Denomination } from '../units/denomination.ts';
import type { Hash, Nonce, PartyId } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';
import { OFFER_TTL_MAX } from '../wire/value-codecs.ts';
import type { HopHeldData, HopRef } from './events.ts';
import {
  CLAIM_MEMORY_MS,
  HOP_MEMORY_MS,
  type Hop,
  LAPSE_MEMORY_MS,
  type Order,
  type Policy,
} from './hop.ts';

/** Where the hops of one part of an intent stand in `parts`. */
export const partKey = (intent: Hash, part: Nonce): string => `${intent}/${part}`;

/** Where a payer's order for an intent stands in `orders`. */
export const orderKey = (intent: Hash, payer: PartyId): string => `${intent}/${payer}`;

/** Where the newest policy of a hop stands in `currentPolicies`. */
export const policyKey = (hop: PartyId, denomination: Denomination): string =>
  `${hop}/${denomination}`;

/** The hop of a voucher, open or remembered. */
export function findHop(state: BookState, voucher: Hash): Hop | undefined {
  return state.hops.get(voucher);
}

/** The hop by which a part reached this book, open or remembered. */
export function incomingOf(state: BookState, intent: Hash, part: Nonce): Hop | undefined {
  const voucher = state.parts.get(partKey(intent, part))?.incoming;
  return voucher ? state.hops.get(voucher) : undefined;
}

/** The hop by which a part left this book, open or remembered. */
export function outgoingOf(state: BookState, intent: Hash, part: Nonce): Hop | undefined {
  const voucher = state.parts.get(partKey(intent, part))?.outgoing;
  return voucher ? state.hops.get(voucher) : undefined;
}

/** What a payer ordered for an intent. */
export function orderOf(state: BookState, intent: Hash, payer: PartyId): Order | undefined {
  return state.orders.get(orderKey(intent, payer));
}

/** Reserved and waiting: the hop lapses at its deadline unless something happens. */
export function isOpen(hop: Hop): boolean {
  return hop.status === 'held' || hop.status === 'active*';
}

/** The receipt is here and the payer has to answer: the hop does not lapse by time. */
export function isClaimed(hop: Hop): boolean {
  return hop.status === 'claimed' || hop.status === 'confirmed';
}

/** The claim waits for an answer that no payer can remember any more: its payee may give it up. */
export function isUnanswerable({ status, terms }: Hop, now: UnixMs): boolean {
  return status === 'claimed' && now >= terms.deadline + CLAIM_MEMORY_MS;
}

/** The payee of the hop is the receiver of the payment. */
export function isLast(hop: Hop): boolean {
  return hop.terms.hops.length === 0;
}

/** What every later event repeats of a hop. */
export function refOf(terms: HopHeldData): HopRef {
  const { voucher, side, intent, part, edge, from, to, denomination, amount, fee } = terms;
  return { voucher, side, intent, part, edge, from, to, denomination, amount, fee };
}

/** When a hop that has ended is forgotten: soon, if the payee's end never claimed it. */
export function hopForgottenAt({ terms, status, claimedAt, at }: Hop): number {
  const isVoid = terms.side === 'payee' && status === 'lapsed' && claimedAt === null;
  return Math.max(terms.deadline, at) + (isVoid ? LAPSE_MEMORY_MS : HOP_MEMORY_MS);
}

/** When an order is forgotten: with the last of its hops. */
export function orderForgottenAt(order: Order): number {
  return order.terms.expiresAt + HOP_MEMORY_MS;
}

/** When a policy is forgotten; undefined while it is the newest. */
export function policyForgottenAt(policy: Policy): number | undefined {
  return policy.replacedAt === null ? undefined : policy.replacedAt + HOP_MEMORY_MS;
}

/**
 * The newest policy of a hop, or an older one by its hash while offers that name it may still be
 * around: OFFER_TTL_MAX after it was replaced. Undefined for any other hash.
 */
export function policyInForce(
  state: BookState,
  hash: Hash,
  hop: PartyId,
  now: UnixMs,
): Policy | undefined {
  const policy = state.policies.get(hash);
  if (policy === undefined || policy.terms.policy.hop !== hop) return undefined;
  const { replacedAt } = policy;
  return replacedAt === null || now < replacedAt + OFFER_TTL_MAX ? policy : undefined;
}
