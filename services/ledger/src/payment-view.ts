/** How payments across books look to whoever may read them. Amounts are decimal strings. */
import type { HopView } from '@atomicity/kernel/book/views';

/** What a sender ordered, and what its vouchers have used of it. */
export type OrderView = {
  readonly order: string;
  readonly payer: string;
  readonly receiver: string;
  readonly denomination: string;
  readonly amount: string;
  readonly maxFee: string;
  readonly maxProbeSpend: string;
  readonly expiresAt: number;
  readonly amountInUse: string;
  readonly feeInUse: string;
  readonly probeSpend: string;
  readonly amountPaid: string;
};

/** What a receiver has of an intent. */
export type DeliveryView = {
  readonly vouchers: readonly string[];
  readonly finalizeReceipt: string | null;
  readonly ended: boolean;
};

/** Where the router stands with an order; the book says what became of the money. */
export type ProgressView = {
  readonly status: 'planned' | 'held' | 'finalized' | 'lapsed' | 'failed';
  /** Why it failed or lapsed, and the hop that is to blame as far as this node knows. */
  readonly reason: string | null;
  readonly hop: string | null;
  /** Amounts and fees of parts that are final. */
  readonly paid: string;
  readonly fees: string;
  /** Rounds of planning so far. */
  readonly rounds: number;
};

/** One intent as this node knows it: as sender, receiver, hop, or several of them. */
export type PaymentView = {
  readonly intent: string;
  readonly order: OrderView | null;
  readonly delivery: DeliveryView | null;
  readonly progress: ProgressView | null;
  readonly hops: readonly HopView[];
};

/** The parties that may read a payment: all that this node records of it concerns them. */
export function partiesOfPayment({ order, hops }: PaymentView): readonly string[] {
  const ordered = order === null ? [] : [order.payer];
  return [...ordered, ...hops.flatMap(({ from, to }) => [from, to])];
}
