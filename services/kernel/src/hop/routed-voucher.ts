import type { Edge, Intent } from '../book/state.ts';
import type { CapacityVoucher, Delivery, Route } from '../wire/objects.ts';
import type { Hop, Order, Policy } from './hop.ts';

/** A voucher of a payment across books. */
export type RoutedVoucher = CapacityVoucher & { readonly route: Route };

/** The place of a voucher in the payer's book. `deadline` by the clock of this book. */
export type PayerPlace = {
  readonly side: 'payer';
  readonly edge: Edge;
  readonly deadline: number;
} & (
  | { readonly role: 'sender'; readonly order: Order }
  | { readonly role: 'hop'; readonly incoming: Hop; readonly policy: Policy }
);

/** The place of a voucher in the payee's book. */
export type PayeePlace = {
  readonly side: 'payee';
  readonly edge: Edge;
  readonly deadline: number;
  readonly marginMs: number;
} & (
  | { readonly role: 'receiver'; readonly intent: Intent; readonly delivery: Delivery | null }
  | { readonly role: 'hop'; readonly policy: Policy }
);

export type HopPlace = PayerPlace | PayeePlace;

/** The present, and how far signed times may lie from it and holds may last, ms. */
export type TimeRules = {
  readonly now: number;
  readonly skewMs: number;
  readonly holdMsMax: number;
};

/**
 * When a payee's hold lapses, by its own clock: what the voucher gives from the reading of that clock
 * which its payer had seen, less the payee's margin, ms. The payer saw the reading before it signed,
 * so whatever its clock says its own hold lasts at least `marginMs` longer.
 */
export function payeeDeadline({ at, expiresAt, route }: RoutedVoucher, marginMs: number): number {
  return route.seenAt + (expiresAt - at) - marginMs;
}
