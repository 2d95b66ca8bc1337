import type { BookState } from '@atomicity/kernel/book/state';
import { isOpen, isUnanswerable } from '@atomicity/kernel/hop/find-hop';
import type { Hop } from '@atomicity/kernel/hop/hop';
import type { Hash, PartyId } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';

/** What one end of a hop still has to do. Doing a duty twice is doing it once. */
export type Duty =
  /** The payee has not signed that it holds the voucher. */
  | { readonly kind: 'send_voucher'; readonly voucher: Hash; readonly peer: PartyId }
  /** A middle hop holds the incoming voucher and has none onward. */
  | { readonly kind: 'forward'; readonly voucher: Hash; readonly peer: PartyId }
  /** The hold serves nothing any more: give it up before its time. */
  | { readonly kind: 'release'; readonly voucher: Hash; readonly reason: string }
  /** The payer may still hold what this end gave up. */
  | { readonly kind: 'send_release'; readonly voucher: Hash; readonly peer: PartyId }
  /** The receiver holds a part: see whether it has all of them. */
  | { readonly kind: 'deliver'; readonly voucher: Hash; readonly intent: Hash }
  /** The payer has not signed that it knows of the commitment. */
  | { readonly kind: 'send_commit'; readonly voucher: Hash; readonly peer: PartyId }
  /** The payer has not answered the claim. */
  | { readonly kind: 'send_claim'; readonly voucher: Hash; readonly peer: PartyId };

export type DutyKind = Duty['kind'];

/** Stands for one duty, whatever it says: two duties of one id are never under way together. */
export function dutyId(duty: Duty): string {
  return duty.kind === 'deliver' ? `deliver/${duty.intent}` : `${duty.kind}/${duty.voucher}`;
}

/** Reserved, and its time has not run out. */
const canBecomePayment = (hop: Hop, now: UnixMs): boolean =>
  isOpen(hop) && now < hop.terms.deadline;

function payerDuties(hop: Hop, now: UnixMs): readonly Duty[] {
  const { voucher, to } = hop.terms;
  const unknown = canBecomePayment(hop, now) && hop.heldReceipt === null;
  return unknown ? [{ kind: 'send_voucher', voucher, peer: to }] : [];
}

/** Why an open incoming hold leads nowhere any more, or undefined. */
function spoiled(state: BookState, hop: Hop): string | undefined {
  if (hop.outgoing === null) return undefined;
  const onward = state.hops.get(hop.outgoing);
  if (onward === undefined) return 'expired';
  return onward.status === 'lapsed' ? (onward.lapse?.reason ?? 'expired') : undefined;
}

function openPayeeDuties(state: BookState, hop: Hop): readonly Duty[] {
  const { voucher, from, intent, hops, probe } = hop.terms;
  const commit: readonly Duty[] =
    hop.commit !== null && hop.commitReceipt === null
      ? [{ kind: 'send_commit', voucher, peer: from }]
      : [];
  const [next] = hops;
  if (next === undefined) {
    if (probe) return [{ kind: 'release', voucher, reason: 'probe' }];
    return [...commit, { kind: 'deliver', voucher, intent }];
  }
  const reason = spoiled(state, hop);
  if (reason !== undefined) return [{ kind: 'release', voucher, reason }];
  return hop.outgoing === null ? [{ kind: 'forward', voucher, peer: next.party }] : commit;
}

function payeeDuties(state: BookState, hop: Hop, now: UnixMs): readonly Duty[] {
  const { voucher, from, deadline } = hop.terms;
  // Else one payer that never answers would keep a delivery, and its retries, open for ever.
  if (isUnanswerable(hop, now)) return [{ kind: 'release', voucher, reason: 'unanswered' }];
  if (hop.status === 'claimed') return [{ kind: 'send_claim', voucher, peer: from }];
  if (hop.status === 'lapsed') {
    const untold = hop.lapse?.why === 'released' && now < deadline;
    return untold ? [{ kind: 'send_release', voucher, peer: from }] : [];
  }
  return canBecomePayment(hop, now) ? openPayeeDuties(state, hop) : [];
}

/**
 * What the hosted end of a hop owes at `now`, from the state alone: nothing else has to survive a
 * crash. Times are of this book's clock. A voucher that the book does not know owes nothing.
 * `send_release` stays due until the hold's own deadline: the state does not say that the payer
 * took it.
 */
export function dutiesOf(state: BookState, voucher: Hash, now: UnixMs): readonly Duty[] {
  const hop = state.hops.get(voucher);
  if (hop === undefined) return [];
  return hop.terms.side === 'payer' ? payerDuties(hop, now) : payeeDuties(state, hop, now);
}
