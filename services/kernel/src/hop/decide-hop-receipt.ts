import { accepted, type Decision, DUPLICATE, rejected } from '../book/decision.ts';
import type { BookEvent } from '../book/events.ts';
import { type BookRefusal, refuse } from '../book/refusals.ts';
import type { BookState } from '../book/state.ts';
import { refuseSigner } from '../keys/signers.ts';
import type { UnixMs } from '../units/time.ts';
import type { HopReceipt, ParsedObject } from '../wire/objects.ts';
import { decideDecline } from './decide-decline.ts';
import { isClaimed, refOf } from './find-hop.ts';
import type { Hop } from './hop.ts';
import { answeredEvents, deniedEvents } from './payee-events.ts';
import { activatedEvents, lapsedEvents } from './payer-events.ts';
import { refusePayee, refusePayer, refuseRelease } from './refuse-hop-receipt.ts';

type Receipt = ParsedObject<HopReceipt>;

function decided(refusal: BookRefusal | undefined, events: () => readonly BookEvent[]): Decision {
  return refusal === undefined ? accepted(...events()) : rejected(refusal);
}

/** What the payee says, in the book of the payer. */
function decideOfPayee(state: BookState, object: Receipt, hop: Hop, now: UnixMs): Decision {
  return decided(refusePayee(hop, object.body, now), () => {
    const { transition, reason } = object.body;
    if (transition === 'active') return activatedEvents(state, hop, object, now);
    if (transition === 'lapsed') {
      return lapsedEvents(state, hop, {
        reason: reason ?? 'released',
        receipt: object.id,
        at: now,
      });
    }
    const data = { ...refOf(hop.terms), transition: 'held' as const, receipt: object.id };
    return [{ type: 'HopAcknowledged', data }];
  });
}

/** What the payer says, in the book of the payee. */
function decideOfPayer(state: BookState, object: Receipt, hop: Hop, now: UnixMs): Decision {
  return decided(refusePayer(hop, object.body), () => {
    if (object.body.transition !== 'active*') return answeredEvents(state, hop, object, now);
    const data = { ...refOf(hop.terms), transition: 'active*' as const, receipt: object.id };
    return [{ type: 'HopAcknowledged', data }];
  });
}

/** The payee of this book gives an open hop up, or a claim that nobody can answer any more. */
function decideRelease(state: BookState, object: Receipt, hop: Hop, now: UnixMs): Decision {
  return decided(refuseRelease(state, hop, object, now), () => {
    const { at, reason } = object.body;
    if (isClaimed(hop)) return deniedEvents(state, hop, object, at);
    const data = {
      ...refOf(hop.terms),
      why: 'released' as const,
      reason: reason ?? 'released',
      receipt: object.id,
      at,
    };
    return [{ type: 'HopLapsed', data }];
  });
}

function isKnown(hop: Hop, { id }: Receipt): boolean {
  return hop.heldReceipt === id || hop.commitReceipt === id || hop.endedBy === id;
}

/** Hop and peer are the two ends, and the transition is one that this speaker makes. */
function refuseSpeaker({ terms }: Hop, body: HopReceipt): BookRefusal | undefined {
  const { from, to, side } = terms;
  const ofPayee = body.hop === to && body.peer === from;
  const ofPayer = body.hop === from && body.peer === to;
  const fits =
    (side === 'payer' && ofPayee && body.transition !== 'active*') ||
    (side === 'payee' && ofPayee && body.transition === 'lapsed') ||
    (side === 'payee' && ofPayer && body.transition !== 'held');
  return fits ? undefined : refuse('peer_mismatch', '/body/hop');
}

/**
 * One end of an edge states what became of a voucher.
 *
 * In the payer's book the payee says `held` (HopAcknowledged), `active`: its claim, with the
 * receiver's receipt, before the deadline (HopActivated, and HopClaimed of the hop that it forwards,
 * in one append), or `lapsed`: a release or a refusal (HopLapsed, also of the hop that it forwards).
 * In the payee's book the payer says `active*` (HopAcknowledged), or answers a claim: `active`
 * (HopActivated; for a receiver HopConfirmed until all payers have answered, then DeliveryFinalized)
 * or `lapsed` (HopLapsed, `denied`). The payee's own `lapsed` releases a hop of its own book, gives a
 * claim up CLAIM_MEMORY_MS after its deadline (HopLapsed, `denied`), or declines a voucher that the
 * book does not hold. Whatever follows from the hop record alone, such as
 * the book's own `held`, is not recorded.
 *
 * now < deadline is in time, now = deadline is late.
 * Refusals, in order: hop_unknown, signer_mismatch and key refusals, peer_mismatch, then as
 * `BOOK_REFUSALS` lists them. Again, while the hop is remembered: duplicate.
 */
export function decideHopReceipt(state: BookState, object: Receipt, now: UnixMs): Decision {
  const { body } = object;
  const hop = state.hops.get(body.voucher);
  if (hop === undefined) return decideDecline(state, object, now);
  if (isKnown(hop, object)) return DUPLICATE;
  const refusal = refuseSigner(state, object, body.hop, now) ?? refuseSpeaker(hop, body);
  if (refusal !== undefined) return rejected(refusal);
  if (hop.terms.side === 'payer') return decideOfPayee(state, object, hop, now);
  return body.hop === hop.terms.to
    ? decideRelease(state, object, hop, now)
    : decideOfPayer(state, object, hop, now);
}
