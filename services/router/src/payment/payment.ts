import type { Amount } from '@atomicity/kernel/units/amount';
import type { Hash, PartyId } from '@atomicity/kernel/units/id';
import type { Refusal } from '@atomicity/kernel/wire/refusals';

/** The signed texts that a payment starts from. */
export type PaymentRequest = {
  /** PaymentOrder of the agent's party. */
  readonly order: string;
  /** PaymentIntent of the receiver, with delivery. */
  readonly intent: string;
  /**
   * KeyDelegation, by the receiver's identity, of the key that signed the intent; null where the own
   * book knows that key.
   */
  readonly delegation: string | null;
};

/**
 * `planned`: parts are being sent. `held`: the whole amount is on its way and acknowledged by the
 * first hops. `finalized`: the receiver took it. `lapsed`: it did not, in time. `failed`: it could
 * not be sent. The last three are ends.
 */
export type PaymentStatus = 'planned' | 'held' | 'finalized' | 'lapsed' | 'failed';

export const isEnd = (status: PaymentStatus): boolean =>
  status === 'finalized' || status === 'lapsed' || status === 'failed';

/** Where a payment stands. Amounts in ledger units. */
export type PaymentView = {
  readonly intent: Hash;
  readonly status: PaymentStatus;
  /** Why the last attempt failed or lapsed, and the hop to blame as far as is known. */
  readonly reason: string | null;
  readonly hop: PartyId | null;
  /** Delivered by parts that are final, without fees. */
  readonly paid: Amount;
  /** Fees of parts that are final. */
  readonly fees: Amount;
  /** Rounds of planning so far. */
  readonly rounds: number;
  /** First-hop vouchers of parts and probes, in the order of their issue. */
  readonly vouchers: readonly Hash[];
};

export type PaymentOutcome =
  | { readonly kind: 'taken'; readonly view: PaymentView }
  | { readonly kind: 'refused'; readonly refusal: Refusal };
