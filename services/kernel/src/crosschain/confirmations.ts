/** How many confirmations a value needs. */
import type { Rational } from './rational.ts';
import { type ReorgModel, reorgTail } from './reorg-model.ts';

/** More are asked of no chain. */
export const CONFIRMATIONS_MAX = 1_000;

/** True if P · value < lossMax, exactly. */
export function isBelowLoss({ num, den }: Rational, value: bigint, lossMax: bigint): boolean {
  return num * value < lossMax * den;
}

/**
 * The least k with P(d ≥ k) · V < L: the expected loss by a reorganisation stays below what may be lost.
 * `value` and `lossMax` are in the same unit, 0 or more. Null where CONFIRMATIONS_MAX are not enough, as
 * against half of the blocks, or where nothing may be lost: `lossMax` 0.
 * @throws RangeError for a negative value or loss.
 * Source: the book, ch. 8.6.
 */
export function requiredConfirmations(
  model: ReorgModel,
  value: bigint,
  lossMax: bigint,
): number | null {
  if (value < 0n) throw new RangeError(`value out of range: ${value}`);
  if (lossMax < 0n) throw new RangeError(`lossMax out of range: ${lossMax}`);
  const isEnough = (k: number) => isBelowLoss(reorgTail(model, k), value, lossMax);
  let enough = 1;
  while (!isEnough(enough)) {
    if (enough >= CONFIRMATIONS_MAX) return null;
    enough = Math.min(2 * enough, CONFIRMATIONS_MAX);
  }
  // The tail never grows with k: what is below the least is not enough, what is above it is.
  let tooFew = Math.floor(enough / 2);
  while (enough - tooFew > 1) {
    const middle = Math.floor((enough + tooFew) / 2);
    if (isEnough(middle)) enough = middle;
    else tooFew = middle;
  }
  return enough;
}

export type ConfirmationRow = {
  readonly chain: string;
  /** In the order of the buckets. */
  readonly confirmations: readonly (number | null)[];
};

/** The table chain × value: what each chain asks for each of the values. Rebuild it when a model changes. */
export function confirmationTable(
  models: readonly { readonly chain: string; readonly model: ReorgModel }[],
  values: readonly bigint[],
  lossMax: bigint,
): readonly ConfirmationRow[] {
  return models.map(({ chain, model }) => ({
    chain,
    confirmations: values.map((value) => requiredConfirmations(model, value, lossMax)),
  }));
}
