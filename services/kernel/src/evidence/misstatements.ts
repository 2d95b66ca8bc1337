import type { HopReceipt } from '../wire/objects.ts';
import { type NamedFault, named, PRESENCE_TOLERANCE_MS } from './faults.ts';
import {
  type EdgeCase,
  forwardings,
  recordedLapses,
  type Said,
  type Statements,
  saying,
} from './statements.ts';

/** A payee's statements about a hold that it recorded: all but refusals. */
function recorded(payee: readonly Said<HopReceipt>[]): readonly Said<HopReceipt>[] {
  return [...saying(payee, 'held'), ...saying(payee, 'active'), ...recordedLapses(payee)];
}

function termsMisstated({ voucher, payer, payee }: EdgeCase): readonly NamedFault[] {
  const { amount, fee, policyHash } = voucher.body;
  return [...payer, ...recorded(payee)]
    .filter(
      ({ body }) => body.amount !== amount || body.fee !== fee || body.policyHash !== policyHash,
    )
    .map(({ id, body }) => named('terms_misstated', body.hop, [voucher.id, id]));
}

/**
 * The payer's deadline is the voucher's expiresAt. The payee's is at most seenAt + (expiresAt − at),
 * by its own clock, whatever margin it takes off; and it is one deadline in all that it signs.
 */
function deadlineMisstated({ voucher, payer, payee }: EdgeCase): readonly NamedFault[] {
  const { at, expiresAt, route, to } = voucher.body;
  const latest = route.seenAt + (expiresAt - at);
  const own = recorded(payee);
  const first = own.find(({ body }) => body.deadline !== own[0]?.body.deadline);
  const two = first === undefined || own[0] === undefined ? [] : [own[0].id, first.id];
  return [
    ...payer.filter(({ body }) => body.deadline !== expiresAt),
    ...own.filter(({ body }) => body.deadline > latest),
  ]
    .map(({ id, body }) => named('deadline_misstated', body.hop, [voucher.id, id]))
    .concat(two.length === 0 ? [] : [named('deadline_misstated', to, [voucher.id, ...two])]);
}

/** Only a hold in its time is held, committed, claimed or answered; a lapse may come at any time. */
function actedLate({ voucher, payer, payee }: EdgeCase): readonly NamedFault[] {
  return [...payer, ...payee]
    .filter(({ body }) => body.transition !== 'lapsed' && body.at >= body.deadline)
    .map(({ id, body }) => named('acted_late', body.hop, [voucher.id, id]));
}

/** The payee claimed in time by its clock; the payer's own lapse shows that nobody was there. */
function absentAtDeadline({ voucher, payer, payee }: EdgeCase): readonly NamedFault[] {
  const claims = saying(payee, 'active').filter(({ body }) => body.at < body.deadline);
  return saying(payer, 'lapsed')
    .filter(({ body }) => body.at - body.deadline > PRESENCE_TOLERANCE_MS)
    .flatMap(({ id, body }) =>
      claims.map((claim) => named('absent_at_deadline', body.hop, [voucher.id, id, claim.id])),
    );
}

/**
 * A receiver whose intent takes one part holds one at a time. Once it holds enough of it there is
 * nothing to wait for: it finalizes or gives the hold up, if it runs.
 */
function windowLetPass(
  { paymentIntent }: Statements,
  { voucher: { id, body }, payee }: EdgeCase,
): readonly NamedFault[] {
  const delivery = paymentIntent?.body.delivery;
  if (!paymentIntent || !delivery || delivery.partsMax !== 1) return [];
  const { receiver, amount, expiresAt } = paymentIntent.body;
  const isFinal = body.route.hops.length === 0 && !body.route.probe && body.to === receiver;
  const isEnough = body.amount >= delivery.minDeliverable && body.amount <= amount;
  if (!isFinal || !isEnough || body.route.finalizeKey !== delivery.finalizeKey) return [];
  return saying(payee, 'held').flatMap((held) => {
    const spare = Math.min(held.body.deadline, expiresAt) - held.body.at;
    if (spare < PRESENCE_TOLERANCE_MS) return [];
    return recordedLapses(payee)
      .filter(({ body: lapse }) => lapse.reason === 'expired' && lapse.at >= held.body.deadline)
      .map((lapse) =>
        named('window_let_pass', receiver, [paymentIntent.id, id, held.id, lapse.id]),
      );
  });
}

function outlivedIncoming(all: Statements): readonly NamedFault[] {
  return forwardings(all)
    .filter(({ held, outgoing }) => outgoing.voucher.body.expiresAt > held.body.deadline)
    .map(({ held, outgoing }) =>
      named('outlived_incoming', held.body.hop, [held.id, outgoing.voucher.id]),
    );
}

/**
 * The hops whose own statements break the voucher's terms or their own window. Times are compared
 * only with times of the same clock. Each rule asks only whether some objects are there.
 */
export function misstatements(all: Statements): readonly NamedFault[] {
  return [
    ...all.edges.flatMap(termsMisstated),
    ...all.edges.flatMap(deadlineMisstated),
    ...all.edges.flatMap(actedLate),
    ...all.edges.flatMap(absentAtDeadline),
    ...all.edges.flatMap((edge) => windowLetPass(all, edge)),
    ...outlivedIncoming(all),
  ];
}
