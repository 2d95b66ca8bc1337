import { type SignedAmount, ZERO_SIGNED_AMOUNT } from '../units/amount.ts';
import type { UnixMs } from '../units/time.ts';

/** A year of 365 days, ms: what `rateBps` is a rate of. */
export const YEAR_MS = 31_536_000_000;

const CARRY_BASE = 10_000n * BigInt(YEAR_MS);

/**
 * The interest on a balance over `ms`: |balance| · rateBps · ms / (10,000 · 31,536,000,000), rounded
 * toward zero, with the sign of the balance: whoever owes, owes more, and what is not a whole unit is
 * never owed. Simple interest on one balance. The result may leave the range of amounts.
 */
export function carryOn(balance: SignedAmount, rateBps: number, ms: number): bigint {
  // Division of integers rounds toward zero, on both sides of it.
  return (balance * BigInt(rateBps) * BigInt(ms)) / CARRY_BASE;
}

/** A balance that both ends signed, and of when. */
export type CarryBase = { readonly at: UnixMs; readonly balance: SignedAmount };

/**
 * The carry of a state at `at` after the co-signed state before it; the first state has none. Seen
 * from a, as the balance is. `at` lies after the base's.
 */
export function carryAt(base: CarryBase | undefined, rateBps: number, at: UnixMs): bigint {
  return base === undefined ? ZERO_SIGNED_AMOUNT : carryOn(base.balance, rateBps, at - base.at);
}
