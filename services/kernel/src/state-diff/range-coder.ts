/**
 * A binary range coder in whole numbers below 2^32: the same bytes on every machine. Probabilities are of a 1, in 1/65,536.
 * Source: G. N. N. Martin, Range encoding, 1979; the carry as in LZMA.
 */
const TOP = 0x100_0000;
const FULL = 0xffff_ffff;
const CODE_BYTES = 4;

/** Part of `range` that stands for a 1: at least 1 and less than `range`, for range ≥ 2^24 and p 1 … 65,535. */
function boundOf(range: number, p: number): number {
  return (range >>> 16) * p + (((range & 0xffff) * p) >>> 16);
}

/** What codes bits: an encoder takes the bit, a decoder ignores it and gives the one that it reads. */
export type BitCoder = { readonly code: (bit: number, p: number) => number };

export class RangeEncoder implements BitCoder {
  private bytes = new Uint8Array(1024);
  private length = 0;
  private low = 0;
  private range = FULL;

  private push(byte: number): void {
    if (this.length === this.bytes.length) {
      const grown = new Uint8Array(this.length * 2);
      grown.set(this.bytes);
      this.bytes = grown;
    }
    this.bytes[this.length] = byte;
    this.length += 1;
  }

  private carry(): void {
    let i = this.length - 1;
    while (this.bytes[i] === 0xff) {
      this.bytes[i] = 0;
      i -= 1;
    }
    this.bytes[i] = (this.bytes[i] ?? 0) + 1;
  }

  code(bit: number, p: number): number {
    const bound = boundOf(this.range, p);
    if (bit === 1) {
      this.range = bound;
    } else {
      this.range -= bound;
      this.low += bound;
      if (this.low > FULL) {
        this.low -= FULL + 1;
        this.carry();
      }
    }
    while (this.range < TOP) {
      this.push(this.low >>> 24);
      this.low = (this.low << 8) >>> 0;
      this.range = (this.range << 8) >>> 0;
    }
    return bit;
  }

  /** The bytes so far, ended by as few as tell the last bits apart: 0 … 4. Called once. */
  finish(): Uint8Array {
    for (let kept = 0; kept <= CODE_BYTES; kept += 1) {
      const step = 2 ** (8 * (CODE_BYTES - kept));
      const value = Math.ceil(this.low / step) * step;
      if (value > this.low + this.range - 1) continue;
      if (value > FULL) this.carry();
      for (let i = 0; i < kept; i += 1) this.push(Math.floor(value / 2 ** (24 - 8 * i)) & 0xff);
      break;
    }
    return this.bytes.slice(0, this.length);
  }
}

/** Reads what `RangeEncoder` wrote. Of other bytes it reads bits too: whoever decodes checks the result. */
export class RangeDecoder implements BitCoder {
  private readonly bytes: Uint8Array;
  private place: number;
  private range = FULL;
  private value = 0;

  constructor(bytes: Uint8Array, offset: number) {
    this.bytes = bytes;
    this.place = offset;
    for (let i = 0; i < CODE_BYTES; i += 1) this.shift();
  }

  private shift(): void {
    // After the end come zeros: the encoder left out at most 4 of them.
    this.value = ((this.value << 8) | (this.bytes[this.place] ?? 0)) >>> 0;
    this.place += 1;
  }

  /** True once more was read than an encoder can have left out. */
  get isExhausted(): boolean {
    return this.place > this.bytes.length + CODE_BYTES;
  }

  /** Where the next byte is read. */
  get offset(): number {
    return this.place;
  }

  code(_bit: number, p: number): number {
    const bound = boundOf(this.range, p);
    let bit = 1;
    if (this.value < bound) {
      this.range = bound;
    } else {
      bit = 0;
      this.value -= bound;
      this.range -= bound;
    }
    while (this.range < TOP) {
      this.shift();
      this.range = (this.range << 8) >>> 0;
    }
    return bit;
  }
}
