import { FIELD_ORDER } from '@atomicity/kernel/codec/field';
import { writeScalar } from '../ceremony/field-arithmetic.ts';
import type { CircuitInput } from './groth16-prover.ts';
import { startProgram, type WasmMemory, type WasmProgram } from './wasm-runtime.ts';

/** What circom's wasm exports: values pass through a shared buffer of 32-bit words in its memory. */
type WitnessExports = {
  readonly memory: WasmMemory;
  init(sanityCheck: number): void;
  getSharedRWMemoryStart(): number;
  getInputSize(): number;
  getInputSignalSize(hashHigh: number, hashLow: number): number;
  writeSharedRWMemory(word: number, value: number): void;
  setInputSignal(hashHigh: number, hashLow: number, position: number): void;
  getWitnessSize(): number;
  getWitness(index: number): void;
  getMessageChar(): number;
};

const WORDS = 8;
const SCALAR_BYTES = 32;
const FNV_OFFSET = 0xcbf29ce484222325n;
const FNV_PRIME = 0x100000001b3n;
/** Before the values of a .wtns file: magic and version, section 1, the head of section 2. */
const HEADER_BYTES = 12 + 12 + 40 + 12;

/** No witness satisfies the circuit with this input, or it is not an input of the circuit. */
export class WitnessRefused extends Error {}

/** What circom's runtime refuses, by its code. */
const REASONS: Readonly<Record<number, string>> = {
  1: 'signal not found',
  2: 'too many signals set',
  3: 'signal already set',
  4: 'assert failed',
  5: 'not enough memory',
  6: 'input array too long',
};

/** FNV-1a of a signal's name, by which circom's runtime finds it. */
function nameHash(name: string): readonly [number, number] {
  let hash = FNV_OFFSET;
  for (let i = 0; i < name.length; i++) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(name.charCodeAt(i))) * FNV_PRIME);
  }
  return [Number(hash >> 32n), Number(hash & 0xffffffffn)];
}

async function instantiate(program: WasmProgram): Promise<WitnessExports> {
  let message = '';
  const exports = (await startProgram(program, {
    runtime: {
      exceptionHandler: (code: number): void => {
        throw new WitnessRefused(`${REASONS[code] ?? `error ${code}`}. ${message.trim()}`);
      },
      printErrorMessage: (): void => {
        // Names a template and a line, never a value.
        for (let c = exports.getMessageChar(); c !== 0; c = exports.getMessageChar()) {
          message += String.fromCharCode(c);
        }
        message += '\n';
      },
      // What a circuit logs: ours log nothing.
      writeBufferMessage: (): void => {},
      showSharedRWMemory: (): void => {},
    },
  })) as unknown as WitnessExports;
  return exports;
}

function writeInputs(exports: WitnessExports, signals: CircuitInput['signals']): void {
  let count = 0;
  for (const [name, given] of Object.entries(signals)) {
    const [high, low] = nameHash(name);
    const values = typeof given === 'bigint' ? [given] : given;
    const expected = exports.getInputSignalSize(high, low);
    if (expected !== values.length) {
      const rule = expected < 1 ? 'is no input of the circuit' : `takes ${expected} values`;
      throw new WitnessRefused(`signal ${name} ${rule}, given ${values.length}`);
    }
    for (const [position, value] of values.entries()) {
      let rest = ((value % FIELD_ORDER) + FIELD_ORDER) % FIELD_ORDER;
      for (let word = 0; word < WORDS; word++, rest >>= 32n) {
        exports.writeSharedRWMemory(word, Number(rest & 0xffffffffn));
      }
      exports.setInputSignal(high, low, position);
      count++;
    }
  }
  if (count < exports.getInputSize()) throw new WitnessRefused('not all inputs are given');
}

/** Head of a .wtns file, version 2. Source: snarkjs `wtns_utils.js`. */
function writeHeader(bytes: Uint8Array, size: number): void {
  const view = new DataView(bytes.buffer);
  new TextEncoder().encodeInto('wtns', bytes);
  view.setUint32(4, 2, true);
  view.setUint32(8, 2, true);
  view.setUint32(12, 1, true);
  view.setBigUint64(16, 40n, true);
  view.setUint32(24, SCALAR_BYTES, true);
  writeScalar(view, 28, FIELD_ORDER);
  view.setUint32(60, size, true);
  view.setUint32(64, 2, true);
  view.setBigUint64(68, BigInt(size * SCALAR_BYTES), true);
}

/**
 * Runs circom's witness generator and gives the bytes of a .wtns file, in memory only: those that
 * `snarkjs wtns calculate` gives. The compiled program can be kept; each call has a memory of its own.
 * @throws WitnessRefused; its message carries no value.
 */
export async function computeWitness(
  program: WasmProgram,
  signals: CircuitInput['signals'],
): Promise<Uint8Array> {
  const exports = await instantiate(program);
  exports.init(0);
  writeInputs(exports, signals);
  const size = exports.getWitnessSize();
  const bytes = new Uint8Array(HEADER_BYTES + size * SCALAR_BYTES);
  writeHeader(bytes, size);
  // Reading values out makes the memory grow no more, so this view stays valid.
  const start = exports.getSharedRWMemoryStart();
  const value = new Uint8Array(exports.memory.buffer, start, SCALAR_BYTES);
  for (let i = 0; i < size; i++) {
    exports.getWitness(i);
    bytes.set(value, HEADER_BYTES + i * SCALAR_BYTES);
  }
  return bytes;
}
