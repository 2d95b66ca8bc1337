import type { BookState, PartEnds } from '../book/state.ts';
import type { Deadline } from '../collections/deadline-heap.ts';
import { PersistentMap } from '../collections/persistent-map.ts';
import type { Hash } from '../units/id.ts';
import {
  hopForgottenAt,
  isClaimed,
  isOpen,
  orderForgottenAt,
  partKey,
  policyForgottenAt,
  policyKey,
} from './find-hop.ts';
import type { Hop } from './hop.ts';

type Stored = Pick<BookState, 'hops' | 'orders' | 'policies' | 'declined'>;

const NO_ENDS: PartEnds = { incoming: null, outgoing: null };

/** The parts with one hop more. */
export function withPart(parts: PersistentMap<PartEnds>, { terms }: Hop): PersistentMap<PartEnds> {
  const key = partKey(terms.intent, terms.part);
  const ends = parts.get(key) ?? NO_ENDS;
  const end = terms.side === 'payer' ? 'outgoing' : 'incoming';
  return parts.set(key, { ...ends, [end]: terms.voucher });
}

/** The parts without a hop. */
export function withoutPart(
  parts: PersistentMap<PartEnds>,
  { terms }: Hop,
): PersistentMap<PartEnds> {
  const key = partKey(terms.intent, terms.part);
  const end = terms.side === 'payer' ? 'outgoing' : 'incoming';
  const ends = { ...(parts.get(key) ?? NO_ENDS), [end]: null };
  return ends.incoming === null && ends.outgoing === null
    ? parts.delete(key)
    : parts.set(key, ends);
}

/** What follows from the stored hops and policies: where parts stand, and the newest policies. */
export function hopsDerived(stored: Stored): Pick<BookState, 'parts' | 'currentPolicies'> {
  let parts = PersistentMap.empty<PartEnds>();
  for (const hop of stored.hops.values()) parts = withPart(parts, hop);
  let currentPolicies = PersistentMap.empty<Hash>();
  for (const { terms, replacedAt } of stored.policies.values()) {
    const { policy, policyHash } = terms;
    const key = policyKey(policy.hop, policy.denomination);
    if (replacedAt === null) currentPolicies = currentPolicies.set(key, policyHash);
  }
  return { parts, currentPolicies };
}

/** When hops lapse, and when hops, orders, policies and declined vouchers are forgotten. */
export function* hopDeadlines(stored: Stored): Generator<Deadline> {
  for (const [id, hop] of stored.hops.entries()) {
    if (isOpen(hop)) yield { expiresAt: hop.terms.deadline, id };
    else if (!isClaimed(hop)) yield { expiresAt: hopForgottenAt(hop), id };
  }
  for (const [id, order] of stored.orders.entries()) {
    yield { expiresAt: orderForgottenAt(order), id };
  }
  for (const [id, policy] of stored.policies.entries()) {
    const expiresAt = policyForgottenAt(policy);
    if (expiresAt !== undefined) yield { expiresAt, id };
  }
  for (const [id, { deadline }] of stored.declined.entries()) yield { expiresAt: deadline, id };
}

/**
 * Forgets what a due deadline names, if its time is over: a claimed hop and a policy that is the
 * newest again have none yet, and a hop that ended early is told by a later deadline.
 */
export function forgetHop(state: BookState, { id, expiresAt }: Deadline): BookState {
  const hop = state.hops.get(id);
  if (hop !== undefined) {
    if (isClaimed(hop) || hopForgottenAt(hop) > expiresAt) return state;
    return { ...state, hops: state.hops.delete(id), parts: withoutPart(state.parts, hop) };
  }
  const policy = state.policies.get(id);
  if (policy !== undefined) {
    const over = policyForgottenAt(policy);
    if (over === undefined || over > expiresAt) return state;
    return { ...state, policies: state.policies.delete(id) };
  }
  if (state.orders.has(id)) return { ...state, orders: state.orders.delete(id) };
  if (state.declined.has(id)) return { ...state, declined: state.declined.delete(id) };
  const delivery = state.deliveries.get(id);
  return delivery?.ended ? { ...state, deliveries: state.deliveries.delete(id) } : state;
}
