/**
 * Batches of state diffs for tests and measurements, all from a seed, and what an ideal code that knows
 * the generator would spend on them.
 */
import type { StateDiff } from '../state-diff/state-diff.ts';
import { signedAmount } from '../units/amount.ts';

export type DiffBatch = {
  readonly registrySize: number;
  readonly diffs: readonly StateDiff[];
  /** −log2 of the probability that the generator gave these deltas, moves and flags to these edges. */
  readonly valueBits: number;
};

type Draw<T> = { readonly value: T; readonly bits: number };

/** Numbers 0 … 2^32−1 from a seed: a counter through the finalizer of MurmurHash3. */
export function seededWords(seed: number): () => number {
  let counter = seed >>> 0;
  return () => {
    counter = (counter + 0x9e37_79b9) >>> 0;
    let word = counter;
    word = Math.imul(word ^ (word >>> 16), 0x85eb_ca6b);
    word = Math.imul(word ^ (word >>> 13), 0xc2b2_ae35);
    return (word ^ (word >>> 16)) >>> 0;
  };
}

class Source {
  private readonly word: () => number;

  constructor(seed: number) {
    this.word = seededWords(seed);
  }

  unit(): number {
    return this.word() / 2 ** 32;
  }

  below(n: number): number {
    return Math.floor(this.unit() * n);
  }

  /** `count` of the numbers below `size`, ascending. */
  subset(size: number, count: number): readonly number[] {
    const chosen = new Set<number>();
    while (chosen.size < count) chosen.add(this.below(size));
    return [...chosen].sort((left, right) => left - right);
  }

  /** 1 and more: one more with probability `more`. */
  geometric(more: number): Draw<number> {
    let value = 1;
    while (this.unit() < more) value += 1;
    return { value, bits: -(value - 1) * Math.log2(more) - Math.log2(1 - more) };
  }

  flags(): Draw<number> {
    let rest = this.unit();
    for (const [flags, p] of [
      [4, 0.02],
      [1, 0.007],
      [2, 0.003],
    ] as const) {
      if (rest < p) return { value: flags, bits: -Math.log2(p) };
      rest -= p;
    }
    return { value: 0, bits: -Math.log2(0.97) };
  }

  /** A magnitude of `least` … `most` bits, every length as likely as any other, and either sign. */
  wide(least: number, most: number): Draw<bigint> {
    const length = least + this.below(most - least + 1);
    let value = 1n;
    for (let i = 1; i < length; i += 1) value = 2n * value + BigInt(this.below(2));
    const bits = Math.log2(most - least + 1) + length;
    return { value: this.below(2) === 0 ? value : -value, bits };
  }
}

type DrawDelta = (source: Source, moves: number) => Draw<bigint>;

export type BatchSize = {
  readonly seed: number;
  readonly count: number;
  readonly registrySize: number;
};

function batch({ seed, count, registrySize }: BatchSize, more: number, draw: DrawDelta): DiffBatch {
  const source = new Source(seed);
  let valueBits = 0;
  const diffs = source.subset(registrySize, count).map((edge): StateDiff => {
    const moves = source.geometric(more);
    const delta = draw(source, moves.value);
    const flags = source.flags();
    valueBits += moves.bits + delta.bits + flags.bits;
    return { edge, delta: signedAmount(delta.value), moves: moves.value, flags: flags.value };
  });
  return { registrySize, diffs, valueBits };
}

const BAND = 0.7;
const BAND_HALF = 100;
const BAND_LEAST = -2_600;

/** In the band: the sum of two even draws, so a triangle over 199 values around −2,501. */
function bandDelta(source: Source): Draw<bigint> {
  const sum = source.below(BAND_HALF) + source.below(BAND_HALF);
  const ways = sum < BAND_HALF ? sum + 1 : 2 * BAND_HALF - 1 - sum;
  return {
    value: BigInt(BAND_LEAST + sum),
    bits: -Math.log2(BAND) - Math.log2(ways / BAND_HALF ** 2),
  };
}

/**
 * The skewed batch: 70 % of the deltas in one narrow band, as the book has it; the others of 8 … 40 bits and
 * either sign. Moves are geometric with mean 2, 3 % of the edges have a flag.
 */
export function skewedBatch(size: BatchSize): DiffBatch {
  return batch(size, 0.5, (source) => {
    if (source.unit() < BAND) return bandDelta(source);
    const wide = source.wide(8, 40);
    return { value: wide.value, bits: wide.bits - Math.log2(1 - BAND) };
  });
}

const PRICES = 40;

/** Metered services: 40 prices of three digits and up to three zeros, times a number of calls of mean 5. */
export function pricedBatch(size: BatchSize): DiffBatch {
  const source = new Source(size.seed ^ 0x5eed);
  const prices = Array.from(
    { length: PRICES },
    () => (1 + source.below(999)) * 10 ** source.below(4),
  );
  // The least of three even draws: a few prices are much more frequent than the rest.
  const beyond = (i: number): number => (1 - i / PRICES) ** 3;
  return batch(size, 0.8, (draws, moves) => {
    const i = Math.min(draws.below(PRICES), draws.below(PRICES), draws.below(PRICES));
    const value = -BigInt((prices[i] ?? 0) * moves);
    return { value, bits: -Math.log2(beyond(i) - beyond(i + 1)) };
  });
}

/** Nothing to learn but the range: deltas of 1 … 63 bits. */
export function wideBatch(size: BatchSize): DiffBatch {
  return batch(size, 0.5, (source) => source.wide(1, 63));
}

/** log2 of n! */
function logFactorial(n: number): number {
  let sum = 0;
  for (let i = 2; i <= n; i += 1) sum += Math.log2(i);
  return sum;
}

/** log2 of how many sets of `count` edges there are: what any code needs for which edges moved. */
export function edgeSetBits({ registrySize, diffs }: DiffBatch): number {
  const rest = registrySize - diffs.length;
  return logFactorial(registrySize) - logFactorial(diffs.length) - logFactorial(rest);
}

/** What an ideal code spends that knows the generator: no code does with less on average. */
export function generatorBits(of: DiffBatch): number {
  return edgeSetBits(of) + of.valueBits;
}

/**
 * log2 of in how many ways the values, as they occur, can be dealt out to the edges, and of the edge sets.
 * It leaves out which values occur, and how often: a code that has to say so cannot reach it.
 */
export function arrangementBits(of: DiffBatch): number {
  const counts = new Map<string, number>();
  for (const { delta, moves, flags } of of.diffs) {
    const value = `${delta},${moves},${flags}`;
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  let bits = logFactorial(of.diffs.length);
  for (const count of counts.values()) bits -= logFactorial(count);
  return edgeSetBits(of) + bits;
}
