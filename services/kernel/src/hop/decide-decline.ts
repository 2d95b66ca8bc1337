import { type Decision, DUPLICATE, rejected, unlessRefused } from '../book/decision.ts';
import { known } from '../book/invariant.ts';
import { type BookRefusal, refuse } from '../book/refusals.ts';
import type { BookState } from '../book/state.ts';
import { refuseSigner } from '../keys/signers.ts';
import type { UnixMs } from '../units/time.ts';
import type { HopReceipt, ParsedObject } from '../wire/objects.ts';

function refuseDecline(
  state: BookState,
  { hop, deadline }: HopReceipt,
  now: UnixMs,
): BookRefusal | undefined {
  if (!state.hosted.has(hop)) return refuse('party_not_hosted', '/body/hop');
  const { holdMsMax } = known(state.opened, 'book');
  return deadline - now > holdMsMax
    ? refuse('hold_too_long', '/body/deadline', { holdMsMax })
    : undefined;
}

/**
 * A payee of this book signs that it does not hold a voucher. Recorded before it is sent, so that the
 * voucher, which may arrive again when the reason is gone, is not held later against the payee's own
 * word. Any other receipt about a voucher that the book does not know is refused.
 * Refusals, in order: hop_unknown, signer_mismatch and key refusals, party_not_hosted,
 * hold_too_long for a voucher that would have to be remembered longer than a hold lasts. Again:
 * duplicate.
 */
export function decideDecline(
  state: BookState,
  object: ParsedObject<HopReceipt>,
  now: UnixMs,
): Decision {
  const { body } = object;
  const { voucher, intent, part, hop, peer, transition, reason, deadline } = body;
  const declined = state.declined.get(voucher);
  if (declined?.receipt === object.id) return DUPLICATE;
  if (transition !== 'lapsed' || body.prev !== null || declined !== undefined) {
    return rejected(refuse('hop_unknown', '/body/voucher'));
  }
  const refusal = refuseSigner(state, object, hop, now) ?? refuseDecline(state, body, now);
  return unlessRefused(refusal, () => ({
    type: 'HopDeclined',
    data: {
      voucher,
      intent,
      part,
      hop,
      peer,
      reason: reason ?? 'released',
      receipt: object.id,
      deadline,
    },
  }));
}
