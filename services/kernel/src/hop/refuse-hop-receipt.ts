/** What speaks against a HopReceipt about a hop that the book knows. */
import { known } from '../book/invariant.ts';
import { type BookRefusal, refuse } from '../book/refusals.ts';
import type { BookState } from '../book/state.ts';
import type { Hash } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';
import { objectId } from '../wire/object-id.ts';
import type { HopReceipt, ParsedObject } from '../wire/objects.ts';
import { isClaimed, isOpen, isUnanswerable } from './find-hop.ts';
import type { Hop } from './hop.ts';
import { releaseReceiptOf } from './hop-receipt.ts';

function refuseTerms({ terms }: Hop, body: HopReceipt): BookRefusal | undefined {
  const names = ['intent', 'part', 'amount', 'fee', 'policyHash'] as const;
  const differs = names.find((name) => body[name] !== terms[name]);
  return differs && refuse('receipt_terms_mismatch', `/body/${differs}`);
}

/** The hop's receipt before this one, as far as this book has seen it. */
function refusePrev(body: HopReceipt, seen: Hash | null): BookRefusal | undefined {
  return seen !== null && body.prev !== seen
    ? refuse('prev_receipt_mismatch', '/body/prev', { expected: seen })
    : undefined;
}

/** A payer's hop is open until its deadline: what comes at that very millisecond is late. */
function refuseEnded(hop: Hop, now: UnixMs): BookRefusal | undefined {
  if (hop.status === 'active') return refuse('hop_already_active', '/body/voucher');
  if (isClaimed(hop)) return refuse('hop_already_claimed', '/body/voucher');
  const { deadline } = hop.terms;
  return hop.status === 'lapsed' || now >= deadline
    ? refuse('hop_lapsed', '/body/voucher', { now, deadline })
    : undefined;
}

/** Checks what the payee says, in the book of the payer. */
export function refusePayee(hop: Hop, body: HopReceipt, now: UnixMs): BookRefusal | undefined {
  if (body.transition === 'held' && hop.heldReceipt !== null) {
    return refuse('exists_with_different_terms', '/body');
  }
  const refusal = refuseEnded(hop, now);
  if (refusal !== undefined) return refusal;
  const { delivery } = body.finalize?.object ?? {};
  if (delivery && delivery.finalizeKey !== hop.terms.finalizeKey) {
    return refuse('finalize_key_mismatch', '/body/finalize/object/delivery/finalizeKey');
  }
  const mismatch = refuseTerms(hop, body);
  if (mismatch !== undefined) return mismatch;
  if (body.transition !== 'held') return refusePrev(body, hop.heldReceipt);
  return body.prev === hop.terms.prevReceipt
    ? undefined
    : refuse('prev_receipt_mismatch', '/body/prev');
}

/** What a payer's answer needs: a claim that it has not answered yet. */
function refuseUnclaimed({ status }: Hop): BookRefusal | undefined {
  if (status === 'active' || status === 'confirmed') {
    return refuse('hop_already_active', '/body/voucher');
  }
  if (status === 'lapsed') return refuse('hop_lapsed', '/body/voucher');
  return status === 'claimed' ? undefined : refuse('hop_not_claimed', '/body/voucher');
}

/** What a payer's `active*` needs: a commit of this side, and a hop that has not ended. */
function refuseUncommitted(hop: Hop): BookRefusal | undefined {
  if (hop.commitReceipt !== null) return refuse('exists_with_different_terms', '/body');
  if (hop.status === 'active' || hop.status === 'confirmed') {
    return refuse('hop_already_active', '/body/voucher');
  }
  if (hop.status === 'lapsed') return refuse('hop_lapsed', '/body/voucher');
  return hop.commit === null ? refuse('hop_not_committed', '/body/voucher') : undefined;
}

/** Checks what the payer says, in the book of the payee. */
export function refusePayer(hop: Hop, body: HopReceipt): BookRefusal | undefined {
  if (body.transition === 'active*') return refuseUncommitted(hop) ?? refuseTerms(hop, body);
  const refusal = refuseUnclaimed(hop) ?? refuseTerms(hop, body);
  if (refusal !== undefined) return refusal;
  const { finalize } = body;
  if (finalize !== null && objectId(finalize.object) !== hop.finalizeReceipt) {
    return refuse('receipt_terms_mismatch', '/body/finalize');
  }
  return refusePrev(body, hop.commitReceipt);
}

/**
 * Checks the release by the payee of this book: only of a hop that is open and forwarded by nothing
 * that is still open, or of a claim that nobody can answer any more, and in exactly the words of
 * `releaseReceiptOf`.
 */
export function refuseRelease(
  state: BookState,
  hop: Hop,
  { id, body }: ParsedObject<HopReceipt>,
  now: UnixMs,
): BookRefusal | undefined {
  const ended = isUnanswerable(hop, now) ? undefined : refuseEnded(hop, now);
  if (ended !== undefined) return ended;
  const forward = hop.outgoing === null ? undefined : state.hops.get(hop.outgoing);
  if (forward !== undefined && isOpen(forward)) {
    return refuse('hop_still_forwarded', '/body/voucher', { outgoing: forward.terms.voucher });
  }
  const { at, reason } = body;
  if (id !== objectId(releaseReceiptOf(hop, reason ?? '', at))) {
    return refuse('receipt_terms_mismatch', '/body');
  }
  const { skewMs } = known(state.opened, 'book');
  return Math.abs(at - now) > skewMs
    ? refuse('at_skewed', '/body/at', { at, now, skewMs })
    : undefined;
}
