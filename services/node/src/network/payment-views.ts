/** Payments across books as this node's book tells them. */
import type { BookState } from '@atomicity/kernel/book/state';
import type { HopView } from '@atomicity/kernel/book/views';
import { orderOf } from '@atomicity/kernel/hop/find-hop';
import type { Hop, Order } from '@atomicity/kernel/hop/hop';
import { formatAmount } from '@atomicity/kernel/units/amount';
import type { Hash, PartyId } from '@atomicity/kernel/units/id';
import type { DeliveryView, OrderView } from '@atomicity/ledger/payment-view';

/** A hop of the book. */
export function hopView({ terms, status, at, heldReceipt, lapse, outgoing }: Hop): HopView {
  const { voucher, intent, part, side, edge, from, to, denomination, probe, incoming } = terms;
  return {
    voucher,
    intent,
    part,
    side,
    status,
    edge,
    from,
    to,
    denomination,
    amount: formatAmount(terms.amount),
    fee: formatAmount(terms.fee),
    probe,
    // The payee knows of what it holds.
    acknowledged: side === 'payee' || heldReceipt !== null,
    incoming,
    outgoing,
    heldAt: terms.at,
    deadline: terms.deadline,
    at,
    reason: lapse?.reason ?? null,
  };
}

/** The order of a party for an intent. */
export function orderView(state: BookState, intent: Hash, payer: PartyId): OrderView | null {
  const order = orderOf(state, intent, payer);
  return order === undefined ? null : viewOf(order);
}

function viewOf({ terms, amountInUse, feeInUse, probeSpend, amountPaid }: Order): OrderView {
  const { order, payer, receiver, denomination, amount, maxFee, maxProbeSpend, expiresAt } = terms;
  return {
    order,
    payer,
    receiver,
    denomination,
    amount: formatAmount(amount),
    maxFee: formatAmount(maxFee),
    maxProbeSpend: formatAmount(maxProbeSpend),
    expiresAt,
    amountInUse: formatAmount(amountInUse),
    feeInUse: formatAmount(feeInUse),
    probeSpend: formatAmount(probeSpend),
    amountPaid: formatAmount(amountPaid),
  };
}

/** What the receiver has of an intent. */
export function deliveryView(state: BookState, intent: Hash): DeliveryView | null {
  const delivery = state.deliveries.get(intent);
  if (delivery === undefined) return null;
  const { vouchers, finalizeReceipt, ended } = delivery;
  return { vouchers, finalizeReceipt, ended };
}
