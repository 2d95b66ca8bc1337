/**
 * Poseidon of four inputs (a note's commitment) in WebAssembly that this file writes itself.
 *
 * Field elements are 9 limbs of 29 bits in Montgomery form (R = 2^261), one limb in eight bytes. A
 * column of a dot product of five elements sums at most 45 products below 2^58 and 9 of the
 * reduction, which stays below 2^64: nothing is carried until the end, and one reduction serves a
 * whole row. Values stay below 2^261 without any conditional subtraction: rows and powers come out
 * below 3r, and an element that 60 partial rounds only add to below 2^7·r.
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

const WIDTH = 5;
const ROUNDS_FULL = 8;
const ROUNDS_PARTIAL = 60;
const LIMBS = 9;
const LIMB_BITS = 29;
const LIMB_MASK = 2n ** 29n - 1n;
const LIMB_MASK_NUMBER = Number(LIMB_MASK);
const MONTGOMERY_BITS = BigInt(LIMBS * LIMB_BITS);
const ELEMENT_BYTES = LIMBS * 8;

// Where things lie in the one page of memory.
const STATE = 0;
const NEXT = 512;
const SCRATCH = 1024;
const MATRIX = 2048;
const AFTER_PARTIAL = 4096;
const BEFORE_PARTIAL = 6144;
const FULL = 7168;
const PARTIAL = 12288;
const ROUND_BYTES = WIDTH * ELEMENT_BYTES;
/** A partial round's constant, row and column lie one after the other. */
const SPARSE_BYTES = 2 * WIDTH * ELEMENT_BYTES;
const ROW = ELEMENT_BYTES;
const COLUMN = ROW + ROUND_BYTES;

// Indexes of the functions below.
const DOT = 0;
const ADD = 1;
const MIX = 2;
const POWER = 3;

const element = (i: number): number => STATE + i * ELEMENT_BYTES;

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

/** mix(matrix): state = matrix · state */
function mixFunction(): WasmFunction {
  const matrix = 0;
  const code = new WasmCode();
  for (let i = 0; i < WIDTH; i++) {
    code
      .i32(STATE)
      .get(matrix)
      .i32(NEXT + i * ELEMENT_BYTES)
      .i32(WIDTH)
      .call(DOT);
    code.advance(matrix, ROUND_BYTES);
  }
  code.copy(STATE, NEXT, ROUND_BYTES);
  return { parameters: 1, locals: 0, code, name: 'mix' };
}

/** power(x): x = x^5 */
function powerFunction(): WasmFunction {
  const x = 0;
  const code = new WasmCode();
  code.get(x).get(x).i32(SCRATCH).i32(1).call(DOT);
  code.i32(SCRATCH).i32(SCRATCH).i32(SCRATCH).i32(1).call(DOT);
  code.i32(SCRATCH).get(x).get(x).i32(1).call(DOT);
  return { parameters: 1, locals: 0, code };
}

/** shift(constants): state = state + constants */
function shiftFunction(): WasmFunction {
  const code = new WasmCode();
  for (let i = 0; i < WIDTH; i++)
    code
      .i32(element(i))
      .address(0, i * ELEMENT_BYTES)
      .call(ADD);
  return { parameters: 1, locals: 0, code, name: 'shift' };
}

/** full(constants, count): full rounds. */
function fullFunction(): WasmFunction {
  const [constants, count] = [0, 1];
  const code = new WasmCode();
  code.repeat(count, () => {
    for (let i = 0; i < WIDTH; i++) {
      code
        .i32(element(i))
        .address(constants, i * ELEMENT_BYTES)
        .call(ADD);
      code.i32(element(i)).call(POWER);
    }
    code.i32(MATRIX).call(MIX).advance(constants, ROUND_BYTES);
  });
  return { parameters: 2, locals: 0, code, name: 'full' };
}

/** partial(rounds, count): partial rounds in their sparse form. */
function partialFunction(): WasmFunction {
  const [rounds, count] = [0, 1];
  const code = new WasmCode();
  code.repeat(count, () => {
    code.i32(STATE).call(POWER).i32(STATE).get(rounds).call(ADD);
    code.i32(STATE).address(rounds, ROW).i32(NEXT).i32(WIDTH).call(DOT);
    for (let i = 1; i < WIDTH; i++) {
      code.i32(STATE).address(rounds, COLUMN + (i - 1) * ELEMENT_BYTES);
      code.i32(SCRATCH).i32(1).call(DOT);
      code.i32(element(i)).i32(SCRATCH).call(ADD);
    }
    code.copy(STATE, NEXT, ELEMENT_BYTES).advance(rounds, SPARSE_BYTES);
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

function writeConstants(memory: BigUint64Array, rounds: PoseidonRounds): void {
  const write = (address: number, values: readonly bigint[]) => {
    for (const [i, value] of values.entries()) {
      writeElement(memory, address + i * ELEMENT_BYTES, value);
    }
  };
  write(MATRIX, rounds.mds.flat());
  write(AFTER_PARTIAL, rounds.afterPartial.flat());
  write(BEFORE_PARTIAL, rounds.beforePartial);
  write(FULL, rounds.full.flat());
  for (const [i, { constant, row, column }] of rounds.partial.entries()) {
    write(PARTIAL + i * SPARSE_BYTES, [constant, ...row, ...column]);
  }
}

function exportedStep(instance: Instance, name: string): Step {
  const step = instance.exports[name];
  if (typeof step !== 'function') throw new Error(`no function ${name}`);
  return (...parameters) => step(...parameters);
}

/**
 * Builds the kernel's Poseidon with four-input hashes in WebAssembly: the same values several times
 * as fast, which matters because every voucher of a budget has one opening to check. Other numbers
 * of inputs go to the kernel's own.
 */
export function buildWasmPoseidon(): PoseidonHash {
  const module = new WebAssembly.Module(
    wasmModule([
      dotFunction(),
      addFunction(),
      mixFunction(),
      powerFunction(),
      shiftFunction(),
      fullFunction(),
      partialFunction(),
    ]),
  );
  const instance = new WebAssembly.Instance(module);
  const page = instance.exports['memory'];
  if (!(page instanceof WebAssembly.Memory)) throw new Error('no memory');
  const memory = new BigUint64Array(page.buffer);
  writeConstants(memory, poseidonRounds(WIDTH, ROUNDS_FULL, ROUNDS_PARTIAL));
  const mix = exportedStep(instance, 'mix');
  const shift = exportedStep(instance, 'shift');
  const full = exportedStep(instance, 'full');
  const partial = exportedStep(instance, 'partial');
  const half = ROUNDS_FULL / 2;
  const outOfForm = invert(2n ** MONTGOMERY_BITS);
  return (tag, inputs) => {
    // The kernel's own also refuses values that are no field elements, by throwing.
    const usual = inputs.length === WIDTH - 1 && inputs.every(isFieldElement);
    if (!usual) return poseidon(tag, inputs);
    writeElement(memory, STATE, poseidonTag(tag));
    for (const [i, value] of inputs.entries()) {
      writeElement(memory, STATE + (i + 1) * ELEMENT_BYTES, value);
    }
    full(FULL, half);
    shift(BEFORE_PARTIAL);
    partial(PARTIAL, ROUNDS_PARTIAL);
    mix(AFTER_PARTIAL);
    full(FULL + half * ROUND_BYTES, half);
    let form = 0n;
    for (let i = LIMBS - 1; i >= 0; i--) form = (form << 29n) | (memory[STATE / 8 + i] ?? 0n);
    return (form * outOfForm) % FIELD_ORDER;
  };
}

function isFieldElement(value: bigint): boolean {
  return value >= 0n && value < FIELD_ORDER;
}
