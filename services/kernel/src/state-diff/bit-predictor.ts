/**
 * Predicts one bit from several contexts at once. Each context has a counted probability and a short
 * history whose meaning is learnt; a mixer learns whom to trust where. Whole numbers only: every machine
 * predicts the same.
 * Source: M. Mahoney, Adaptive weighing of context models for lossless data compression, 2005.
 */
import { STRETCH, squash } from './logistic.ts';

/** Contexts of every decision. */
export const CONTEXTS = 4;
/** Two of each context, and a constant. */
const INPUTS = 2 * CONTEXTS + 1;
/** Places in the table that one hash leads to: a flag, or three bits of a number. */
export const BLOCK = 8;
/** How often each context was seen, in four classes. */
const TRUSTS = 4 ** CONTEXTS;

const WEIGHT_BITS = 16;
const WEIGHT_MAX = 4 * 2 ** WEIGHT_BITS;
const WEIGHT_AT_FIRST = 2 ** WEIGHT_BITS / (2 * CONTEXTS);
const LEARNING_RATE = 24;
const BIAS = 256;

const COUNT_MAX = 1023;
const HISTORIES = 256;
const TOP_BIT = 0x8000_0000;

/** Share of the error by which a probability moves after `count` bits: 1 / (count + 1.5), in 1/4,096. */
const RATE = Uint16Array.from({ length: COUNT_MAX + 1 }, (_, n) => Math.floor(8192 / (2 * n + 3)));

/** A history says how often 0 and 1 came, 0 … 15 each; both are halved when one would leave that. */
function nextHistory(history: number, bit: number): number {
  const zeros = (history >> 4) + 1 - bit;
  const ones = (history & 15) + bit;
  return zeros > 15 || ones > 15 ? ((zeros >> 1) << 4) | (ones >> 1) : (zeros << 4) | ones;
}

/** By history, and 256 later by history after a 1. */
const NEXT = Uint8Array.from({ length: 2 * HISTORIES }, (_, i) =>
  nextHistory(i % HISTORIES, i < HISTORIES ? 0 : 1),
);

/** What `bit` makes of a probability in the upper 22 bits and a count in the lower 10. */
function learnt(packed: number, bit: number): number {
  const count = packed & COUNT_MAX;
  const p = packed >>> 10;
  const error = (bit === 1 ? 0x3f_ffff - p : -p) >> 4;
  const moved = p + ((error * (RATE[count] ?? 0)) >> 8);
  return ((moved << 10) | (count < COUNT_MAX ? count + 1 : count)) >>> 0;
}

/** What a history means before anything is learnt: (ones + 2/5) / (all + 4/5). */
const FIRST_MEANINGS = Uint32Array.from({ length: HISTORIES }, (_, history) => {
  const ones = history & 15;
  const all = (history >> 4) + ones;
  const p = Math.floor(((5 * ones + 2) * 2 ** 22) / (5 * all + 4));
  return (p << 10) >>> 0;
});

function clamped(weight: number): number {
  return weight > WEIGHT_MAX ? WEIGHT_MAX : Math.max(weight, -WEIGHT_MAX);
}

export class BitPredictor {
  private readonly mask: number;
  /** Probability and count, the top bit turned: a fresh table means one half. */
  private readonly chances: Uint32Array;
  private readonly histories: Uint8Array;
  private readonly meanings: Uint32Array;
  private readonly weights: Int32Array;
  private readonly trustsAt: number;
  private readonly blocks = new Int32Array(CONTEXTS);
  private readonly places = new Int32Array(CONTEXTS);
  private readonly meant = new Int32Array(CONTEXTS);
  private readonly inputs = new Int32Array(INPUTS);
  private siteWeights = 0;
  private trustWeights = 0;
  private p = 0;

  /** `tableBits`: log2 of the places that all contexts share. Weights are per site, meanings per kind. */
  constructor(tableBits: number, sites: number, kinds: number) {
    const places = 2 ** tableBits;
    this.mask = (places - 1) & ~(BLOCK - 1);
    this.chances = new Uint32Array(places);
    this.histories = new Uint8Array(places);
    this.meanings = new Uint32Array(kinds * CONTEXTS * HISTORIES);
    for (let i = 0; i < this.meanings.length; i += HISTORIES) this.meanings.set(FIRST_MEANINGS, i);
    this.trustsAt = sites;
    this.weights = new Int32Array((sites + TRUSTS) * INPUTS);
    this.weights.fill(WEIGHT_AT_FIRST, 0, sites * INPUTS);
    for (let i = INPUTS - 1; i < sites * INPUTS; i += INPUTS) this.weights[i] = 0;
    this.inputs[INPUTS - 1] = BIAS;
  }

  /** Chooses the block of context `i` for the bits that come next. */
  enter(i: number, hash: number): void {
    this.blocks[i] = hash & this.mask;
  }

  /** The probability in 1/65,536 that the bit at `offset` of the entered blocks is a 1. */
  predict(offset: number, site: number, kind: number): number {
    const { inputs, blocks, places, meant, weights, chances, histories, meanings } = this;
    let trust = 0;
    for (let i = 0; i < CONTEXTS; i += 1) {
      const place = (blocks[i] ?? 0) + offset;
      const packed = ((chances[place] ?? 0) ^ TOP_BIT) >>> 0;
      const meaning = (kind * CONTEXTS + i) * HISTORIES + (histories[place] ?? 0);
      const seen = packed & COUNT_MAX;
      places[i] = place;
      meant[i] = meaning;
      inputs[2 * i] = STRETCH[packed >>> 20] ?? 0;
      inputs[2 * i + 1] = STRETCH[(meanings[meaning] ?? 0) >>> 20] ?? 0;
      trust = trust * 4 + (seen === 0 ? 0 : seen < 3 ? 1 : seen < 24 ? 2 : 3);
    }
    this.siteWeights = site * INPUTS;
    this.trustWeights = (this.trustsAt + trust) * INPUTS;
    let sum = 0;
    for (let i = 0; i < INPUTS; i += 1) {
      const weight = (weights[this.siteWeights + i] ?? 0) + (weights[this.trustWeights + i] ?? 0);
      sum += ((inputs[i] ?? 0) * (weight >> 4)) >> 4;
    }
    this.p = squash(sum >> 8);
    return this.p;
  }

  /** Learns what the bit was that was predicted last. */
  learn(bit: number): void {
    const { inputs, places, meant, weights, chances, histories, meanings } = this;
    const error = ((bit === 1 ? 65_536 - this.p : -this.p) * LEARNING_RATE) >> 8;
    for (let i = 0; i < INPUTS; i += 1) {
      const step = ((inputs[i] ?? 0) * error + 0x2000) >> 14;
      const atSite = this.siteWeights + i;
      const atTrust = this.trustWeights + i;
      weights[atSite] = clamped((weights[atSite] ?? 0) + step);
      weights[atTrust] = clamped((weights[atTrust] ?? 0) + step);
    }
    const turn = bit * HISTORIES;
    for (let i = 0; i < CONTEXTS; i += 1) {
      const place = places[i] ?? 0;
      const meaning = meant[i] ?? 0;
      chances[place] = learnt(((chances[place] ?? 0) ^ TOP_BIT) >>> 0, bit) ^ TOP_BIT;
      histories[place] = NEXT[turn + (histories[place] ?? 0)] ?? 0;
      meanings[meaning] = learnt(meanings[meaning] ?? 0, bit);
    }
  }
}
