import { type Decision, DUPLICATE, rejected, unlessRefused } from '../book/decision.ts';
import { known } from '../book/invariant.ts';
import { type BookRefusal, refuse } from '../book/refusals.ts';
import type { BookState } from '../book/state.ts';
import { refuseSigner } from '../keys/signers.ts';
import type { UnixMs } from '../units/time.ts';
import { objectId } from '../wire/object-id.ts';
import type { HopReceipt, ParsedObject } from '../wire/objects.ts';
import type { HopDeclinedData } from './events.ts';
import { declinedReceiptOf } from './hop-receipt.ts';

function refuseDecline(
  state: BookState,
  { id, body }: ParsedObject<HopReceipt>,
  data: HopDeclinedData,
  now: UnixMs,
): BookRefusal | undefined {
  if (!state.hosted.has(body.hop)) return refuse('party_not_hosted', '/body/hop');
  if (id !== objectId(declinedReceiptOf(data))) {
    return refuse('receipt_terms_mismatch', '/body');
  }
  const { deadline } = body;
  // The voucher can be held no more: nothing has to be remembered, and nothing is recorded again.
  if (deadline <= now) return refuse('voucher_stale', '/body/deadline', { deadline, now });
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
 * receipt_terms_mismatch unless it is in the words of `declineReceiptOf`, voucher_stale once the
 * voucher could be held no more, hold_too_long for one that would have to be remembered longer than a
 * hold lasts. Again, while it is remembered: duplicate.
 */
export function decideDecline(
  state: BookState,
  object: ParsedObject<HopReceipt>,
  now: UnixMs,
): Decision {
  const { voucher, intent, part, hop, peer, amount, fee, policyHash } = object.body;
  const { transition, reason, at, deadline } = object.body;
  const declined = state.declined.get(voucher);
  if (declined?.receipt === object.id) return DUPLICATE;
  if (transition !== 'lapsed' || reason === null || declined !== undefined) {
    return rejected(refuse('hop_unknown', '/body/voucher'));
  }
  const terms = { voucher, intent, part, hop, peer, amount, fee, policyHash };
  const data = { ...terms, reason, receipt: object.id, at, deadline };
  const refusal = refuseSigner(state, object, hop, now) ?? refuseDecline(state, object, data, now);
  return unlessRefused(refusal, () => ({ type: 'HopDeclined', data }));
}
