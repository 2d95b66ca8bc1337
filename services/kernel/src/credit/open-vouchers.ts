import { type BookRefusal, refuse } from '../book/refusals.ts';
import type { BookState, Edge } from '../book/state.ts';
import { PersistentMap } from '../collections/persistent-map.ts';
import { isClaimed, isOpen } from '../hop/find-hop.ts';
import type { Hash } from '../units/id.ts';

/** Most vouchers that are open on an edge between two books, and that a state names. */
export const OPEN_MAX = 256;

type OpenVouchers = BookState['openVouchers'];
type Place = { readonly edge: Hash; readonly voucher: Hash };

/** The index with a hold or a hop that is open from now on. */
export function withOpenVoucher(open: OpenVouchers, { edge, voucher }: Place): OpenVouchers {
  const ofEdge = open.get(edge) ?? PersistentMap.empty<true>();
  return open.set(edge, ofEdge.set(voucher, true));
}

/** The index without a hold or a hop that has ended; an edge without any has no entry. */
export function withoutOpenVoucher(open: OpenVouchers, { edge, voucher }: Place): OpenVouchers {
  const ofEdge = open.get(edge)?.delete(voucher);
  if (ofEdge === undefined) return open;
  return ofEdge.size === 0 ? open.delete(edge) : open.set(edge, ofEdge);
}

/** What follows from the stored holds and hops: those that are open, edge by edge. */
export function openVouchersDerived({ holds, hops }: Pick<BookState, 'holds' | 'hops'>) {
  let open: OpenVouchers = PersistentMap.empty();
  for (const { terms } of holds.values()) open = withOpenVoucher(open, terms);
  for (const hop of hops.values()) {
    if (isOpen(hop) || isClaimed(hop)) open = withOpenVoucher(open, hop.terms);
  }
  return open;
}

/** The vouchers that are open on an edge, holds and hops, ascending. Costs what is open there. */
export function openVouchersOf({ openVouchers }: BookState, { terms }: Edge): readonly Hash[] {
  return [...(openVouchers.get(terms.edge)?.keys() ?? [])].sort() as Hash[];
}

/** A further voucher on an edge that has as many as a state can name. Refusal: too_many_open. */
export function refuseTooManyOpen(
  { openVouchers }: BookState,
  { terms }: Edge,
): BookRefusal | undefined {
  const open = openVouchers.get(terms.edge)?.size ?? 0;
  return open >= OPEN_MAX ? refuse('too_many_open', '/body/edge', { open }) : undefined;
}

/** Those of an edge's hops that wait for the payer's answer: their debt may exist at the payer. */
export function claimedOn(state: BookState, open: readonly Hash[]): readonly Hash[] {
  return open.filter((voucher) => {
    const hop = state.hops.get(voucher);
    return hop !== undefined && isClaimed(hop);
  });
}
