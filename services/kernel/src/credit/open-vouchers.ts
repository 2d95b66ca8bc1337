import type { BookState, Edge } from '../book/state.ts';
import { spendOf } from '../budget/evolve-budgets.ts';
import { isClaimed, isOpen } from '../hop/find-hop.ts';
import type { Hash } from '../units/id.ts';

/**
 * The vouchers that are open on an edge, holds and hops, ascending. Costs nothing on an edge without
 * any; otherwise it looks through the book's holds and hops until it has found what is reserved:
 * states are rare, and no hold pays for an index.
 */
export function openVouchersOf(state: BookState, edge: Edge): readonly Hash[] {
  let missing = edge.heldFromA + edge.heldFromB;
  const open: Hash[] = [];
  const take = (terms: Parameters<typeof spendOf>[0] & { edge: Hash; voucher: Hash }) => {
    if (terms.edge !== edge.terms.edge) return;
    open.push(terms.voucher);
    missing -= spendOf(terms);
  };
  for (const hold of state.holds.values()) {
    if (missing === 0n) break;
    take(hold.terms);
  }
  for (const hop of state.hops.values()) {
    if (missing === 0n) break;
    if (isOpen(hop) || isClaimed(hop)) take(hop.terms);
  }
  return open.sort();
}

/** Those of an edge's hops that wait for the payer's answer: their debt may exist at the payer. */
export function claimedOn(state: BookState, open: readonly Hash[]): readonly Hash[] {
  return open.filter((voucher) => {
    const hop = state.hops.get(voucher);
    return hop !== undefined && isClaimed(hop);
  });
}
