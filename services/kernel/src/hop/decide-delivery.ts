/** The receiver's end of a payment: when it may bind itself, and to what. */
import { accepted, type Decision, DUPLICATE, rejected } from '../book/decision.ts';
import type { BookEvent } from '../book/events.ts';
import { known } from '../book/invariant.ts';
import { type BookRefusal, refuse } from '../book/refusals.ts';
import type { BookState, Intent } from '../book/state.ts';
import type { Amount } from '../units/amount.ts';
import type { Hash, Nonce, PartyId } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';
import type {
  CommitSignal,
  Delivery,
  DeliveryReceipt,
  FinalizeReceipt,
  ParsedObject,
} from '../wire/objects.ts';
import { incomingOf, isLast, isOpen, outgoingOf, refOf } from './find-hop.ts';
import type { Hop } from './hop.ts';

/** The receiver's hop of a part, if it counts towards the delivery. */
function bufferedHop(state: BookState, intent: Hash, part: Nonce): Hop | undefined {
  const hop = incomingOf(state, intent, part);
  return hop !== undefined && isLast(hop) && !hop.terms.probe ? hop : undefined;
}

function refusePart(hop: Hop | undefined, part: Nonce, now: UnixMs): BookRefusal | undefined {
  const field = '/body/delivery/parts';
  if (hop?.status === 'lapsed' || (hop && isOpen(hop) && now >= hop.terms.deadline)) {
    return refuse('hop_lapsed', field, { part, now, deadline: hop.terms.deadline });
  }
  return hop && isOpen(hop) ? undefined : refuse('part_not_held', field, { part });
}

/** All or nothing: at least what the receiver wants, at most what it asked for. */
function refuseSum(
  { minDeliverable, partsMax }: Delivery,
  { sum, asked, count }: { readonly sum: bigint; readonly asked: Amount; readonly count: number },
): BookRefusal | undefined {
  if (sum > asked) return refuse('delivery_exceeds_amount', '/body', { sum: `${sum}` });
  if (sum < minDeliverable) {
    const facts = { sum: `${sum}`, minDeliverable: `${minDeliverable}` };
    return refuse('below_min_deliverable', '/body', facts);
  }
  return count > partsMax ? refuse('too_many_parts', '/body', { partsMax }) : undefined;
}

function refuseSkew(state: BookState, at: UnixMs, now: UnixMs): BookRefusal | undefined {
  const { skewMs } = known(state.opened, 'book');
  return Math.abs(at - now) > skewMs
    ? refuse('at_skewed', '/body/at', { at, now, skewMs })
    : undefined;
}

type Outline = { readonly part: Nonce; readonly amount: Amount | null };

/** Refusals, in order: hop_lapsed, part_not_held, amount_mismatch, and those of the sum. */
function refuseParts(
  state: BookState,
  { terms }: Intent,
  parts: readonly Outline[],
  now: UnixMs,
): BookRefusal | undefined {
  const delivery = known(terms.delivery, 'delivery');
  let sum = 0n;
  for (const { part, amount } of parts) {
    const hop = bufferedHop(state, terms.intent, part);
    const refusal = refusePart(hop, part, now);
    if (refusal !== undefined) return refusal;
    const held = known(hop, 'hop').terms.amount;
    if (amount !== null && amount !== held) {
      return refuse('amount_mismatch', '/body/delivery/parts', { part, amount: `${held}` });
    }
    sum += held;
  }
  return refuseSum(delivery, { sum, asked: terms.amount, count: parts.length });
}

/** The receiver's own intent for a delivery signed by this key. */
function findDelivery(state: BookState, id: Hash, finalizeKey: PartyId): Intent | BookRefusal {
  const intent = state.intents.get(id);
  if (intent === undefined) return refuse('intent_unknown', '/body/intent');
  const buffer = state.deliveries.get(id);
  if (intent.paid || (buffer && buffer.finalizeReceipt !== null)) {
    return refuse('intent_already_paid', '/body/intent');
  }
  const { delivery } = intent.terms;
  if (delivery === null) return refuse('delivery_not_offered', '/body/intent');
  return delivery.finalizeKey === finalizeKey
    ? intent
    : refuse('finalize_key_mismatch', '/body/finalizeKey');
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

/** The hops of a part in this book that a signal is for: what left it with what it forwards, or the last. */
function hopsOfPart(state: BookState, intent: Hash, part: Nonce): readonly Hop[] {
  const outgoing = outgoingOf(state, intent, part);
  const incoming = incomingOf(state, intent, part);
  const last = incoming !== undefined && isLast(incoming);
  const forwarded = outgoing !== undefined && isOpen(outgoing) && outgoing.terms.incoming !== null;
  const hops = [outgoing, last || forwarded ? incoming : undefined];
  return hops.flatMap((hop) => (hop === undefined || hop.terms.probe ? [] : [hop]));
}

/** Whether the receiver of the signal's parts is in this book: then it must have all of them. */
function refuseReceiver(
  state: BookState,
  { intent, finalizeKey, parts }: CommitSignal,
  hops: readonly Hop[],
  now: UnixMs,
): BookRefusal | undefined {
  if (!hops.some((hop) => hop.terms.side === 'payee' && isLast(hop))) return undefined;
  const found = findDelivery(state, intent, finalizeKey);
  if ('reason' in found) return found;
  return refuseParts(
    state,
    found,
    parts.map((part) => ({ part, amount: null })),
    now,
  );
}

/**
 * The receiver announces that it has all parts: held → active* for every hop of the named parts in
 * this book, the outgoing ones with the hops that they forward, in one append. Nobody gets more time
 * by it. Parts that went other ways are not looked for, except in the receiver's own book.
 * Refusals, in order: those of the receiver's own book as `decideDelivery`, else finalize_key_mismatch,
 * part_not_held, exists_with_different_terms when other signals have committed all of it. Again:
 * duplicate.
 */
export function decideCommitSignal(
  state: BookState,
  object: ParsedObject<CommitSignal>,
  now: UnixMs,
): Decision {
  const { body } = object;
  const hops = body.parts.flatMap((part) => hopsOfPart(state, body.intent, part));
  const fresh = hops.filter((hop) => hop.status === 'held' && now < hop.terms.deadline);
  if (fresh.length === 0 && hops.some((hop) => hop.commit?.signal === object.id)) return DUPLICATE;
  const refusal = refuseReceiver(state, body, hops, now) ?? refuseSignal(body, { hops, fresh });
  if (refusal !== undefined) return rejected(refusal);
  const events = fresh.map(
    (hop): BookEvent => ({
      type: 'HopCommitted',
      data: { ...refOf(hop.terms), signal: object.id, windowMs: body.windowMs },
    }),
  );
  return accepted(...events);
}

function refuseSignal(
  { finalizeKey }: CommitSignal,
  { hops, fresh }: { readonly hops: readonly Hop[]; readonly fresh: readonly Hop[] },
): BookRefusal | undefined {
  if (fresh.length === 0 && hops.some((hop) => hop.commit !== null)) {
    return refuse('exists_with_different_terms', '/body/parts');
  }
  if (fresh.length === 0) return refuse('part_not_held', '/body/parts');
  return hops.some((hop) => hop.terms.finalizeKey !== finalizeKey)
    ? refuse('finalize_key_mismatch', '/body/finalizeKey')
    : undefined;
}
