/**
 * State diffs in the order of their edges, one after another, each in five columns: the gap to the edge
 * before, moves, magnitude and sign of the delta, flags. Encoder and decoder run the same code: where one
 * passes a bit on, the other reads it.
 */
import type { DiffMode } from './diff-mode.ts';
import { bitLength, type Halves, mix, NumberCoder } from './number-coder.ts';
import type { BitCoder } from './range-coder.ts';

const GAP = 0;
const MOVES = 1;
const MULTIPLE = 2;
const MAGNITUDE = 3;
const DECIMALS = 4;
const SIGN = 5;
const FLAGS = 6;
const COLUMNS = 7;

/** What the columns hold of one diff. */
export type DiffSymbols = {
  /** Edges between this one and the one before, or the begin. */
  gap: number;
  /** Moves less 1. */
  more: number;
  /** 1 if the delta is a multiple of the moves, and what follows is of the quotient. */
  multiple: number;
  /** The number without its decimal zeros, where the mode takes them off. */
  hi: number;
  lo: number;
  /** How many decimal zeros were taken off. */
  decimals: number;
  negative: number;
  flags: number;
};

const TABLE_BITS_MIN = 14;
const TABLE_BITS_MAX = 22;
/** Places of the table for one diff, log2. */
const PLACES_BITS = 6;

/** log2 of the places for `count` diffs. */
export function tableBits(count: number): number {
  const bits = bitLength(0, count) + PLACES_BITS;
  return Math.min(Math.max(bits, TABLE_BITS_MIN), TABLE_BITS_MAX);
}

export class DiffCoder {
  private readonly numbers: NumberCoder;
  private readonly mode: DiffMode;
  private readonly value: Halves = { hi: 0, lo: 0 };
  /** Of the diffs before: lengths of gaps, moves and magnitudes; the last magnitude, sign and flags. */
  private gapLength = 0;
  private gapLengthBefore = 0;
  private movesLength = 0;
  private length = 0;
  private lengthBefore = 0;
  private magnitude = 0;
  private decimals = 0;
  private multiple = 0;
  private negative = 0;
  private flags = 0;

  constructor(coder: BitCoder, mode: DiffMode, count: number) {
    this.numbers = new NumberCoder(coder, tableBits(count), COLUMNS);
    this.mode = mode;
  }

  /** A number below 2^32. */
  private small(value: number): number {
    this.value.hi = 0;
    this.value.lo = value;
    this.numbers.number(this.value);
    // Another's bytes may say more; 2^32 is out of every range.
    return this.value.hi === 0 ? this.value.lo : 0x1_0000_0000;
  }

  /** Codes one diff in place: an encoder leaves it, a decoder overwrites it. */
  code(symbols: DiffSymbols): void {
    const { numbers, value } = this;
    numbers.begin(GAP, this.gapLength + 1, this.gapLengthBefore * 64 + this.gapLength, this.length);
    symbols.gap = this.small(symbols.gap);
    const gapLength = bitLength(0, symbols.gap);
    numbers.begin(MOVES, this.movesLength, this.length, gapLength);
    symbols.more = this.small(symbols.more);
    const movesLength = bitLength(0, symbols.more);
    if (this.mode.unitPrices && symbols.more > 0) {
      numbers.begin(MULTIPLE, movesLength, symbols.more, this.multiple);
      symbols.multiple = numbers.flag(symbols.multiple);
      this.multiple = symbols.multiple;
    } else {
      symbols.multiple = 0;
    }
    const divisor = symbols.multiple === 1 ? 0 : symbols.more + 1;
    numbers.begin(MAGNITUDE, divisor, this.magnitude, mix(this.length, this.lengthBefore));
    value.hi = symbols.hi;
    value.lo = symbols.lo;
    numbers.number(value);
    symbols.hi = value.hi;
    symbols.lo = value.lo;
    const length = bitLength(value.hi, value.lo);
    const magnitude = mix(value.hi, value.lo);
    this.codeRest(symbols, length, magnitude, movesLength);
    this.gapLengthBefore = this.gapLength;
    this.gapLength = gapLength;
    this.movesLength = movesLength;
    this.lengthBefore = this.length;
    this.length = length;
    this.magnitude = magnitude;
  }

  private codeRest(s: DiffSymbols, length: number, magnitude: number, movesLength: number): void {
    const { numbers } = this;
    s.decimals = 0 < length && this.mode.decimals ? this.codeDecimals(s, length, magnitude) : 0;
    if (length > 0) {
      numbers.begin(SIGN, length, magnitude, this.negative + 1);
      s.negative = numbers.flag(s.negative);
      this.negative = s.negative;
    } else {
      s.negative = 0;
    }
    numbers.begin(FLAGS, length, movesLength, this.flags);
    s.flags = this.small(s.flags);
    this.flags = s.flags;
  }

  private codeDecimals(symbols: DiffSymbols, length: number, magnitude: number): number {
    this.numbers.begin(DECIMALS, length, magnitude, this.decimals + 1);
    this.decimals = this.small(symbols.decimals);
    return this.decimals;
  }
}
