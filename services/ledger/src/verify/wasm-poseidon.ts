/**
 * Poseidon of four inputs (a note's commitment) in WebAssembly that this file writes itself.
 *
 * Field elements are 9 limbs of 29 bits in Montgomery form (R = 2^261), one limb in eight bytes. A
 * column of a dot product of five elements sums at most 45 products below 2^58 and 9 of the
 * reduction, which stays below 2^64: nothing is carried until the end, and one reduction serves a
 * whole row. Values stay far below 2^261 without any conditional subtraction: rows and powers come
 * out below 2r, sums with a constant below 3r.
 * Source: P. L. Montgomery, "Modular multiplication without trial division" (1985).
 */
import { FIELD_ORDER } from '@atomicity/kernel/codec/field';
import { type PoseidonHash, poseidon, poseidonTag } from '@atomicity/kernel/codec/poseidon';
import { grainGenConstants } from '@noble/curves/abstract/poseidon.js';
import { bn254 } from '@noble/curves/bn254.js';
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
const MONTGOMERY_BITS = BigInt(LIMBS * LIMB_BITS);
const ELEMENT_BYTES = LIMBS * 8;

// Where things lie in the one page of memory.
const STATE = 0;
const NEXT = 512;
const SCRATCH = 1024;
const MATRIX = 2048;
const CONSTANTS = 4096;
const ROUND_BYTES = WIDTH * ELEMENT_BYTES;

// Indexes of the functions below.
const DOT = 0;
const ADD = 1;
const MIX = 2;

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

/** state = matrix · state */
function mixFunction(): WasmFunction {
  const code = new WasmCode();
  for (let i = 0; i < WIDTH; i++) {
    code.i32(STATE).i32(MATRIX + i * ROUND_BYTES);
    code
      .i32(NEXT + i * ELEMENT_BYTES)
      .i32(WIDTH)
      .call(DOT);
  }
  return { parameters: 0, locals: 0, code: code.copy(STATE, NEXT, ROUND_BYTES) };
}

/** rounds(constants, count): the S-box x^5 on the first `boxes` elements of each round. */
function roundsFunction(name: string, boxes: number): WasmFunction {
  const [constants, count] = [0, 1];
  const code = new WasmCode();
  const square = (from: number, other: number, to: number) =>
    code.i32(from).i32(other).i32(to).i32(1).call(DOT);
  code.repeat(count, () => {
    for (let i = 0; i < WIDTH; i++) {
      const element = STATE + i * ELEMENT_BYTES;
      code
        .i32(element)
        .get(constants)
        .i32(i * ELEMENT_BYTES)
        .raw(0x6a)
        .call(ADD);
      if (i >= boxes) continue;
      square(element, element, SCRATCH);
      square(SCRATCH, SCRATCH, SCRATCH);
      square(SCRATCH, element, element);
    }
    code.call(MIX).advance(constants, ROUND_BYTES);
  });
  return { parameters: 2, locals: 0, code, name };
}

type Rounds = (constants: number, count: number) => void;

function writeElement(memory: BigUint64Array, address: number, value: bigint): void {
  const form = (value << MONTGOMERY_BITS) % FIELD_ORDER;
  memory.set(limbsOf(form), address / 8);
}

function writeConstants(memory: BigUint64Array): void {
  const { roundConstants, mds } = grainGenConstants(
    {
      Fp: bn254.fields.Fr,
      t: WIDTH,
      roundsFull: ROUNDS_FULL,
      roundsPartial: ROUNDS_PARTIAL,
      sboxPower: 5,
      isSboxInverse: false,
    },
    0,
  );
  for (const [i, value] of mds.flat().entries()) {
    writeElement(memory, MATRIX + i * ELEMENT_BYTES, value);
  }
  for (const [i, value] of roundConstants.flat().entries()) {
    writeElement(memory, CONSTANTS + i * ELEMENT_BYTES, value);
  }
}

/** 1/R mod r: takes a value out of Montgomery form. */
function inverseOfR(): bigint {
  let [result, base, exponent] = [1n, 2n ** MONTGOMERY_BITS % FIELD_ORDER, FIELD_ORDER - 2n];
  for (; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % FIELD_ORDER;
    base = (base * base) % FIELD_ORDER;
  }
  return result;
}

function exportedRounds(instance: Instance, name: string): Rounds {
  const rounds = instance.exports[name];
  if (typeof rounds !== 'function') throw new Error(`no function ${name}`);
  return (constants, count) => rounds(constants, count);
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
      roundsFunction('full', WIDTH),
      roundsFunction('partial', 1),
    ]),
  );
  const instance = new WebAssembly.Instance(module);
  const page = instance.exports['memory'];
  if (!(page instanceof WebAssembly.Memory)) throw new Error('no memory');
  const memory = new BigUint64Array(page.buffer);
  writeConstants(memory);
  const full = exportedRounds(instance, 'full');
  const partial = exportedRounds(instance, 'partial');
  const half = ROUNDS_FULL / 2;
  const partialFrom = CONSTANTS + half * ROUND_BYTES;
  const lastFrom = partialFrom + ROUNDS_PARTIAL * ROUND_BYTES;
  const outOfForm = inverseOfR();
  return (tag, inputs) => {
    // The kernel's own also refuses values that are no field elements, by throwing.
    const usual = inputs.length === WIDTH - 1 && inputs.every(isFieldElement);
    if (!usual) return poseidon(tag, inputs);
    writeElement(memory, STATE, poseidonTag(tag));
    for (const [i, value] of inputs.entries()) {
      writeElement(memory, STATE + (i + 1) * ELEMENT_BYTES, value);
    }
    full(CONSTANTS, half);
    partial(partialFrom, ROUNDS_PARTIAL);
    full(lastFrom, half);
    let form = 0n;
    for (let i = LIMBS - 1; i >= 0; i--) form = (form << 29n) | (memory[STATE / 8 + i] ?? 0n);
    return (form * outOfForm) % FIELD_ORDER;
  };
}

function isFieldElement(value: bigint): boolean {
  return value >= 0n && value < FIELD_ORDER;
}
