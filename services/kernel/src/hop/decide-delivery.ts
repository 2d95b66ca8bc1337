import { accepted, type Decision, DUPLICATE, rejected } from '../book/decision.ts';
import type { BookEvent } from '../book/events.ts';
import { known } from '../book/invariant.ts';
import { type BookRefusal, refuse } from '../book/refusals.ts';
import type { BookState } from '../book/state.ts';
import type { UnixMs } from '../units/time.ts';
import type {
  DeliveredPart,
  DeliveryReceipt,
  FinalizeReceipt,
  ParsedObject,
} from '../wire/objects.ts';
import { refOf } from './find-hop.ts';
import {
  bufferedHop,
  type DeliveredIntent,
  findDelivery,
  refusePart,
  refuseSum,
} from './receiver-parts.ts';

function refuseSkew(state: BookState, at: UnixMs, now: UnixMs): BookRefusal | undefined {
  const { skewMs } = known(state.opened, 'book');
  return Math.abs(at - now) > skewMs
    ? refuse('at_skewed', '/body/at', { at, now, skewMs })
    : undefined;
}

/** All parts or none, and exactly as they are held. */
function refuseParts(
  state: BookState,
  intent: DeliveredIntent,
  parts: readonly DeliveredPart[],
  now: UnixMs,
): BookRefusal | undefined {
  let sum = 0n;
  for (const { part, amount } of parts) {
    const hop = bufferedHop(state, intent.terms.intent, part);
    const refusal = refusePart(hop, part, now);
    if (refusal !== undefined) return refusal;
    const held = known(hop, 'hop').terms.amount;
    if (amount !== held) {
      return refuse('amount_mismatch', '/body/delivery/parts', { part, amount: `${held}` });
    }
    sum += held;
  }
  return refuseSum(intent, sum, parts.length);
}

/**
 * The receiver binds itself: every named part that is held here is claimed, in one append, and waits
 * for the answers of its payers. Nobody's position changes yet.
 * Refusals, in order: intent_unknown, intent_already_paid, delivery_not_offered,
 * finalize_key_mismatch, then for each part hop_lapsed, part_not_held, amount_mismatch, then
 * delivery_exceeds_amount, below_min_deliverable, too_many_parts, at_skewed. Again: duplicate.
 */
export function decideDelivery(
  state: BookState,
  object: ParsedObject<FinalizeReceipt>,
  delivery: DeliveryReceipt,
  now: UnixMs,
): Decision {
  const { intent: id, at } = object.body;
  if (state.deliveries.get(id)?.finalizeReceipt === object.id) return DUPLICATE;
  const intent = findDelivery(state, id, delivery.finalizeKey);
  if ('reason' in intent) return rejected(intent);
  const refusal = refuseParts(state, intent, delivery.parts, now) ?? refuseSkew(state, at, now);
  if (refusal !== undefined) return rejected(refusal);
  const [signature] = object.signatures;
  const finalize = { object: object.body, sig: known(signature, 'signature').sig };
  const events = delivery.parts.map(({ part }): BookEvent => {
    const { terms } = known(bufferedHop(state, id, part), 'hop');
    const data = { ...refOf(terms), at: now, finalize, finalizeReceipt: object.id };
    return { type: 'HopClaimed', data };
  });
  return accepted(...events);
}
