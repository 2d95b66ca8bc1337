import { type Amount, amount } from '../units/amount.ts';
import { type UnixMs, unixMs } from '../units/time.ts';

/**
 * What one field element of a note holds:
 * spend (64-bit slot, below 2^63) | at·2^64 (48 bits) | category·2^112 (3) | regime·2^115 (5).
 */
export type PackedNote = {
  /** Amount + fee, in ledger units. */
  readonly spend: Amount;
  /** Authorization time. */
  readonly at: UnixMs;
  readonly category: number;
  readonly regime: number;
};

const BITS = 120n;

function small(value: number, bits: number, name: string): bigint {
  if (!Number.isInteger(value) || value < 0 || value >= 2 ** bits) {
    throw new RangeError(`${name} does not fit ${bits} bits: ${value}`);
  }
  return BigInt(value);
}

/** Packs a note into an integer below 2^120. @throws RangeError for category > 7 or regime > 31. */
export function pack(note: PackedNote): bigint {
  return (
    note.spend |
    (BigInt(note.at) << 64n) |
    (small(note.category, 3, 'category') << 112n) |
    (small(note.regime, 5, 'regime') << 115n)
  );
}

/**
 * The inverse of `pack`.
 * @throws RangeError for an integer that `pack` never gives: 2^120 or more, or a spend of 2^63 or
 * more.
 */
export function unpack(packed: bigint): PackedNote {
  if (packed < 0n || packed >> BITS !== 0n) throw new RangeError('not a packed note');
  return {
    spend: amount(BigInt.asUintN(64, packed)),
    at: unixMs(Number(BigInt.asUintN(48, packed >> 64n))),
    category: Number(BigInt.asUintN(3, packed >> 112n)),
    regime: Number(packed >> 115n),
  };
}
