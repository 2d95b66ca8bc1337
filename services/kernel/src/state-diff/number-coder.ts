/**
 * Numbers below 2^64 as predicted bits: whether it is 0; how many bits it has; the bits below the first,
 * highest first. Every bit is predicted from all bits of the same number before it, under each context.
 */
import { BitPredictor, BLOCK, CONTEXTS } from './bit-predictor.ts';
import type { BitCoder } from './range-coder.ts';

/** A number below 2^64 in two halves of 32 bits. */
export type Halves = { hi: number; lo: number };

/** What a decision is about; each kind of each column learns by itself what a history means. */
const FLAG = 0;
const LENGTH = 1;
const HIGH = 2;
const LOW = 3;
const KINDS = 4;

/** Sites of a column: 64 for flag and length, 64 for the bits by their place. */
const SITES = 128;
const BITS_SITE = 64;
/** Bits below the first that count as high. */
const HIGH_BITS = 8;
/** Bits in one block; a length less 1 has two groups of them. */
const GROUP = 3;

/** How many bits a number has, 0 … 64. */
export function bitLength(hi: number, lo: number): number {
  return hi === 0 ? 32 - Math.clz32(lo) : 64 - Math.clz32(hi);
}

/** A 32-bit hash of two. */
export function mix(left: number, right: number): number {
  const product = Math.imul(left ^ Math.imul(right, 0x85eb_ca6b), 0x9e37_79b1);
  return product ^ (product >>> 15);
}

export class NumberCoder {
  private readonly coder: BitCoder;
  private readonly predictor: BitPredictor;
  private readonly seeds = new Int32Array(CONTEXTS);
  private column = 0;

  constructor(coder: BitCoder, tableBits: number, columns: number) {
    this.coder = coder;
    this.predictor = new BitPredictor(tableBits, columns * SITES, columns * KINDS);
  }

  /** Sets the column and the contexts of what is coded next; the first context is the column alone. */
  begin(column: number, second: number, third: number, fourth: number): void {
    const { seeds } = this;
    this.column = column;
    const own = mix(column + 1, 0x1234_5678);
    seeds[0] = own;
    seeds[1] = mix(own + 1, second);
    seeds[2] = mix(own + 2, third);
    seeds[3] = mix(own + 3, fourth);
  }

  private enter(node: number): void {
    for (let i = 0; i < CONTEXTS; i += 1) this.predictor.enter(i, mix(this.seeds[i] ?? 0, node));
  }

  private bit(offset: number, site: number, kind: number, bit: number): number {
    const { column, predictor } = this;
    const p = predictor.predict(offset, column * SITES + site, column * KINDS + kind);
    const coded = this.coder.code(bit, p);
    predictor.learn(coded);
    return coded;
  }

  /** Codes one bit. */
  flag(bit: number): number {
    this.enter(0);
    return this.bit(0, 0, FLAG, bit);
  }

  /** Codes how many bits a number has, less 1, as two groups of three bits. */
  private length(less: number): number {
    let tree = 1;
    let offset = 1;
    for (let i = 2 * GROUP - 1; i >= 0; i -= 1) {
      const bit = this.bit(offset, tree, LENGTH, (less >> i) & 1);
      tree = tree * 2 + bit;
      offset = offset * 2 + bit;
      if (offset < BLOCK || i === 0) continue;
      this.enter(tree);
      offset = 1;
    }
    return tree - 64;
  }

  /** Codes a number in place: an encoder leaves it, a decoder overwrites it. */
  number(value: Halves): void {
    const given = bitLength(value.hi, value.lo);
    if (this.flag(given === 0 ? 1 : 0) === 1) {
      value.hi = 0;
      value.lo = 0;
      return;
    }
    const top = this.length(given - 1);
    const { hi, lo } = value;
    let codedHi = top >= 32 ? 1 << (top - 32) : 0;
    let codedLo = top >= 32 ? 0 : 1 << top;
    let node = mix(top + 1, 0x77);
    let offset = 1;
    for (let i = top - 1; i >= 0; i -= 1) {
      if (offset === 1) this.enter(node);
      const wanted = i >= 32 ? hi >>> (i - 32) : lo >>> i;
      const bit = this.bit(offset, BITS_SITE + i, top - i <= HIGH_BITS ? HIGH : LOW, wanted & 1);
      if (i >= 32) codedHi |= bit << (i - 32);
      else codedLo |= bit << i;
      offset = offset * 2 + bit;
      if (offset >= BLOCK) {
        node = mix(node, offset);
        offset = 1;
      }
    }
    value.hi = codedHi >>> 0;
    value.lo = codedLo >>> 0;
  }
}
