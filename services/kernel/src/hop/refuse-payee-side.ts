/** What speaks against a voucher in the book of its payee. */
import { type BookRefusal, refuse } from '../book/refusals.ts';
import type { BookState, Edge, Intent } from '../book/state.ts';
import { routingFee } from '../routing/fee-policy.ts';
import type { UnixMs } from '../units/time.ts';
import type { Delivery } from '../wire/objects.ts';
import type { PartyHostedData } from './events.ts';
import { policyInForce } from './find-hop.ts';
import type { Policy } from './hop.ts';
import {
  type PayeePlace,
  payeeDeadline,
  type RoutedVoucher,
  type TimeRules,
} from './routed-voucher.ts';

/** Refusals, in order: intent_unknown, policy_unknown. */
export function findPayeePlace(
  state: BookState,
  voucher: RoutedVoucher,
  edge: Edge,
  { marginMs }: PartyHostedData,
  now: UnixMs,
): PayeePlace | BookRefusal {
  const place = {
    side: 'payee',
    edge,
    marginMs,
    deadline: payeeDeadline(voucher, marginMs),
  } as const;
  if (voucher.policyHash === null) {
    const intent = state.intents.get(voucher.intent);
    if (intent === undefined) return refuse('intent_unknown', '/body/intent');
    return { ...place, role: 'receiver', intent, delivery: intent.terms.delivery };
  }
  const policy = policyInForce(state, voucher.policyHash, voucher.to, now);
  if (policy === undefined) return refuse('policy_unknown', '/body/policyHash');
  return { ...place, role: 'hop', policy };
}

/** The amounts of a receiver's buffer: at most 16. */
function bufferedAmount(state: BookState, intent: Intent): { count: number; amount: bigint } {
  const vouchers = state.deliveries.get(intent.terms.intent)?.vouchers ?? [];
  const amount = vouchers.reduce((sum, id) => sum + (state.hops.get(id)?.terms.amount ?? 0n), 0n);
  return { count: vouchers.length, amount };
}

/** A probe is released at once: it takes no place among the parts. */
function refuseRoom(
  state: BookState,
  voucher: RoutedVoucher,
  intent: Intent,
  delivery: Delivery,
): BookRefusal | undefined {
  const { count, amount } = bufferedAmount(state, intent);
  const present = voucher.route.probe ? 0n : amount;
  if (present + voucher.amount > intent.terms.amount) {
    return refuse('delivery_exceeds_amount', '/body/amount', { present: `${present}` });
  }
  return !voucher.route.probe && count >= delivery.partsMax
    ? refuse('too_many_parts', '/body/route/part', { partsMax: delivery.partsMax })
    : undefined;
}

function refuseReceiver(
  state: BookState,
  voucher: RoutedVoucher,
  intent: Intent,
  delivery: Delivery | null,
): BookRefusal | undefined {
  const { terms, paid } = intent;
  const claimed = state.deliveries.get(terms.intent)?.finalizeReceipt ?? null;
  if (paid || claimed !== null) return refuse('intent_already_paid', '/body/intent');
  if (intent.voucher !== null) return refuse('intent_already_held', '/body/intent');
  if (delivery === null) return refuse('delivery_not_offered', '/body/intent');
  if (terms.denomination !== voucher.denomination) {
    return refuse('denomination_mismatch', '/body/denomination');
  }
  if (voucher.to !== terms.receiver) return refuse('receiver_mismatch', '/body/to');
  if (voucher.route.finalizeKey !== delivery.finalizeKey) {
    return refuse('finalize_key_mismatch', '/body/route/finalizeKey');
  }
  if (voucher.fee !== 0n) return refuse('fee_sum_mismatch', '/body/fee', { fee: `${voucher.fee}` });
  return refuseRoom(state, voucher, intent, delivery);
}

/** The fee that comes in is the hop's own and that of the hops behind it. */
function refuseHop(voucher: RoutedVoucher, { terms }: Policy): BookRefusal | undefined {
  const { policy } = terms;
  if (policy.denomination !== voucher.denomination) {
    return refuse('denomination_mismatch', '/body/denomination');
  }
  const own = routingFee(policy, voucher.amount);
  if (own === undefined) return refuse('amount_outside_policy', '/body/amount');
  return voucher.fee < own
    ? refuse('fee_mismatch', '/body/fee', { expected: `${own}`, kept: `${voucher.fee}` })
    : undefined;
}

/** What does not fit the intent, or the policy of the hop. */
export function refusePayeeFit(
  state: BookState,
  voucher: RoutedVoucher,
  place: PayeePlace,
): BookRefusal | undefined {
  return place.role === 'receiver'
    ? refuseReceiver(state, voucher, place.intent, place.delivery)
    : refuseHop(voucher, place.policy);
}

/** Times of the payee's clock; of the payer's only how long it grants. */
export function refusePayeeTime(
  voucher: RoutedVoucher,
  { deadline, marginMs, edge, ...place }: PayeePlace,
  { now, holdMsMax }: TimeRules,
): BookRefusal | undefined {
  const ttlMs = voucher.expiresAt - voucher.at;
  const { seenAt } = voucher.route;
  if (ttlMs <= marginMs) return refuse('ttl_too_short', '/body/expiresAt', { ttlMs, marginMs });
  if (seenAt > now) return refuse('seen_at_ahead', '/body/route/seenAt', { seenAt, now });
  if (deadline <= now) return refuse('voucher_stale', '/body/route/seenAt', { deadline, now });
  if (ttlMs > holdMsMax) return refuse('hold_too_long', '/body/expiresAt', { holdMsMax });
  if (place.role === 'receiver' && deadline > place.intent.terms.expiresAt) {
    return refuse('hold_outlives_intent', '/body/expiresAt');
  }
  return deadline > edge.terms.expiresAt
    ? refuse('hold_outlives_edge', '/body/expiresAt')
    : undefined;
}
