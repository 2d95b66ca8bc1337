import { accepted, type Decision, DUPLICATE, rejected } from '../book/decision.ts';
import type { BookEvent } from '../book/events.ts';
import { type BookRefusal, refuse } from '../book/refusals.ts';
import type { BookState } from '../book/state.ts';
import type { Hash, Nonce } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';
import type { CommitSignal, ParsedObject } from '../wire/objects.ts';
import { incomingOf, isLast, isOpen, outgoingOf, refOf } from './find-hop.ts';
import type { Hop } from './hop.ts';
import {
  bufferedHop,
  type DeliveredIntent,
  findDelivery,
  refusePart,
  refuseSum,
} from './receiver-parts.ts';

/** The hops of a part that a signal is for: what left this book with what it forwards, or the last. */
function hopsOfPart(state: BookState, intent: Hash, part: Nonce): readonly Hop[] {
  const outgoing = outgoingOf(state, intent, part);
  const incoming = incomingOf(state, intent, part);
  const last = incoming !== undefined && isLast(incoming);
  // A hop that has forwarded nothing has nobody behind it who could be ready.
  const forwarded = outgoing !== undefined && isOpen(outgoing) && outgoing.terms.incoming !== null;
  const hops = [outgoing, last || forwarded ? incoming : undefined];
  return hops.flatMap((hop) => (hop === undefined || hop.terms.probe ? [] : [hop]));
}

/** The parts that are held now, named by this signal or not: together they must be enough. */
function refuseBuffer(
  state: BookState,
  intent: DeliveredIntent,
  parts: readonly Nonce[],
  now: UnixMs,
): BookRefusal | undefined {
  for (const part of parts) {
    const refusal = refusePart(bufferedHop(state, intent.terms.intent, part), part, now);
    if (refusal !== undefined) return refusal;
  }
  const vouchers = state.deliveries.get(intent.terms.intent)?.vouchers ?? [];
  const held = vouchers.flatMap((voucher) => {
    const hop = state.hops.get(voucher);
    return hop !== undefined && isOpen(hop) && now < hop.terms.deadline ? [hop.terms.amount] : [];
  });
  const sum = held.reduce((total, amount) => total + amount, 0n);
  return refuseSum(intent, sum, held.length);
}

/** What speaks against a signal of a receiver of this book: it must have all that it names. */
function refuseReceiver(
  state: BookState,
  { intent, finalizeKey, parts }: CommitSignal,
  hops: readonly Hop[],
  now: UnixMs,
): BookRefusal | undefined {
  if (!hops.some((hop) => hop.terms.side === 'payee' && isLast(hop))) return undefined;
  const found = findDelivery(state, intent, finalizeKey);
  return 'reason' in found ? found : refuseBuffer(state, found, parts, now);
}

function refuseSignal(
  { finalizeKey }: CommitSignal,
  hops: readonly Hop[],
  fresh: readonly Hop[],
): BookRefusal | undefined {
  if (fresh.length === 0 && hops.some((hop) => hop.commit !== null)) {
    return refuse('exists_with_different_terms', '/body/parts');
  }
  if (fresh.length === 0) return refuse('part_not_held', '/body/parts');
  return hops.some((hop) => hop.terms.finalizeKey !== finalizeKey)
    ? refuse('finalize_key_mismatch', '/body/finalizeKey')
    : undefined;
}

/**
 * The receiver announces that it has enough: held → active* for every hop of the named parts in this
 * book, the outgoing ones with the hops that they forward, in one append. Nobody gets more time by
 * it. Parts that went other ways are not looked for, except in the receiver's own book.
 * Refusals, in order: in the receiver's own book those of `findDelivery`, hop_lapsed, part_not_held,
 * delivery_exceeds_amount, below_min_deliverable, too_many_parts; then everywhere
 * exists_with_different_terms when other signals have committed all of it, part_not_held,
 * finalize_key_mismatch. Again: duplicate.
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
  const refusal = refuseReceiver(state, body, hops, now) ?? refuseSignal(body, hops, fresh);
  if (refusal !== undefined) return rejected(refusal);
  const events = fresh.map(
    (hop): BookEvent => ({
      type: 'HopCommitted',
      data: { ...refOf(hop.terms), signal: object.id, windowMs: body.windowMs },
    }),
  );
  return accepted(...events);
}
