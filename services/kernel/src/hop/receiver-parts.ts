/** The receiver's buffer: the parts of an intent in the book of its receiver. */
import { type BookRefusal, refuse } from '../book/refusals.ts';
import type { BookState, Intent } from '../book/state.ts';
import type { Hash, Nonce, PartyId } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';
import type { Delivery } from '../wire/objects.ts';
import { incomingOf, isLast, isOpen } from './find-hop.ts';
import type { Hop } from './hop.ts';

/** The receiver's hop of a part, if it counts towards the delivery. */
export function bufferedHop(state: BookState, intent: Hash, part: Nonce): Hop | undefined {
  const hop = incomingOf(state, intent, part);
  return hop !== undefined && isLast(hop) && !hop.terms.probe ? hop : undefined;
}

/** Refusals, in order: hop_lapsed, part_not_held. */
export function refusePart(
  hop: Hop | undefined,
  part: Nonce,
  now: UnixMs,
): BookRefusal | undefined {
  const field = '/body/delivery/parts';
  if (hop?.status === 'lapsed' || (hop && isOpen(hop) && now >= hop.terms.deadline)) {
    return refuse('hop_lapsed', field, { part, now, deadline: hop.terms.deadline });
  }
  return hop && isOpen(hop) ? undefined : refuse('part_not_held', field, { part });
}

/** All or nothing: at least what the receiver wants, at most what it asked for. */
export function refuseSum(
  { terms, delivery: { minDeliverable, partsMax } }: DeliveredIntent,
  sum: bigint,
  count: number,
): BookRefusal | undefined {
  if (sum > terms.amount) return refuse('delivery_exceeds_amount', '/body', { sum: `${sum}` });
  if (sum < minDeliverable) {
    const facts = { sum: `${sum}`, minDeliverable: `${minDeliverable}` };
    return refuse('below_min_deliverable', '/body', facts);
  }
  return count > partsMax ? refuse('too_many_parts', '/body', { partsMax }) : undefined;
}

/** An intent that may be paid from other books. */
export type DeliveredIntent = Intent & { readonly delivery: Delivery };

/**
 * The receiver's own intent for a delivery signed by this key.
 * Refusals, in order: intent_unknown, intent_already_paid, delivery_not_offered,
 * finalize_key_mismatch.
 */
export function findDelivery(
  state: BookState,
  id: Hash,
  finalizeKey: PartyId,
): DeliveredIntent | BookRefusal {
  const intent = state.intents.get(id);
  if (intent === undefined) return refuse('intent_unknown', '/body/intent');
  const buffer = state.deliveries.get(id);
  if (intent.paid || (buffer && buffer.finalizeReceipt !== null)) {
    return refuse('intent_already_paid', '/body/intent');
  }
  const { delivery } = intent.terms;
  if (delivery === null) return refuse('delivery_not_offered', '/body/intent');
  return delivery.finalizeKey === finalizeKey
    ? { ...intent, delivery }
    : refuse('finalize_key_mismatch', '/body/finalizeKey');
}
