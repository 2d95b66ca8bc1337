/**
 * What an event does to the hops of a book. A hop reserves amount + fee on its edge from HopHeld to
 * its end; only HopActivated and DeliveryFinalized change positions.
 */
import type { Recording } from '../book/events.ts';
import { assert, known } from '../book/invariant.ts';
import type { BookState } from '../book/state.ts';
import { spendOf } from '../budget/evolve-budgets.ts';
import { addDeadline } from '../collections/deadline-heap.ts';
import { withHeld, withPayment } from '../credit/evolve-edges.ts';
import type { Leg } from '../credit/leg.ts';
import { withOpenVoucher, withoutOpenVoucher } from '../credit/open-vouchers.ts';
import { amount } from '../units/amount.ts';
import type { Hash } from '../units/id.ts';
import type {
  DeliveryFinalizedData,
  HopAcknowledgedData,
  HopActivatedData,
  HopClaimedData,
  HopCommittedData,
  HopConfirmedData,
  HopDeclinedData,
  HopHeldData,
  HopLapsedData,
} from './events.ts';
import { hopForgottenAt, isClaimed, isLast, isOpen, orderKey, partKey } from './find-hop.ts';
import type { DeliveryBuffer, Hop, Order } from './hop.ts';

/** The state with one hop replaced, which the event now belongs to. */
function withHop(state: BookState, hop: Hop, eventId: Hash): BookState {
  const events = [...hop.events, eventId];
  return { ...state, hops: state.hops.set(hop.terms.voucher, { ...hop, events }) };
}

const hopOf = (state: BookState, voucher: Hash): Hop => known(state.hops.get(voucher), 'hop');

/** Adds to what a sender's voucher uses of its order; vouchers that forward use none. */
function withOrder(
  state: BookState,
  { side, incoming, intent, from }: HopHeldData,
  change: (order: Order) => Order,
): BookState {
  if (side !== 'payer' || incoming !== null) return state;
  const key = orderKey(intent, from);
  return { ...state, orders: state.orders.set(key, change(known(state.orders.get(key), 'order'))) };
}

const EMPTY_BUFFER: DeliveryBuffer = { vouchers: [], finalizeReceipt: null, ended: false };

/** Changes the receiver's buffer of a last hop that is no probe. */
function withBuffer(
  state: BookState,
  { terms }: Pick<Hop, 'terms'>,
  change: (buffer: DeliveryBuffer) => DeliveryBuffer,
): BookState {
  if (terms.side !== 'payee' || terms.hops.length > 0 || terms.probe) return state;
  const buffer = change(state.deliveries.get(terms.intent) ?? EMPTY_BUFFER);
  return withDelivery(state, terms.intent, buffer);
}

/** An empty buffer is no buffer; one that ended stays as long as its intent. */
function withDelivery(state: BookState, intent: Hash, buffer: DeliveryBuffer): BookState {
  const isOver = buffer.ended && !state.intents.has(intent);
  const isBlank = buffer.vouchers.length === 0 && buffer.finalizeReceipt === null;
  const { deliveries } = state;
  return {
    ...state,
    deliveries: isOver || isBlank ? deliveries.delete(intent) : deliveries.set(intent, buffer),
  };
}

const without = ({ terms }: Hop, buffer: DeliveryBuffer): DeliveryBuffer => ({
  ...buffer,
  vouchers: buffer.vouchers.filter((voucher) => voucher !== terms.voucher),
});

export function evolveHopHeld(
  state: BookState,
  terms: HopHeldData,
  { at, eventId }: Recording,
): BookState {
  const { voucher, side, intent, part, edge: edgeId, incoming, deadline } = terms;
  const edge = known(state.edges.get(edgeId), 'edge');
  const spend = spendOf(terms);
  const hop: Hop = {
    terms,
    eventId,
    status: 'held',
    at,
    heldReceipt: null,
    commit: null,
    commitReceipt: null,
    finalize: null,
    finalizeReceipt: null,
    claimedAt: null,
    lapse: null,
    endedBy: null,
    outgoing: null,
    events: [],
  };
  const key = partKey(intent, part);
  const ends = state.parts.get(key) ?? { incoming: null, outgoing: null };
  const held: BookState = {
    ...withHop(state, hop, eventId),
    edges: state.edges.set(edgeId, withHeld(edge, terms.from, spend)),
    parts: state.parts.set(
      key,
      side === 'payer' ? { ...ends, outgoing: voucher } : { ...ends, incoming: voucher },
    ),
    openVouchers: withOpenVoucher(state.openVouchers, terms),
    deadlines: addDeadline(state.deadlines, { expiresAt: deadline, id: voucher }),
  };
  const linked =
    incoming === null
      ? held
      : {
          ...held,
          hops: held.hops.set(incoming, { ...hopOf(held, incoming), outgoing: voucher }),
        };
  const buffered = withBuffer(linked, hop, (buffer) => ({
    ...buffer,
    vouchers: [...buffer.vouchers, voucher].sort(),
  }));
  return withOrder(buffered, terms, (order) =>
    terms.probe
      ? { ...order, probeSpend: amount(order.probeSpend + spend) }
      : {
          ...order,
          amountInUse: amount(order.amountInUse + terms.amount),
          feeInUse: amount(order.feeInUse + terms.fee),
        },
  );
}

export function evolveHopDeclined(
  state: BookState,
  data: HopDeclinedData,
  { eventId }: Recording,
): BookState {
  return {
    ...state,
    declined: state.declined.set(data.voucher, { ...data, eventId }),
    deadlines: addDeadline(state.deadlines, { expiresAt: data.deadline, id: data.voucher }),
  };
}

export function evolveHopAcknowledged(
  state: BookState,
  { voucher, transition, receipt }: HopAcknowledgedData,
  { eventId }: Recording,
): BookState {
  const hop = hopOf(state, voucher);
  const told = transition === 'held' ? { heldReceipt: receipt } : { commitReceipt: receipt };
  return withHop(state, { ...hop, ...told }, eventId);
}

export function evolveHopCommitted(
  state: BookState,
  { voucher, signal }: HopCommittedData,
  { at, eventId }: Recording,
): BookState {
  const hop = hopOf(state, voucher);
  assert(hop.status === 'held', 'a hop is committed once');
  const commit = { signal, eventId, at };
  return withHop(state, { ...hop, status: 'active*', at, commit }, eventId);
}

export function evolveHopClaimed(
  state: BookState,
  data: HopClaimedData,
  { eventId }: Recording,
): BookState {
  const { finalize, finalizeReceipt, at } = data;
  const hop = hopOf(state, data.voucher);
  assert(isOpen(hop) && at < hop.terms.deadline, 'a hop is claimed before its deadline');
  const claimed: Hop = {
    ...hop,
    status: 'claimed',
    at,
    claimedAt: at,
    finalize,
    finalizeReceipt,
  };
  return withBuffer(withHop(state, claimed, eventId), hop, (buffer) => ({
    ...buffer,
    finalizeReceipt,
  }));
}

/** Frees what a hop holds; it is forgotten after its time. */
function withEnd(state: BookState, hop: Hop, { eventId }: Recording): BookState {
  const { edge: edgeId, from, voucher } = hop.terms;
  const edge = known(state.edges.get(edgeId), 'edge');
  return {
    ...withHop(state, hop, eventId),
    edges: state.edges.set(edgeId, withHeld(edge, from, -spendOf(hop.terms))),
    openVouchers: withoutOpenVoucher(state.openVouchers, hop.terms),
    deadlines: addDeadline(state.deadlines, { expiresAt: hopForgottenAt(hop), id: voucher }),
  };
}

/** The end of a hop that became a debt. */
function withActive(
  state: BookState,
  hop: Hop,
  legs: readonly Leg[],
  recording: Recording,
): BookState {
  const { edge: edgeId } = hop.terms;
  const active: Hop = { ...hop, status: 'active', at: recording.at };
  const ended = withEnd(state, active, recording);
  const edge = known(ended.edges.get(edgeId), 'edge');
  return { ...ended, edges: ended.edges.set(edgeId, withPayment(edge, hop.terms, legs)) };
}

export function evolveHopActivated(
  state: BookState,
  { voucher, receipt, finalize, finalizeReceipt, legs }: HopActivatedData,
  recording: Recording,
): BookState {
  const hop = hopOf(state, voucher);
  const { side, deadline } = hop.terms;
  assert(
    side === 'payer' ? isOpen(hop) && recording.at < deadline : hop.status === 'claimed',
    'a payer answers a claim within the deadline',
  );
  const answered = { ...hop, finalize, finalizeReceipt, endedBy: receipt };
  const active = withActive(state, answered, legs, recording);
  return withOrder(active, hop.terms, (order) =>
    hop.terms.probe ? order : { ...order, amountPaid: amount(order.amountPaid + hop.terms.amount) },
  );
}

export function evolveHopConfirmed(
  state: BookState,
  { voucher, receipt }: HopConfirmedData,
  { at, eventId }: Recording,
): BookState {
  const hop = hopOf(state, voucher);
  assert(hop.status === 'claimed', 'a payer answers a claim once');
  return withHop(state, { ...hop, status: 'confirmed', at, endedBy: receipt }, eventId);
}

export function evolveHopLapsed(
  state: BookState,
  { voucher, why, reason, receipt, at }: HopLapsedData,
  recording: Recording,
): BookState {
  const hop = hopOf(state, voucher);
  assert(why === 'denied' ? hop.status === 'claimed' : isOpen(hop), 'a hop ends once');
  assert(why !== 'expired' || recording.at >= hop.terms.deadline, 'a hop lapses at its deadline');
  // Its receipt says when this book noticed: whoever was away at the deadline shows it.
  const lapsedAt = why === 'expired' ? recording.at : at;
  const lapse = { why, reason };
  const lapsed: Hop = { ...hop, status: 'lapsed', at: lapsedAt, lapse, endedBy: receipt };
  const ended = withBuffer(withEnd(state, lapsed, recording), hop, (buffer) => {
    const rest = without(hop, buffer);
    return { ...rest, ended: rest.finalizeReceipt !== null && rest.vouchers.length === 0 };
  });
  const { probe, amount: value, fee } = hop.terms;
  return withOrder(ended, hop.terms, (order) =>
    probe
      ? order
      : {
          ...order,
          amountInUse: amount(order.amountInUse - value),
          feeInUse: amount(order.feeInUse - fee),
        },
  );
}

export function evolveDeliveryFinalized(
  state: BookState,
  data: DeliveryFinalizedData,
  recording: Recording,
): BookState {
  const { intent: id, finalizeReceipt, parts, legs } = data;
  assert(legs.length === 2 * parts.length, 'a delivery has two legs for each part');
  let paid = state;
  for (const [i, { voucher, receipt }] of parts.entries()) {
    const hop = hopOf(paid, voucher);
    assert(isClaimed(hop) && isLast(hop), 'a delivery is made of claimed parts');
    const own = legs.slice(2 * i, 2 * i + 2);
    paid = withActive(paid, { ...hop, endedBy: receipt }, own, recording);
  }
  const intent = paid.intents.get(id);
  const told = intent ? paid.intents.set(id, { ...intent, paid: true }) : paid.intents;
  const buffer = { vouchers: [], finalizeReceipt, ended: true };
  return withDelivery({ ...paid, intents: told }, id, buffer);
}
