import { type Decision, DUPLICATE, rejected, unlessRefused } from '../book/decision.ts';
import { known } from '../book/invariant.ts';
import { type BookRefusal, refuse } from '../book/refusals.ts';
import type { BookState } from '../book/state.ts';
import { refuseTooManyOpen } from '../credit/open-vouchers.ts';
import { routedExposureOf } from '../credit/positions.ts';
import { refuseDisputed } from '../credit/standing.ts';
import { refuseSigner } from '../keys/signers.ts';
import { AMOUNT_MAX } from '../units/amount.ts';
import { type UnixMs, unixMs } from '../units/time.ts';
import type { CapacityVoucher, ParsedObject, Route } from '../wire/objects.ts';
import type { HopHeldData } from './events.ts';
import { partKey } from './find-hop.ts';
import { findPayeePlace, refusePayeeFit, refusePayeeTime } from './refuse-payee-side.ts';
import {
  findPayerPlace,
  refusePayerFit,
  refusePayerTime,
  refuseSpend,
} from './refuse-payer-side.ts';
import type { HopPlace, RoutedVoucher } from './routed-voucher.ts';

function findPlace(state: BookState, voucher: RoutedVoucher, now: UnixMs): HopPlace | BookRefusal {
  const edge = state.edges.get(voucher.edge);
  if (edge === undefined) return refuse('edge_unknown', '/body/edge');
  const [payer, payee] = [state.hosted.get(voucher.from), state.hosted.get(voucher.to)];
  if (payer !== undefined && payee === undefined) return findPayerPlace(state, voucher, edge);
  if (payee !== undefined && payer === undefined) {
    return findPayeePlace(state, voucher, edge, payee, now);
  }
  return refuse('edge_not_remote', '/body/edge');
}

/** Refusals, in order: not_on_edge … amount_zero, as the code reads. */
function refuseVoucher(
  state: BookState,
  id: ParsedObject['id'],
  voucher: RoutedVoucher,
  { side, edge }: HopPlace,
): BookRefusal | undefined {
  const { a, b, denomination } = edge.terms;
  const { from, to, intent, route } = voucher;
  if (!((from === a && to === b) || (from === b && to === a))) {
    return refuse('not_on_edge', '/body/from');
  }
  const part = state.parts.get(partKey(intent, route.part));
  const held = side === 'payer' ? part?.outgoing : part?.incoming;
  if (held) return refuse('part_already_held', '/body/route/part', { voucher: held });
  if (state.declined.has(id)) return refuse('hop_lapsed', '/body');
  if (voucher.grant !== null) return refuse('route_with_grant', '/body/grant');
  if (denomination !== voucher.denomination) {
    return refuse('denomination_mismatch', '/body/denomination');
  }
  return voucher.amount === 0n ? refuse('amount_zero', '/body/amount') : undefined;
}

function refuseParties(state: BookState, { from, to }: RoutedVoucher): BookRefusal | undefined {
  const guilty = [from, to].find((party) => state.equivocators.has(party));
  return guilty && refuse('party_equivocated', '/body', { party: guilty });
}

/** Holds with a route count with all others; the haircut of the edge is kept free of them. */
function refuseLimit(voucher: RoutedVoucher, { edge }: HopPlace): BookRefusal | undefined {
  const { limit, owed, held } = routedExposureOf(edge, voucher.from);
  const holds = held + voucher.amount + voucher.fee;
  return owed + holds > limit || holds > AMOUNT_MAX
    ? refuse('edge_limit_exceeded', '/body/amount')
    : undefined;
}

function refuseFit(
  state: BookState,
  voucher: RoutedVoucher,
  place: HopPlace,
): BookRefusal | undefined {
  return place.side === 'payer'
    ? refusePayerFit(state, voucher, place)
    : refusePayeeFit(state, voucher, place);
}

function refuseTime(
  state: BookState,
  voucher: RoutedVoucher,
  place: HopPlace,
  now: UnixMs,
): BookRefusal | undefined {
  const { skewMs, holdMsMax } = known(state.opened, 'book');
  return place.side === 'payer'
    ? refusePayerTime(voucher, place, { now, skewMs, holdMsMax })
    : refusePayeeTime(voucher, place, { now, skewMs, holdMsMax });
}

function heldData(
  id: ParsedObject['id'],
  voucher: RoutedVoucher,
  place: HopPlace,
  now: UnixMs,
): HopHeldData {
  const { intent, edge, from, to, denomination, amount, fee, policyHash, prevReceipt } = voucher;
  const { part, finalizeKey, probe, hops } = voucher.route;
  const { side, deadline } = place;
  return {
    voucher: id,
    side,
    intent,
    part,
    edge,
    from,
    to,
    denomination,
    amount,
    fee,
    policyHash,
    finalizeKey,
    probe,
    hops,
    prevReceipt,
    incoming: side === 'payer' && place.role === 'hop' ? place.incoming.terms.voucher : null,
    at: now,
    deadline: unixMs(deadline),
  };
}

/**
 * One end of an edge between two books records a hop of a payment: amount + fee are held on the edge
 * until the deadline of this end. Payer side: for an order of the sender, or to forward a hop that
 * is held here, at exactly the published fee and within its time. Payee side: under a policy that the
 * hop published, or for an intent that the receiver offers to be paid from other books.
 * Units: amounts in ledger units of the denomination, times in ms by the clock of this book, except
 * `at` and `expiresAt` on the payee side, whose difference alone counts.
 * Refusals, in order: edge_unknown … policy_unknown, signer_mismatch and key refusals, edge_not_remote
 * … , what does not fit, times, party_equivocated, edge_disputed, too_many_open, limits, as
 * `BOOK_REFUSALS` lists them. Again, while it is remembered: duplicate, whatever became of the hop.
 */
export function decideRoutedVoucher(
  state: BookState,
  object: ParsedObject<CapacityVoucher>,
  route: Route,
  now: UnixMs,
): Decision {
  if (state.hops.has(object.id)) return DUPLICATE;
  const voucher: RoutedVoucher = { ...object.body, route };
  const place = findPlace(state, voucher, now);
  if ('reason' in place) return rejected(place);
  const refusal =
    refuseSigner(state, object, voucher.from, now) ??
    refuseVoucher(state, object.id, voucher, place) ??
    refuseFit(state, voucher, place) ??
    refuseTime(state, voucher, place, now) ??
    refuseParties(state, voucher) ??
    refuseDisputed(place.edge) ??
    refuseTooManyOpen(state, place.edge) ??
    refuseLimit(voucher, place) ??
    (place.side === 'payer' && place.role === 'sender'
      ? refuseSpend(voucher, place.order)
      : undefined);
  return unlessRefused(refusal, () => ({
    type: 'HopHeld',
    data: heldData(object.id, voucher, place, now),
  }));
}
