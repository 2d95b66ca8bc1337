import type { BookState, Edge } from '@atomicity/kernel/book/state';
import { routedExposureOf } from '@atomicity/kernel/credit/positions';
import type { Hop } from '@atomicity/kernel/hop/hop';
import { hopReceiptOf } from '@atomicity/kernel/hop/hop-receipt';
import { routingFee } from '@atomicity/kernel/routing/fee-policy';
import { type Amount, subtractAmount } from '@atomicity/kernel/units/amount';
import type { Denomination } from '@atomicity/kernel/units/denomination';
import type { Hash, Nonce, PartyId } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';
import type { CapacityVoucher } from '@atomicity/kernel/wire/objects';
import { objectId } from '@atomicity/kernel/wire/parse-object';

/** What `payer` may still hold for routes on an edge before its book refuses, in ledger units. */
function roomOf(edge: Edge, payer: PartyId): bigint {
  const { limit, owed, held } = routedExposureOf(edge, payer);
  return limit - owed - held;
}

/** Of some edges the open one in a denomination with the most room for `payer`, or undefined. */
function widest(
  state: BookState,
  edges: readonly Hash[],
  payer: PartyId,
  denomination: Denomination,
  now: UnixMs,
): Hash | undefined {
  let best: { readonly id: Hash; readonly room: bigint } | undefined;
  for (const id of edges) {
    const edge = state.edges.get(id);
    if (edge === undefined || edge.terms.denomination !== denomination) continue;
    const room = roomOf(edge, payer);
    if (edge.terms.expiresAt > now && (best === undefined || room > best.room)) best = { id, room };
  }
  return best?.id;
}

export type Forwarding =
  | { readonly kind: 'voucher'; readonly body: CapacityVoucher }
  /** The part cannot go on, whatever happens: release the incoming hold for this reason. */
  | { readonly kind: 'release'; readonly reason: string };

export type ForwardTimes = {
  /** By this book's clock. */
  readonly now: UnixMs;
  /** The newest reading of the next hop's clock. */
  readonly seenAt: UnixMs;
  /** Time that must be left for it to be worth a message, ms. */
  readonly leastMs: number;
};

/** What the forwarder keeps: exactly what the policy says that its payer named. */
function ownFee(state: BookState, incoming: Hop): Amount | undefined {
  const { policyHash, amount } = incoming.terms;
  const published = policyHash === null ? undefined : state.policies.get(policyHash);
  return published === undefined ? undefined : routingFee(published.terms.policy, amount);
}

/**
 * The voucher that forwards an incoming hold: the same amount, the fee less the forwarder's own, the
 * rest of the route, and at most the time that the incoming hold has left by this book's clock.
 * `edges` are those with the next hop. `release` with the reason when no such voucher could ever be accepted: policy_unknown,
 * fee_mismatch, ttl_too_short, edge_unknown.
 */
export function forwardOf(
  state: BookState,
  incoming: Hop,
  edges: readonly Hash[],
  times: ForwardTimes,
  nonce: Nonce,
): Forwarding {
  const { terms } = incoming;
  const [next, ...hops] = terms.hops;
  const own = ownFee(state, incoming);
  if (next === undefined || own === undefined) return { kind: 'release', reason: 'policy_unknown' };
  const fee = subtractAmount(terms.fee, own);
  if (fee === undefined) return { kind: 'release', reason: 'fee_mismatch' };
  if (terms.deadline - times.now < times.leastMs) {
    return { kind: 'release', reason: 'ttl_too_short' };
  }
  const edge = widest(state, edges, terms.to, terms.denomination, times.now);
  if (edge === undefined) return { kind: 'release', reason: 'edge_unknown' };
  return {
    kind: 'voucher',
    body: {
      v: 1,
      type: 'CapacityVoucher',
      intent: terms.intent,
      edge,
      from: terms.to,
      to: next.party,
      denomination: terms.denomination,
      amount: terms.amount,
      fee,
      at: times.now,
      expiresAt: terms.deadline,
      policyHash: hops[0]?.policyHash ?? null,
      prevReceipt: objectId(hopReceiptOf(incoming, 'held')),
      grant: null,
      route: {
        part: terms.part,
        finalizeKey: terms.finalizeKey,
        seenAt: times.seenAt,
        probe: terms.probe,
        hops,
      },
      nonce,
    },
  };
}
