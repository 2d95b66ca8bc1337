import { hashField } from '../codec/field-encodings.ts';
import { type PoseidonHash, poseidon } from '../codec/poseidon.ts';
import type { Amount } from '../units/amount.ts';
import { type Hash, type Nonce, nonceToInteger } from '../units/id.ts';
import { type UnixMs, unixMs } from '../units/time.ts';

/** Payments that one batch note commits to. */
export const BATCH_ITEMS_MAX = 16;
/** A payment of a batch spends less than 2^48 units; its ceiling may be higher. */
export const ITEM_SPEND_MAX = 2n ** 48n - 1n;
/** A payment of a batch lies less than 2^32 ms (49 days) after the one before it. */
export const ITEM_STEP_MS_MAX = 2 ** 32 - 1;

/** One payment of a batch note. */
export type BatchItem = {
  /** Amount + its part of the fee, in ledger units: 0 … 2^48−1. */
  readonly spend: Amount;
  /** Milliseconds since the payment before it, for the first since the authorization: 0 … 2^32−1. */
  readonly stepMs: number;
};

/** What the commitment of a batch note hides, and its payee is given. */
export type BatchOpening = {
  /** Authorization time. */
  readonly at: UnixMs;
  /** 0 … 7 */
  readonly category: number;
  /** 0 … 31 */
  readonly regime: number;
  /** 1 … 16 payments, in order. */
  readonly items: readonly BatchItem[];
  readonly period: Hash;
  readonly token: bigint;
  /** 128 random bits, one draw for each note. */
  readonly salt: Nonce;
};

const ITEMS_PER_WORD = 3;
const WORDS = 6;
const ITEM_BITS = 80n;
const STEP_SHIFT = 48n;

/** What the payments of a batch spend together. */
export function batchSpend(items: readonly BatchItem[]): bigint {
  return items.reduce((sum, { spend }) => sum + spend, 0n);
}

/** Time of the last payment: `at` and all steps. Never before `at`. */
export function lastItemAt(at: UnixMs, items: readonly BatchItem[]): number {
  return items.reduce((time, { stepMs }) => time + stepMs, Number(at));
}

/** The time of each payment. @throws RangeError for a time of 2^48 or more. */
export function itemTimes(at: UnixMs, items: readonly BatchItem[]): readonly UnixMs[] {
  let time = Number(at);
  return items.map(({ stepMs }) => {
    time += stepMs;
    return unixMs(time);
  });
}

function checked(value: bigint, bits: bigint, name: string): bigint {
  if (value < 0n || value >> bits !== 0n) {
    throw new RangeError(`${name} does not fit ${bits} bits: ${value}`);
  }
  return value;
}

function packItem({ spend, stepMs }: BatchItem): bigint {
  return checked(spend, 48n, 'spend') | (checked(BigInt(stepMs), 32n, 'step') << STEP_SHIFT);
}

/**
 * The payments in six words, three of 80 bits to a word: spend | step·2^48; zero beyond the last.
 * @throws RangeError for none or more than 16, or a member outside its limits.
 */
export function itemWords(items: readonly BatchItem[]): readonly bigint[] {
  if (items.length < 1 || items.length > BATCH_ITEMS_MAX) {
    throw new RangeError(`a batch has 1 to ${BATCH_ITEMS_MAX} items, not ${items.length}`);
  }
  const words = new Array<bigint>(WORDS).fill(0n);
  items.forEach((item, i) => {
    const word = Math.floor(i / ITEMS_PER_WORD);
    const shift = ITEM_BITS * BigInt(i % ITEMS_PER_WORD);
    words[word] = (words[word] ?? 0n) | (packItem(item) << shift);
  });
  return words;
}

/**
 * The ten inputs of a batch commitment, in the order of the circuit; the seventh is
 * at (48 bits) | category·2^48 (3) | regime·2^51 (5) | itemCount·2^56 (5).
 * @throws RangeError as `itemWords`, or for a time, category or regime outside its limits.
 */
export function batchCommitmentInputs(opening: BatchOpening): readonly bigint[] {
  const { at, category, regime, items, period, token, salt } = opening;
  const header =
    checked(BigInt(at), 48n, 'at') |
    (checked(BigInt(category), 3n, 'category') << 48n) |
    (checked(BigInt(regime), 5n, 'regime') << 51n) |
    (BigInt(items.length) << 56n);
  return [...itemWords(items), header, hashField(period), token, nonceToInteger(salt)];
}

/** Poseidon('batch'; six words of payments, header, period, token, salt). @throws RangeError. */
export function batchCommitment(opening: BatchOpening, hash: PoseidonHash = poseidon): bigint {
  return hash('batch', batchCommitmentInputs(opening));
}
