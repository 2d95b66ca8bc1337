declare const denominationBrand: unique symbol;

/**
 * A unit of account, `CODE/scale`: CODE is 2 to 12 of A-Z0-9 starting with a letter, scale (0 … 9)
 * the number of decimals that one ledger unit resolves. `USD/6` counts millionths of a dollar.
 */
export type Denomination = string & { readonly [denominationBrand]: true };

const DENOMINATION = /^[A-Z][A-Z0-9]{1,11}\/[0-9]$/;

/** Reads a denomination, or gives `undefined`. */
export function parseDenomination(text: string): Denomination | undefined {
  return DENOMINATION.test(text) ? (text as Denomination) : undefined;
}

/** The number of decimals of one ledger unit, 0 … 9. */
export function scaleOf(denomination: Denomination): number {
  return denomination.charCodeAt(denomination.length - 1) - 48;
}
