declare const amountBrand: unique symbol;
declare const signedAmountBrand: unique symbol;

/** A quantity of some denomination, in units of its ledger scale: an integer 0 … 2^63−1. */
export type Amount = bigint & { readonly [amountBrand]: true };

/** A position, in units of its ledger scale: an integer −(2^63−1) … 2^63−1. */
export type SignedAmount = bigint & { readonly [signedAmountBrand]: true };

export const AMOUNT_MAX = 2n ** 63n - 1n;

const DECIMAL = /^(?:0|[1-9][0-9]{0,18})$/;
const SIGNED_DECIMAL = /^(?:0|-?[1-9][0-9]{0,18})$/;

/**
 * Makes an amount of `value` ledger units.
 * @throws RangeError outside 0 … 2^63−1: callers hold a value that they already know to fit.
 */
export function amount(value: bigint): Amount {
  if (value < 0n || value > AMOUNT_MAX) throw new RangeError(`amount out of range: ${value}`);
  return value as Amount;
}

export const ZERO_AMOUNT = amount(0n);

/**
 * Reads an amount from its wire form: decimal digits without sign, leading zeros, fraction or
 * exponent. Anything else, and anything above 2^63−1, gives `undefined`.
 */
export function parseAmount(text: string): Amount | undefined {
  if (!DECIMAL.test(text)) return undefined;
  const value = BigInt(text);
  return value > AMOUNT_MAX ? undefined : (value as Amount);
}

/** The wire form of an amount: the inverse of `parseAmount`. */
export function formatAmount(value: Amount): string {
  return value.toString();
}

/** The sum of two amounts, or `undefined` if it exceeds 2^63−1. */
export function addAmount(left: Amount, right: Amount): Amount | undefined {
  const sum = left + right;
  return sum > AMOUNT_MAX ? undefined : (sum as Amount);
}

/** `left − right`, or `undefined` if that is negative. */
export function subtractAmount(left: Amount, right: Amount): Amount | undefined {
  return right > left ? undefined : ((left - right) as Amount);
}

/**
 * Makes a position of `value` ledger units.
 * @throws RangeError outside −(2^63−1) … 2^63−1.
 */
export function signedAmount(value: bigint): SignedAmount {
  if (value < -AMOUNT_MAX || value > AMOUNT_MAX) {
    throw new RangeError(`signed amount out of range: ${value}`);
  }
  return value as SignedAmount;
}

export const ZERO_SIGNED_AMOUNT = signedAmount(0n);

/** Reads a position: as `parseAmount`, with one leading minus for negative values; `-0` is refused. */
export function parseSignedAmount(text: string): SignedAmount | undefined {
  if (!SIGNED_DECIMAL.test(text)) return undefined;
  const value = BigInt(text);
  return value < -AMOUNT_MAX || value > AMOUNT_MAX ? undefined : (value as SignedAmount);
}

/** The wire form of a position: the inverse of `parseSignedAmount`. */
export function formatSignedAmount(value: SignedAmount): string {
  return value.toString();
}

/** The sum of two positions, or `undefined` if it leaves −(2^63−1) … 2^63−1. */
export function addSignedAmount(left: SignedAmount, right: SignedAmount): SignedAmount | undefined {
  const sum = left + right;
  return sum < -AMOUNT_MAX || sum > AMOUNT_MAX ? undefined : (sum as SignedAmount);
}

/** The position that mirrors `value` on the other side of an edge. */
export function negateSignedAmount(value: SignedAmount): SignedAmount {
  return -value as SignedAmount;
}
