import type { PartToSend } from '@atomicity/kernel/routing/plan';
import type { Hash, Nonce } from '@atomicity/kernel/units/id';
import { type UnixMs, unixMs } from '@atomicity/kernel/units/time';
import type { CapacityVoucher, PaymentOrder } from '@atomicity/kernel/wire/objects';

export type PartTerms = {
  readonly intent: Hash;
  readonly order: PaymentOrder;
  readonly part: Nonce;
  readonly nonce: Nonce;
  readonly probe: boolean;
  /** By this book's clock. */
  readonly now: UnixMs;
  /** The newest reading of the first hop's clock. */
  readonly seenAt: UnixMs;
};

/** The sender's voucher for one part or probe of a plan. */
export function partVoucher(planned: PartToSend, terms: PartTerms): CapacityVoucher {
  const { intent, order, part, nonce, probe, now, seenAt } = terms;
  return {
    v: 1,
    type: 'CapacityVoucher',
    intent,
    edge: planned.edge,
    from: order.payer,
    to: planned.to,
    denomination: order.denomination,
    amount: planned.amount,
    fee: planned.fee,
    at: now,
    expiresAt: unixMs(now + planned.ttlMs),
    policyHash: planned.policyHash,
    prevReceipt: null,
    grant: null,
    route: { part, finalizeKey: order.finalizeKey, seenAt, probe, hops: planned.hops },
    nonce,
  };
}
