import { type Decision, DUPLICATE, unlessRefused } from '../book/decision.ts';
import { refuse } from '../book/refusals.ts';
import type { BookState } from '../book/state.ts';
import { refuseOperator } from '../keys/signers.ts';
import type { UnixMs } from '../units/time.ts';
import type { ParsedObject, PayloadErasure } from '../wire/objects.ts';

/**
 * An operator orders that the payload of an event be destroyed. The book does not keep a list of all
 * events: whether there is such an event is for the store to say.
 * Refusals, in order: not_the_operator and key refusals, payload_in_open_period. An event whose
 * payload is erased already: duplicate.
 */
export function decideErasure(
  state: BookState,
  object: ParsedObject<PayloadErasure>,
  now: UnixMs,
): Decision {
  const { eventId, reason } = object.body;
  if (state.erased.has(eventId)) return DUPLICATE;
  const refusal =
    refuseOperator(state, object, now) ??
    (state.bound.has(eventId) ? refuse('payload_in_open_period', '/body/eventId') : undefined);
  return unlessRefused(refusal, () => ({
    type: 'PayloadErased',
    data: { erasure: object.id, eventId, reason },
  }));
}
