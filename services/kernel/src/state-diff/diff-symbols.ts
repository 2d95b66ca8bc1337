/** A state diff as the columns hold it, and back. */
import { AMOUNT_MAX, type SignedAmount } from '../units/amount.ts';
import type { DiffSymbols } from './diff-coder.ts';
import { type DiffMode, decimalZeros, standing } from './diff-mode.ts';
import type { StateDiff } from './state-diff.ts';

const LOW_HALF = 0xffff_ffffn;
const DECIMALS_MAX = 18;
const MORE_MAX = 0xffff_fffe;
const FLAGS_MAX = 0xffff;

export function emptySymbols(): DiffSymbols {
  return { gap: 0, more: 0, multiple: 0, hi: 0, lo: 0, decimals: 0, negative: 0, flags: 0 };
}

/** Writes a diff into `symbols`; `before` is the edge of the diff before, −1 for the first. */
export function toSymbols(
  diff: StateDiff,
  before: number,
  mode: DiffMode,
  symbols: DiffSymbols,
): void {
  const { edge, delta, moves, flags } = diff;
  symbols.gap = edge - before - 1;
  symbols.more = moves - 1;
  symbols.flags = flags;
  symbols.negative = delta < 0n ? 1 : 0;
  const isMultiple = mode.unitPrices && moves > 1 && delta % BigInt(moves) === 0n;
  symbols.multiple = isMultiple ? 1 : 0;
  let value = standing(diff, mode.unitPrices);
  symbols.decimals = mode.decimals ? decimalZeros(value) : 0;
  if (symbols.decimals > 0) value /= 10n ** BigInt(symbols.decimals);
  symbols.hi = Number(value >> 32n);
  symbols.lo = Number(value & LOW_HALF);
}

/** The delta that the symbols stand for, or `undefined` if they are not those of any delta. */
function deltaOf(symbols: DiffSymbols, mode: DiffMode): SignedAmount | undefined {
  const { hi, lo, decimals, more, multiple, negative } = symbols;
  let magnitude = (BigInt(hi) << 32n) | BigInt(lo);
  if (mode.decimals) {
    if (decimals > DECIMALS_MAX || (magnitude !== 0n && magnitude % 10n === 0n)) return undefined;
    magnitude *= 10n ** BigInt(decimals);
  }
  const moves = BigInt(more + 1);
  if (multiple === 1) magnitude *= moves;
  else if (mode.unitPrices && more > 0 && magnitude % moves === 0n) return undefined;
  if (magnitude > AMOUNT_MAX) return undefined;
  return (negative === 1 ? -magnitude : magnitude) as SignedAmount;
}

/** The diff of the symbols, or the member that is not in its range or not in its only form. */
export function fromSymbols(
  symbols: DiffSymbols,
  before: number,
  registrySize: number,
  mode: DiffMode,
): StateDiff | 'edge' | 'moves' | 'delta' | 'flags' {
  const edge = before + 1 + symbols.gap;
  if (edge >= registrySize) return 'edge';
  if (symbols.more > MORE_MAX) return 'moves';
  const delta = deltaOf(symbols, mode);
  if (delta === undefined) return 'delta';
  if (symbols.flags > FLAGS_MAX) return 'flags';
  return { edge, delta, moves: symbols.more + 1, flags: symbols.flags };
}
