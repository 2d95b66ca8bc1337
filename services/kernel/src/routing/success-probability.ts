import type { Amount } from '../units/amount.ts';

/**
 * What an edge can carry, as far as somebody else knows: uniformly distributed between the bounds,
 * in ledger units. 0 ≤ lower ≤ upper. Beliefs only rank routes; no balance is made of them.
 */
export type CapacityBelief = { readonly lower: number; readonly upper: number };

/** What is believed of an edge of which only the stated capacity is known. */
export function uniformUpTo(capacity: Amount): CapacityBelief {
  return { lower: 0, upper: Number(capacity) };
}

/**
 * The chance that an edge carries `amount`, 0 … 1: P(a < X) for X uniform on [lower, upper], which
 * is 1 − a/C for [0, C]. At the upper bound and above an edge is unusable: 0.
 * Source: The Micropayment Internet, ch. 4 (L752–776).
 */
export function successProbability(amount: Amount, { lower, upper }: CapacityBelief): number {
  const a = Number(amount);
  if (a >= upper) return 0;
  return a <= lower ? 1 : (upper - a) / (upper - lower);
}
