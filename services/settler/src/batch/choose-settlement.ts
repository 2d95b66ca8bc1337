/** Which open request a batch pays outside. Pure. */
import type { BatchSettlement } from '@atomicity/kernel/anchor/events';
import { convertExactly, type RailUnit } from '@atomicity/kernel/batch/quarantine';
import type { AskedSettlement, BookState } from '@atomicity/kernel/book/state';
import { balanceOf } from '@atomicity/kernel/credit/positions';
import type { Hash, PartyId } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';

/** The rail that pays, and for whom. */
export type PayingRail = {
  /** Name of the rail: what an endpoint of a request calls it. */
  readonly rail: string;
  /** Units it pays in. */
  readonly unit: RailUnit;
  /** Parties whose debts are paid from this node's money. Nobody else's are, whoever asks. */
  readonly debtors: ReadonlySet<PartyId>;
};

/** What batches were asked to pay so far. */
export type Taken = {
  /** By the request. */
  readonly settlements: ReadonlyMap<Hash, BatchSettlement>;
  /** How much of a request its creditor has said to have got, in ledger units. */
  readonly received: (request: Hash) => bigint;
};

export type Payable = {
  /** Requests that this rail may pay, the one that expires first before the others. */
  readonly open: readonly BatchSettlement[];
  /** Edges of requests that it would have to pay and can't pay exactly. */
  readonly notPayable: readonly BatchSettlement[];
  /** When the first of `open` expires; null without any. */
  readonly expiresAt: UnixMs | null;
};

/**
 * The requests of the book that the rail may pay as of `now`: not expired, not answered, in no batch yet,
 * with an endpoint of the rail, of a debtor that the node pays for, of no more than the debt, on an edge
 * that is not disputed. A request that was ever part of a batch is never taken again: whether that one
 * was paid is for its own anchor to find out. Until its creditor says what it has got, as much of the debt counts as
 * paid: who gives no receipt, or one of less, is not paid the same debt again by asking again.
 */
export function payableRequests(
  state: BookState,
  { rail, unit, debtors }: PayingRail,
  taken: Taken,
  now: UnixMs,
): Payable {
  const asked = [...state.requests.values()]
    .filter(({ terms }) => !taken.settlements.has(terms.request) && debtors.has(terms.debtor))
    .filter((one) => isOpen(state, one, taken, now))
    .sort((one, other) => order(one, other));
  const settlements = asked.flatMap(({ terms }) => {
    const endpoint = terms.endpoints.find((one) => one.rail === rail);
    if (endpoint === undefined) return [];
    const { edge, debtor, creditor, denomination, amount, request } = terms;
    const { target } = endpoint;
    return [{ edge, debtor, creditor, denomination, amount, request, target }];
  });
  const isPayable = ({ amount, denomination }: BatchSettlement) =>
    convertExactly(amount, denomination, unit) !== undefined;
  const open = settlements.filter(isPayable);
  const first = asked.find(({ terms }) => terms.request === open[0]?.request);
  return {
    open,
    notPayable: settlements.filter((one) => !isPayable(one)),
    expiresAt: first?.terms.expiresAt ?? null,
  };
}

function isOpen(
  state: BookState,
  { terms, receipt }: AskedSettlement,
  taken: Taken,
  now: UnixMs,
): boolean {
  if (receipt !== null || now >= terms.expiresAt) return false;
  const edge = state.edges.get(terms.edge);
  if (edge === undefined || edge.dispute !== null) return false;
  const owed = balanceOf(edge, terms.creditor) - underWay(terms, taken);
  return owed >= terms.amount;
}

/** What batches may have paid on the edge, and its creditor has not confirmed. */
function underWay(
  { edge, creditor }: Pick<BatchSettlement, 'edge' | 'creditor'>,
  { settlements, received }: Taken,
): bigint {
  let sum = 0n;
  for (const [request, one] of settlements) {
    if (one.edge !== edge || one.creditor !== creditor) continue;
    const left = one.amount - received(request);
    if (left > 0n) sum += left;
  }
  return sum;
}

function order({ terms: one }: AskedSettlement, { terms: other }: AskedSettlement): number {
  return one.expiresAt - other.expiresAt || (one.request < other.request ? -1 : 1);
}
