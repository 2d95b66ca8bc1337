import type { BookState } from '@atomicity/kernel/book/state';
import { isOpen } from '@atomicity/kernel/hop/find-hop';
import type { Hop, Order } from '@atomicity/kernel/hop/hop';
import { type Amount, amount } from '@atomicity/kernel/units/amount';
import type { Hash } from '@atomicity/kernel/units/id';
import type { PaymentOrder } from '@atomicity/kernel/wire/objects';
import type { PaymentView } from './payment.ts';

/** What became of a payment's parts so far, from the state alone. Probes apart. */
export type Progress = {
  readonly open: readonly Hop[];
  readonly active: readonly Hop[];
  readonly lapsed: readonly Hop[];
  readonly openProbes: readonly Hop[];
  /** Amount of open parts. */
  readonly underWay: bigint;
  /** Amount and fees of active parts. */
  readonly paid: Amount;
  readonly fees: Amount;
  /** The receiver has signed, and each part that it named has ended here. */
  readonly isSettled: boolean;
  /** Every open part is acknowledged by its first hop, and together they are the whole amount. */
  readonly isHeld: boolean;
  /** Some part ran out its whole time. */
  readonly hasExpired: boolean;
};

const sum = (hops: readonly Hop[], of: (hop: Hop) => bigint): bigint =>
  hops.reduce((total, hop) => total + of(hop), 0n);

/** True once every part of ours that the receiver's receipt names is final or gone. */
function settled(active: readonly Hop[], open: readonly Hop[]): boolean {
  const named = active[0]?.finalize?.object.delivery?.parts ?? [];
  if (named.length === 0) return false;
  return !open.some(({ terms }) => named.some(({ part }) => part === terms.part));
}

/** Reads a payment's hops. Vouchers that the book has forgotten count as nothing. */
export function progressOf(
  state: BookState,
  vouchers: readonly Hash[],
  order: Pick<PaymentOrder, 'amount'>,
): Progress {
  const hops = vouchers.flatMap((voucher) => state.hops.get(voucher) ?? []);
  const parts = hops.filter(({ terms }) => !terms.probe);
  const open = parts.filter(isOpen);
  const active = parts.filter(({ status }) => status === 'active');
  const lapsed = parts.filter(({ status }) => status === 'lapsed');
  const underWay = sum(open, ({ terms }) => terms.amount);
  return {
    open,
    active,
    lapsed,
    openProbes: hops.filter((hop) => hop.terms.probe && isOpen(hop)),
    underWay,
    paid: amount(sum(active, ({ terms }) => terms.amount)),
    fees: amount(sum(active, ({ terms }) => terms.fee)),
    isSettled: settled(active, open),
    isHeld: underWay === order.amount && open.every(({ heldReceipt }) => heldReceipt !== null),
    hasExpired: lapsed.some(({ lapse }) => lapse?.why === 'expired'),
  };
}

/** How a payment that nobody carries on stands in the book: it ended, or never began. */
export function endedView(state: BookState, order: Order, vouchers: readonly Hash[]): PaymentView {
  const { intent } = order.terms;
  const { isSettled, lapsed, hasExpired, paid, fees } = progressOf(state, vouchers, order.terms);
  const last = lapsed.at(-1)?.lapse ?? null;
  const undone = hasExpired ? 'lapsed' : 'failed';
  return {
    intent,
    status: isSettled ? 'finalized' : undone,
    reason: isSettled ? null : (last?.reason ?? null),
    hop: null,
    paid,
    fees,
    rounds: 0,
    vouchers: [...vouchers],
  };
}
