/** What a payer's answer to a claim makes in the book of its payee. */
import type { BookEvent } from '../book/events.ts';
import { known } from '../book/invariant.ts';
import type { BookState } from '../book/state.ts';
import { amount } from '../units/amount.ts';
import type { Hash } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';
import type { DeliveredPart, HopReceipt, ParsedObject } from '../wire/objects.ts';
import type { DeliveryFinalizedData } from './events.ts';
import { incomingOf, isLast, refOf } from './find-hop.ts';
import type { Hop } from './hop.ts';
import { legsOf } from './payer-events.ts';

/** What became of one part of a delivery: its hop with the payer's answer, or no payment. */
type Outcome = { readonly hop: Hop; readonly receipt: Hash } | 'waiting' | 'missing';

function outcomeOf(state: BookState, intent: Hash, { part }: DeliveredPart): Outcome {
  const hop = incomingOf(state, intent, part);
  if (hop?.status === 'claimed') return 'waiting';
  return hop?.status === 'confirmed' ? { hop, receipt: known(hop.endedBy, 'answer') } : 'missing';
}

/**
 * The one event in which a receiver is paid, once no payer of the claimed parts has still to answer;
 * none before, and none if no part was paid.
 */
function finalizedEvents(
  state: BookState,
  last: Hop,
  answer: Outcome,
): readonly (BookEvent & { readonly type: 'DeliveryFinalized' })[] {
  const { object: receipt } = known(last.finalize, 'claim');
  const finalizeReceipt = known(last.finalizeReceipt, 'claim');
  const { intent, part: lastPart, to: receiver, denomination } = last.terms;
  const parts: DeliveryFinalizedData['parts'][number][] = [];
  const missing: DeliveredPart[] = [];
  const legs: DeliveryFinalizedData['legs'][number][] = [];
  for (const part of known(receipt.delivery, 'delivery').parts) {
    const outcome = part.part === lastPart ? answer : outcomeOf(state, intent, part);
    if (outcome === 'waiting') return [];
    if (outcome === 'missing') {
      missing.push(part);
      continue;
    }
    const { voucher, edge } = outcome.hop.terms;
    parts.push({ ...part, voucher, edge, receipt: outcome.receipt });
    legs.push(...legsOf(outcome.hop.terms).map((leg) => ({ ...leg, edge })));
  }
  if (parts.length === 0) return [];
  const delivered = amount(parts.reduce((sum, part) => sum + part.amount, 0n));
  const data = {
    intent,
    receiver,
    denomination,
    finalizeReceipt,
    amount: delivered,
    parts,
    missing,
    legs,
  };
  return [{ type: 'DeliveryFinalized', data }];
}

/** A claim that ends without a debt: by the payer's answer, or because none can come any more. */
export function deniedEvents(
  state: BookState,
  hop: Hop,
  { id, body }: ParsedObject<HopReceipt>,
  at: UnixMs,
): readonly BookEvent[] {
  const lapsed: BookEvent = {
    type: 'HopLapsed',
    data: {
      ...refOf(hop.terms),
      why: 'denied',
      reason: body.reason ?? 'expired',
      receipt: id,
      at,
    },
  };
  return isLast(hop) ? [lapsed, ...finalizedEvents(state, hop, 'missing')] : [lapsed];
}

/**
 * The events of a payer's answer. A middle hop is active, or has lost what it paid onward. A receiver
 * is paid when the last payer has answered: of one part at once, of several in one event for all.
 */
export function answeredEvents(
  state: BookState,
  hop: Hop,
  answer: ParsedObject<HopReceipt>,
  now: UnixMs,
): readonly BookEvent[] {
  if (answer.body.transition === 'lapsed') return deniedEvents(state, hop, answer, now);
  const receipt = answer.id;
  const finalize = known(hop.finalize, 'claim');
  if (!isLast(hop)) {
    const finalizeReceipt = known(hop.finalizeReceipt, 'claim');
    const legs = legsOf(hop.terms);
    const data = { ...refOf(hop.terms), receipt, finalizeReceipt, finalize, legs };
    return [{ type: 'HopActivated', data }];
  }
  const paid = finalizedEvents(state, hop, { hop, receipt });
  if (finalize.object.delivery?.parts.length === 1) return paid;
  return [{ type: 'HopConfirmed', data: { ...refOf(hop.terms), receipt } }, ...paid];
}
