import type { BookState } from '@atomicity/kernel/book/state';
import { isClaimed, isOpen } from '@atomicity/kernel/hop/find-hop';
import type { Hop } from '@atomicity/kernel/hop/hop';
import type { Hash, PartyId } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';
import type { AgentSettings } from './settings.ts';

/** What the receiver of an intent does next with the parts that it holds. */
export type DeliveryStep =
  /** Nothing, until another part comes. */
  | { readonly kind: 'rest' }
  | { readonly kind: 'wait'; readonly untilMs: number }
  /** Ask the payers of these parts to stay: several parts are finalized only together. */
  | { readonly kind: 'commit'; readonly parts: readonly Hop[]; readonly windowMs: number }
  | { readonly kind: 'finalize'; readonly parts: readonly Hop[] };

const REST: DeliveryStep = { kind: 'rest' };

const sumOf = (parts: readonly Hop[]): bigint =>
  parts.reduce((sum, { terms }) => sum + terms.amount, 0n);

const byPart = (left: Hop, right: Hop): number => (left.terms.part < right.terms.part ? -1 : 1);

/** Parts of an intent that can still be finalized at `now`, ascending by part. */
function collected(state: BookState, intent: Hash, receiver: PartyId, now: UnixMs) {
  const vouchers = state.deliveries.get(intent)?.vouchers ?? [];
  return vouchers
    .flatMap((voucher) => state.hops.get(voucher) ?? [])
    .filter((hop) => hop.terms.to === receiver && isOpen(hop) && now < hop.terms.deadline)
    .sort(byPart);
}

/** Several parts: first every payer has to know, then all are finalized at once. */
function together(parts: readonly Hop[], least: bigint, times: Times): DeliveryStep {
  const untold = parts.filter(({ commit }) => commit === null);
  if (untold.length > 0) {
    const windowMs = Math.max(1, times.first - times.now);
    return { kind: 'commit', parts: untold, windowMs };
  }
  const answered = parts.filter(({ commitReceipt }) => commitReceipt !== null);
  if (answered.length === parts.length) return { kind: 'finalize', parts };
  if (times.now < times.last) return { kind: 'wait', untilMs: times.last };
  // A payer that is out of reach may never take the claim: without it, or not at all.
  return sumOf(answered) >= least ? { kind: 'finalize', parts: answered } : REST;
}

/** By the receiver's clock: now, the first deadline, and when it decides on what it has. */
type Times = { readonly now: UnixMs; readonly first: UnixMs; readonly last: number };

/**
 * The receiver's all-or-nothing buffer. It waits for the whole amount, or as many parts as the intent
 * takes; shortly before the first part would lapse it takes what it has, if that is at least `minDeliverable`, or lets all of it lapse.
 * Times by the receiver's clock, ms. Pure.
 */
export function deliveryStep(
  state: BookState,
  intent: Hash,
  receiver: PartyId,
  now: UnixMs,
  { settleLeadMs }: Pick<AgentSettings, 'settleLeadMs'>,
): DeliveryStep {
  const terms = state.intents.get(intent)?.terms;
  const buffer = state.deliveries.get(intent);
  const delivery = terms?.delivery ?? null;
  if (terms === undefined || buffer === undefined || delivery === null) return REST;
  const begun = buffer.vouchers.some((voucher) => {
    const hop = state.hops.get(voucher);
    return hop !== undefined && isClaimed(hop);
  });
  if (buffer.ended || buffer.finalizeReceipt !== null || begun) return REST;
  const parts = collected(state, intent, receiver, now);
  const [one, ...more] = parts;
  if (one === undefined) return REST;
  const first = parts.reduce((least, hop) =>
    hop.terms.deadline < least.terms.deadline ? hop : least,
  );
  const times: Times = {
    now,
    first: first.terms.deadline,
    last: first.terms.deadline - settleLeadMs,
  };
  const sum = sumOf(parts);
  // Twice the lead: once for the answers of the payers, once for the receipt.
  const decideAt = times.last - settleLeadMs;
  const mayGrow = sum < terms.amount && parts.length < delivery.partsMax;
  if (mayGrow && now < decideAt) return { kind: 'wait', untilMs: decideAt };
  if (sum < delivery.minDeliverable) return REST;
  if (more.length === 0) return { kind: 'finalize', parts };
  return together(parts, delivery.minDeliverable, times);
}
