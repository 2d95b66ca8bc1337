/** What a payee's word makes in the book of its payer, up to the hop that is forwarded. */
import type { BookEvent } from '../book/events.ts';
import { known } from '../book/invariant.ts';
import type { BookState } from '../book/state.ts';
import type { Leg } from '../credit/leg.ts';
import { negateSignedAmount, signedAmount } from '../units/amount.ts';
import type { Hash } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';
import { objectId } from '../wire/object-id.ts';
import type { HopReceipt, ParsedObject } from '../wire/objects.ts';
import type { HopHeldData } from './events.ts';
import { isOpen, refOf } from './find-hop.ts';
import type { Hop } from './hop.ts';

/** The payee is owed what was held: amount and fee. */
export function legsOf({ from, to, amount, fee }: HopHeldData): readonly Leg[] {
  const spend = signedAmount(amount + fee);
  return [
    { party: from, delta: negateSignedAmount(spend) },
    { party: to, delta: spend },
  ];
}

/** The hop that an outgoing one forwards, while it is open. */
function openIncoming(state: BookState, { terms }: Hop): Hop | undefined {
  const incoming = terms.incoming === null ? undefined : state.hops.get(terms.incoming);
  return incoming !== undefined && isOpen(incoming) ? incoming : undefined;
}

/** The debt exists now; what this book's party forwarded, it claims in the same append. */
export function activatedEvents(
  state: BookState,
  hop: Hop,
  claim: ParsedObject<HopReceipt>,
  now: UnixMs,
): readonly BookEvent[] {
  const finalize = known(claim.body.finalize, 'receipt');
  const finalizeReceipt = objectId(finalize.object);
  const activated: BookEvent = {
    type: 'HopActivated',
    data: {
      ...refOf(hop.terms),
      receipt: claim.id,
      finalizeReceipt,
      finalize,
      legs: legsOf(hop.terms),
    },
  };
  const incoming = openIncoming(state, hop);
  if (incoming === undefined) return [activated];
  const data = { ...refOf(incoming.terms), at: now, finalize, finalizeReceipt };
  return [activated, { type: 'HopClaimed', data }];
}

/** The hold is free again, and what it forwarded is released for the same reason. */
export function lapsedEvents(
  state: BookState,
  hop: Hop,
  release: { readonly reason: string; readonly receipt: Hash; readonly at: UnixMs },
): readonly BookEvent[] {
  const { reason, receipt, at } = release;
  const lapsed = (of: Hop, by: Hash | null): BookEvent => ({
    type: 'HopLapsed',
    data: { ...refOf(of.terms), why: 'released', reason, receipt: by, at },
  });
  const incoming = openIncoming(state, hop);
  return incoming === undefined
    ? [lapsed(hop, receipt)]
    : [lapsed(hop, receipt), lapsed(incoming, null)];
}
