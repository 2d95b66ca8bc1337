/**
 * Poseidon of four inputs (a note's commitment) and of ten (that of a batch) in WebAssembly that this file
 * writes itself.
 *
 * Field elements are 9 limbs of 29 bits in Montgomery form (R = 2^261 > 169·r), one limb in eight bytes. A
 * column of a dot product of six elements sums at most 54 products below 2^58 and 9 of the reduction,
 * which stays below 2^64: nothing is carried until the end, and one reduction serves six elements. Longer
 * rows are two such products added. Values stay below 2^261 without any conditional subtraction: a product
 * of an element below 169·r with a constant below r gives less than 2·r, so does a power of one below 12·r;
 * an element that 66 partial rounds only add to stays below 12·r + 66·2·r, and a row of eleven below 12·r.
 * Source: P. L. Montgomery, "Modular multiplication without trial division" (1985).
 */
import { FIELD_ORDER } from '@atomicity/kernel/codec/field';
import { type PoseidonHash, poseidon, poseidonTag } from '@atomicity/kernel/codec/poseidon';
import { invert, type PoseidonRounds, poseidonRounds } from './poseidon-rounds.ts';
import { WasmCode, type WasmFunction, wasmModule } from './wasm-code.ts';

type Instance = { readonly exports: Readonly<Record<string, unknown>> };

/** The part of the platform's WebAssembly that is used here; Node's types leave it out. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object) => Instance;
  readonly Memory: new () => { readonly buffer: ArrayBuffer };
};

const ROUNDS_FULL = 8;
const LIMBS = 9;
const LIMB_BITS = 29;
const LIMB_MASK = 2n ** 29n - 1n;
const LIMB_MASK_NUMBER = Number(LIMB_MASK);
const MONTGOMERY_BITS = BigInt(LIMBS * LIMB_BITS);
const ELEMENT_BYTES = LIMBS * 8;

/** Elements of one dot product whose columns stay below 2^64. */
const DOT_ELEMENTS_MAX = 6;
const PAGE_BYTES = 65_536;

/** Number of elements of a state, and the partial rounds that circomlib has for it. */
type Shape = { readonly width: number; readonly roundsPartial: number };

const COMMITMENT: Shape = { width: 5, roundsPartial: 60 };
const BATCH: Shape = { width: 11, roundsPartial: 66 };

/** Where things lie in memory. */
function layoutOf({ width, roundsPartial }: Shape) {
  const roundBytes = width * ELEMENT_BYTES;
  /** A partial round's constant, row and column lie one after the other. */
  const sparseBytes = 2 * roundBytes;
  let end = 0;
  const place = (bytes: number): number => {
    end += bytes;
    return end - bytes;
  };
  const places = {
    state: place(roundBytes),
    next: place(roundBytes),
    scratch: place(ELEMENT_BYTES),
    sum: place(ELEMENT_BYTES),
    matrix: place(width * roundBytes),
    afterPartial: place(width * roundBytes),
    beforePartial: place(roundBytes),
    full: place(ROUNDS_FULL * roundBytes),
    partial: place(roundsPartial * sparseBytes),
  };
  return {
    ...places,
    width,
    roundBytes,
    sparseBytes,
    row: ELEMENT_BYTES,
    column: ELEMENT_BYTES + roundBytes,
    pages: Math.ceil(end / PAGE_BYTES),
  };
}

type Layout = ReturnType<typeof layoutOf>;

// Indexes of the functions below.
const DOT = 0;
const ADD = 1;
const ROW = 2;
const MIX = 3;
const POWER = 4;

const element = ({ state }: Layout, i: number): number => state + i * ELEMENT_BYTES;

const limbsOf = (value: bigint): bigint[] =>
  Array.from({ length: LIMBS }, (_, i) => (value >> BigInt(i * LIMB_BITS)) & LIMB_MASK);

const MODULUS = limbsOf(FIELD_ORDER);

/** −r^-1 mod 2^29, by Newton's iteration. */
function negatedInverse(): bigint {
  let inverse = 1n;
  for (let i = 0; i < 6; i++) inverse = (inverse * (2n - FIELD_ORDER * inverse)) & LIMB_MASK;
  return (LIMB_MASK + 1n - inverse) & LIMB_MASK;
}

/** dot(a, b, out, n): out = Σ a_k·b_k / R over n elements, below 2r. `out` may be an input. */
function dotFunction(): WasmFunction {
  const [a, b, out, count] = [0, 1, 2, 3];
  const limb = (i: number) => 4 + i;
  const column = (i: number) => 4 + LIMBS + i;
  const factor = column(2 * LIMBS);
  const code = new WasmCode();
  code.repeat(count, () => {
    for (let i = 0; i < LIMBS; i++)
      code
        .get(a)
        .load(8 * i)
        .set(limb(i));
    for (let j = 0; j < LIMBS; j++) {
      code
        .get(b)
        .load(8 * j)
        .set(factor);
      for (let i = 0; i < LIMBS; i++) {
        code.get(limb(i)).get(factor).mul64();
        code
          .get(column(i + j))
          .add64()
          .set(column(i + j));
      }
    }
    code.advance(a, ELEMENT_BYTES).advance(b, ELEMENT_BYTES);
  });
  for (let i = 0; i < LIMBS; i++) {
    code.get(column(i)).i64(negatedInverse()).mul64().i64(LIMB_MASK).and64().set(factor);
    for (const [j, digit] of MODULUS.entries()) {
      code
        .get(factor)
        .i64(digit)
        .mul64()
        .get(column(i + j))
        .add64()
        .set(column(i + j));
    }
    carry(code, column(i), column(i + 1));
  }
  for (let i = LIMBS; i < 2 * LIMBS; i++) {
    if (i + 1 < 2 * LIMBS) carry(code, column(i), column(i + 1));
    code
      .get(out)
      .get(column(i))
      .i64(LIMB_MASK)
      .and64()
      .store(8 * (i - LIMBS));
  }
  return { parameters: 4, locals: 3 * LIMBS + 1, code };
}

/** to += from >> 29 */
function carry(code: WasmCode, from: number, to: number): void {
  code.get(from).i64(LIMB_BITS).shiftRight64().get(to).add64().set(to);
}

/** add(a, b): a = a + b with limbs carried. */
function addFunction(): WasmFunction {
  const [a, b, sum] = [0, 1, 2];
  const code = new WasmCode();
  for (let i = 0; i < LIMBS; i++) {
    code
      .get(a)
      .load(8 * i)
      .get(b)
      .load(8 * i)
      .add64();
    if (i > 0) code.get(sum).i64(LIMB_BITS).shiftRight64().add64();
    code
      .set(sum)
      .get(a)
      .get(sum)
      .i64(LIMB_MASK)
      .and64()
      .store(8 * i);
  }
  return { parameters: 2, locals: 1, code };
}

/** row(a, b, out): out = Σ a_k·b_k / R over the whole width. `out` is no input. */
function rowFunction({ width, sum }: Layout): WasmFunction {
  const [a, b, out] = [0, 1, 2];
  const code = new WasmCode();
  if (width <= DOT_ELEMENTS_MAX) {
    code.get(a).get(b).get(out).i32(width).call(DOT);
  } else {
    const rest = DOT_ELEMENTS_MAX * ELEMENT_BYTES;
    code.get(a).get(b).i32(sum).i32(DOT_ELEMENTS_MAX).call(DOT);
    code.address(a, rest).address(b, rest).get(out);
    code.i32(width - DOT_ELEMENTS_MAX).call(DOT);
    code.get(out).i32(sum).call(ADD);
  }
  return { parameters: 3, locals: 0, code };
}

/** mix(matrix): state = matrix · state */
function mixFunction({ width, state, next, roundBytes }: Layout): WasmFunction {
  const matrix = 0;
  const code = new WasmCode();
  for (let i = 0; i < width; i++) {
    code
      .i32(state)
      .get(matrix)
      .i32(next + i * ELEMENT_BYTES)
      .call(ROW);
    code.advance(matrix, roundBytes);
  }
  code.copy(state, next, roundBytes);
  return { parameters: 1, locals: 0, code, name: 'mix' };
}

/** power(x): x = x^5 */
function powerFunction({ scratch }: Layout): WasmFunction {
  const x = 0;
  const code = new WasmCode();
  code.get(x).get(x).i32(scratch).i32(1).call(DOT);
  code.i32(scratch).i32(scratch).i32(scratch).i32(1).call(DOT);
  code.i32(scratch).get(x).get(x).i32(1).call(DOT);
  return { parameters: 1, locals: 0, code };
}

/** shift(constants): state = state + constants */
function shiftFunction(layout: Layout): WasmFunction {
  const code = new WasmCode();
  for (let i = 0; i < layout.width; i++)
    code
      .i32(element(layout, i))
      .address(0, i * ELEMENT_BYTES)
      .call(ADD);
  return { parameters: 1, locals: 0, code, name: 'shift' };
}

/** full(constants, count): full rounds. */
function fullFunction(layout: Layout): WasmFunction {
  const [constants, count] = [0, 1];
  const code = new WasmCode();
  code.repeat(count, () => {
    for (let i = 0; i < layout.width; i++) {
      code
        .i32(element(layout, i))
        .address(constants, i * ELEMENT_BYTES)
        .call(ADD);
      code.i32(element(layout, i)).call(POWER);
    }
    code.i32(layout.matrix).call(MIX).advance(constants, layout.roundBytes);
  });
  return { parameters: 2, locals: 0, code, name: 'full' };
}

/** partial(rounds, count): partial rounds in their sparse form. */
function partialFunction(layout: Layout): WasmFunction {
  const { width, state, next, scratch, row, column, sparseBytes } = layout;
  const [rounds, count] = [0, 1];
  const code = new WasmCode();
  code.repeat(count, () => {
    code.i32(state).call(POWER).i32(state).get(rounds).call(ADD);
    code.i32(state).address(rounds, row).i32(next).call(ROW);
    for (let i = 1; i < width; i++) {
      code.i32(state).address(rounds, column + (i - 1) * ELEMENT_BYTES);
      code.i32(scratch).i32(1).call(DOT);
      code.i32(element(layout, i)).i32(scratch).call(ADD);
    }
    code.copy(state, next, ELEMENT_BYTES).advance(rounds, sparseBytes);
  });
  return { parameters: 2, locals: 0, code, name: 'partial' };
}

type Step = (...parameters: readonly number[]) => void;

// One element as eight words of 32 bits: taking limbs out of a bigint one by one is slow.
const wide = new BigUint64Array(4);
const words = new Uint32Array(wide.buffer);

function writeElement(memory: BigUint64Array, address: number, value: bigint): void {
  const form = (value << MONTGOMERY_BITS) % FIELD_ORDER;
  for (let i = 0; i < 4; i++) wide[i] = form >> BigInt(64 * i);
  const limbs = new Uint32Array(memory.buffer, address, 2 * LIMBS);
  for (let i = 0; i < LIMBS; i++) {
    const [word, shift] = [(i * LIMB_BITS) >>> 5, (i * LIMB_BITS) & 31];
    const low = (words[word] ?? 0) >>> shift;
    const high = shift === 0 ? 0 : (words[word + 1] ?? 0) << (32 - shift);
    limbs[2 * i] = (low | high) & LIMB_MASK_NUMBER;
    limbs[2 * i + 1] = 0;
  }
}

function writeConstants(memory: BigUint64Array, layout: Layout, rounds: PoseidonRounds): void {
  const write = (address: number, values: readonly bigint[]) => {
    for (const [i, value] of values.entries()) {
      writeElement(memory, address + i * ELEMENT_BYTES, value);
    }
  };
  write(layout.matrix, rounds.mds.flat());
  write(layout.afterPartial, rounds.afterPartial.flat());
  write(layout.beforePartial, rounds.beforePartial);
  write(layout.full, rounds.full.flat());
  for (const [i, { constant, row, column }] of rounds.partial.entries()) {
    write(layout.partial + i * layout.sparseBytes, [constant, ...row, ...column]);
  }
}

function exportedStep(instance: Instance, name: string): Step {
  const step = instance.exports[name];
  if (typeof step !== 'function') throw new Error(`no function ${name}`);
  return (...parameters) => step(...parameters);
}

const OUT_OF_FORM = invert(2n ** MONTGOMERY_BITS);

/** The hash of `width` − 1 inputs that are field elements. */
function buildHash(shape: Shape): PoseidonHash {
  const layout = layoutOf(shape);
  const { state, beforePartial, partial: partialRounds, afterPartial, full: fullRounds } = layout;
  const functions = [
    dotFunction(),
    addFunction(),
    rowFunction(layout),
    mixFunction(layout),
    powerFunction(layout),
    shiftFunction(layout),
    fullFunction(layout),
    partialFunction(layout),
  ];
  const instance = new WebAssembly.Instance(
    new WebAssembly.Module(wasmModule(functions, layout.pages)),
  );
  const exported = instance.exports['memory'];
  if (!(exported instanceof WebAssembly.Memory)) throw new Error('no memory');
  const memory = new BigUint64Array(exported.buffer);
  writeConstants(memory, layout, poseidonRounds(shape.width, ROUNDS_FULL, shape.roundsPartial));
  const mix = exportedStep(instance, 'mix');
  const shift = exportedStep(instance, 'shift');
  const full = exportedStep(instance, 'full');
  const partial = exportedStep(instance, 'partial');
  const half = ROUNDS_FULL / 2;
  return (tag, inputs) => {
    writeElement(memory, state, poseidonTag(tag));
    for (const [i, value] of inputs.entries()) writeElement(memory, element(layout, i + 1), value);
    full(fullRounds, half);
    shift(beforePartial);
    partial(partialRounds, shape.roundsPartial);
    mix(afterPartial);
    full(fullRounds + half * layout.roundBytes, half);
    let form = 0n;
    for (let i = LIMBS - 1; i >= 0; i--) form = (form << 29n) | (memory[state / 8 + i] ?? 0n);
    return (form * OUT_OF_FORM) % FIELD_ORDER;
  };
}

/**
 * Builds the kernel's Poseidon with four-input and ten-input hashes in WebAssembly: the same values several
 * times as fast, which matters because every voucher of a budget has one opening to check. Other numbers
 * of inputs go to the kernel's own. The first ten-input hash builds its code, which takes some 0.2 s: a
 * node without batch notes never pays for it.
 */
export function buildWasmPoseidon(): PoseidonHash {
  const four = buildHash(COMMITMENT);
  let ten: PoseidonHash | undefined;
  return (tag, inputs) => {
    // The kernel's own also refuses values that are no field elements, by throwing.
    if (!inputs.every(isFieldElement)) return poseidon(tag, inputs);
    if (inputs.length === COMMITMENT.width - 1) return four(tag, inputs);
    if (inputs.length !== BATCH.width - 1) return poseidon(tag, inputs);
    ten ??= buildHash(BATCH);
    return ten(tag, inputs);
  };
}

function isFieldElement(value: bigint): boolean {
  return value >= 0n && value < FIELD_ORDER;
}
