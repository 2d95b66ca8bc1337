import { createHash } from 'node:crypto';

/** sfc32: 128 bits of state, passes PractRand. Source: Chris Doty-Humphrey, PractRand 0.94. */
type Words = [number, number, number, number];

function wordsOf(label: string): Words {
  const digest = createHash('sha256').update(`atomicity simulation ${label}`).digest();
  const word = (i: number) => digest.readUInt32LE(i * 4);
  return [word(0), word(1), word(2), word(3)];
}

/**
 * Random draws that follow from a label alone. Each concern forks a stream of its own, so that one
 * more draw in one of them moves nothing in another.
 */
export class Random {
  readonly label: string;
  readonly #words: Words;

  constructor(label: string) {
    this.label = label;
    this.#words = wordsOf(label);
  }

  fork(name: string): Random {
    return new Random(`${this.label}/${name}`);
  }

  /** 32 random bits. */
  word(): number {
    const words = this.#words;
    const [a, b, c, counter] = words;
    const result = (a + b + counter) | 0;
    words[0] = b ^ (b >>> 9);
    words[1] = (c + (c << 3)) | 0;
    words[2] = (((c << 21) | (c >>> 11)) + result) | 0;
    words[3] = (counter + 1) | 0;
    return result >>> 0;
  }

  /** 0 ≤ x < 1. */
  unit(): number {
    return this.word() / 2 ** 32;
  }

  /** An integer, 0 ≤ n < bound. */
  below(bound: number): number {
    return Math.floor(this.unit() * bound);
  }

  /** An integer, low ≤ n ≤ high. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T {
    const value = list[this.below(list.length)];
    if (value === undefined) throw new Error('nothing to pick from');
    return value;
  }

  shuffled<T>(list: readonly T[]): T[] {
    const out = [...list];
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [out[i], out[j]] = [out[j] as T, out[i] as T];
    }
    return out;
  }

  bytes(count: number): Uint8Array {
    const out = new Uint8Array(count);
    for (let i = 0; i < count; i++) out[i] = this.word() & 0xff;
    return out;
  }
}
