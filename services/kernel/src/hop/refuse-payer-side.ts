/** What speaks against a voucher in the book of its payer. */
import { type BookRefusal, refuse } from '../book/refusals.ts';
import type { BookState, Edge } from '../book/state.ts';
import { routingFee } from '../routing/fee-policy.ts';
import { objectId } from '../wire/object-id.ts';
import { incomingOf, isOpen, orderOf } from './find-hop.ts';
import type { Hop, Order, Policy } from './hop.ts';
import { hopReceiptOf } from './hop-receipt.ts';
import type { PayerPlace, RoutedVoucher, TimeRules } from './routed-voucher.ts';

/** Refusals, in order: order_unknown, incoming_unknown, policy_unknown. */
export function findPayerPlace(
  state: BookState,
  voucher: RoutedVoucher,
  edge: Edge,
): PayerPlace | BookRefusal {
  const { intent, from, route, prevReceipt, expiresAt } = voucher;
  const place = { side: 'payer', edge, deadline: expiresAt } as const;
  if (prevReceipt === null) {
    const order = orderOf(state, intent, from);
    if (order === undefined) return refuse('order_unknown', '/body/intent');
    return { ...place, role: 'sender', order };
  }
  const incoming = incomingOf(state, intent, route.part);
  if (incoming === undefined || incoming.terms.to !== from) {
    return refuse('incoming_unknown', '/body/route/part');
  }
  const { policyHash } = incoming.terms;
  const policy = policyHash === null ? undefined : state.policies.get(policyHash);
  if (policy === undefined) return refuse('policy_unknown', '/body/policyHash');
  return { ...place, role: 'hop', incoming, policy };
}

/** A forwarded voucher is the rest of what came in. */
function refuseRoute(voucher: RoutedVoucher, { terms }: Hop): BookRefusal | undefined {
  const { to, amount, route } = voucher;
  const [next, ...rest] = terms.hops;
  const same =
    to === next?.party &&
    route.probe === terms.probe &&
    route.hops.length === rest.length &&
    route.hops.every((hop, i) => {
      const expected = rest[i];
      return hop.party === expected?.party && hop.policyHash === expected.policyHash;
    });
  if (!same) return refuse('route_mismatch', '/body/route');
  if (voucher.denomination !== terms.denomination) {
    return refuse('denomination_mismatch', '/body/denomination');
  }
  if (amount !== terms.amount) {
    return refuse('amount_mismatch', '/body/amount', { expected: `${terms.amount}` });
  }
  return route.finalizeKey === terms.finalizeKey
    ? undefined
    : refuse('finalize_key_mismatch', '/body/route/finalizeKey');
}

function refuseForward(
  voucher: RoutedVoucher,
  incoming: Hop,
  policy: Policy,
): BookRefusal | undefined {
  if (!isOpen(incoming)) return refuse('incoming_ended', '/body/route/part');
  const mismatch = refuseRoute(voucher, incoming);
  if (mismatch !== undefined) return mismatch;
  if (voucher.prevReceipt !== objectId(hopReceiptOf(incoming, 'held'))) {
    return refuse('prev_receipt_mismatch', '/body/prevReceipt');
  }
  const expected = routingFee(policy.terms.policy, voucher.amount);
  if (expected === undefined) return refuse('amount_outside_policy', '/body/amount');
  const kept = incoming.terms.fee - voucher.fee;
  return kept === expected
    ? undefined
    : refuse('fee_mismatch', '/body/fee', { expected: `${expected}`, kept: `${kept}` });
}

/** Whoever pays with a route of its own does not also forward the part. */
function refuseSender(
  state: BookState,
  voucher: RoutedVoucher,
  { terms }: Order,
): BookRefusal | undefined {
  const { from, to, route } = voucher;
  if (terms.denomination !== voucher.denomination) {
    return refuse('denomination_mismatch', '/body/denomination');
  }
  if ((route.hops.at(-1)?.party ?? to) !== terms.receiver) {
    return refuse('receiver_mismatch', '/body/route/hops');
  }
  if (route.finalizeKey !== terms.finalizeKey) {
    return refuse('finalize_key_mismatch', '/body/route/finalizeKey');
  }
  return incomingOf(state, voucher.intent, route.part)?.terms.to === from
    ? refuse('prev_receipt_mismatch', '/body/prevReceipt')
    : undefined;
}

/** What does not fit the order or the hop that the voucher forwards. */
export function refusePayerFit(
  state: BookState,
  voucher: RoutedVoucher,
  place: PayerPlace,
): BookRefusal | undefined {
  return place.role === 'sender'
    ? refuseSender(state, voucher, place.order)
    : refuseForward(voucher, place.incoming, place.policy);
}

/** What an order still allows. Probes ever sent count for good, before they leave. */
export function refuseSpend(voucher: RoutedVoucher, order: Order): BookRefusal | undefined {
  const { amount, fee, route } = voucher;
  const { terms, amountInUse, feeInUse, probeSpend } = order;
  if (route.probe) {
    return probeSpend + amount + fee > terms.maxProbeSpend
      ? refuse('probe_spend_exceeded', '/body/amount', { spent: `${probeSpend}` })
      : undefined;
  }
  if (amountInUse + amount > terms.amount) {
    return refuse('order_amount_exceeded', '/body/amount', { inUse: `${amountInUse}` });
  }
  return feeInUse + fee > terms.maxFee
    ? refuse('order_fee_exceeded', '/body/fee', { inUse: `${feeInUse}` })
    : undefined;
}

/** Times by the clock of this book, which is also the payer's. */
export function refusePayerTime(
  voucher: RoutedVoucher,
  place: PayerPlace,
  { now, skewMs, holdMsMax }: TimeRules,
): BookRefusal | undefined {
  const { at, expiresAt } = voucher;
  if (now >= expiresAt) return refuse('expired', '/body/expiresAt', { now, expiresAt });
  if (place.role === 'sender' && expiresAt > place.order.terms.expiresAt) {
    return refuse('order_expired', '/body/expiresAt');
  }
  if (Math.abs(at - now) > skewMs) return refuse('at_skewed', '/body/at', { at, now, skewMs });
  if (expiresAt - now > holdMsMax) return refuse('hold_too_long', '/body/expiresAt', { holdMsMax });
  if (place.role === 'hop' && expiresAt > place.incoming.terms.deadline) {
    const { deadline } = place.incoming.terms;
    return refuse('hop_outlives_incoming', '/body/expiresAt', { expiresAt, deadline });
  }
  return expiresAt > place.edge.terms.expiresAt
    ? refuse('hold_outlives_edge', '/body/expiresAt')
    : undefined;
}
