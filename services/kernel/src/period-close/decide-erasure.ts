import { type Decision, DUPLICATE, unlessRefused } from '../book/decision.ts';
import { type BookRefusal, refuse } from '../book/refusals.ts';
import type { BookState } from '../book/state.ts';
import { refuseOperator } from '../keys/signers.ts';
import { forgetExpired } from '../payment/forget-expired.ts';
import type { Hash } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';
import type { ParsedObject, PayloadErasure } from '../wire/objects.ts';

/**
 * True if the state right after an event at `now` says what the payload says: then destroying the
 * payload would erase nothing, for the state is stored too. Erasures are rare, so it looks at every
 * intent and hold and no command pays for an index.
 */
function isRemembered(state: BookState, eventId: Hash, now: UnixMs): boolean {
  if (state.standing.has(eventId)) return true;
  const { intents, holds, ended, requests, hops, declined, orders, policies } = forgetExpired({
    ...state,
    at: now,
  });
  for (const intent of intents.values()) if (intent.eventId === eventId) return true;
  for (const hold of holds.values()) if (hold.eventId === eventId) return true;
  for (const { events } of hops.values()) if (events.includes(eventId)) return true;
  for (const one of declined.values()) if (one.eventId === eventId) return true;
  for (const order of orders.values()) if (order.eventId === eventId) return true;
  for (const policy of policies.values()) if (policy.eventId === eventId) return true;
  for (const asked of requests.values()) if (asked.eventId === eventId) return true;
  for (const { events } of ended.values()) if (events.includes(eventId)) return true;
  return false;
}

function refuseErasure(state: BookState, eventId: Hash, now: UnixMs): BookRefusal | undefined {
  if (state.bound.has(eventId)) return refuse('payload_in_open_period', '/body/eventId');
  return isRemembered(state, eventId, now) ? refuse('payload_in_use', '/body/eventId') : undefined;
}

/**
 * An operator orders that the payload of an event be destroyed. The book does not keep a list of all
 * events: whether there is such an event is for the store to say.
 * Refusals, in order: not_the_operator and key refusals, payload_in_open_period, payload_in_use. An
 * event whose payload is erased already: duplicate.
 */
export function decideErasure(
  state: BookState,
  object: ParsedObject<PayloadErasure>,
  now: UnixMs,
): Decision {
  const { eventId, reason } = object.body;
  if (state.erased.has(eventId)) return DUPLICATE;
  const refusal = refuseOperator(state, object, now) ?? refuseErasure(state, eventId, now);
  return unlessRefused(refusal, () => ({
    type: 'PayloadErased',
    data: { erasure: object.id, eventId, reason },
  }));
}
