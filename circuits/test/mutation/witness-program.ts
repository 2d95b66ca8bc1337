// Runs a circuit's witness generator directly, without its assertions: one instance for many inputs.
import { disarm } from '../witness-generators.ts';

export type Value = bigint | readonly Value[];
export type Inputs = Readonly<Record<string, Value>>;

type Exports = {
  init(sanityCheck: number): void;
  getInputSignalSize(high: number, low: number): number;
  setInputSignal(high: number, low: number, index: number): void;
  getWitnessSize(): number;
  getWitness(index: number): void;
  readSharedRWMemory(word: number): number;
  writeSharedRWMemory(word: number, value: number): void;
};

export type WitnessProgram = {
  /** Every signal for the inputs. @throws Error if the inputs are not those of the circuit. */
  readonly run: (inputs: Inputs) => bigint[];
};

const WORDS = 8;

/** FNV-1a of 64 bits: how circom's generators name their inputs. */
function inputHash(name: string): readonly [number, number] {
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(name)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return [Number(hash >> 32n), Number(hash & 0xffffffffn)];
}

export function flat(value: Value): readonly bigint[] {
  return typeof value === 'bigint' ? [value] : value.flatMap(flat);
}

/** Loads a generator; its assertions are cut out, so that false inputs have a witness too. */
export function witnessProgram(wasm: Uint8Array): WitnessProgram {
  const code = Buffer.from(wasm);
  disarm(code);
  const runtime = {
    exceptionHandler: (error: number) => {
      throw new Error(`the generator stops with ${error}`);
    },
    printErrorMessage: () => {},
    writeBufferMessage: () => {},
    showSharedRWMemory: () => {},
  };
  const instance = new WebAssembly.Instance(new WebAssembly.Module(code), { runtime });
  const program = instance.exports as Exports;

  function setInput(name: string, values: readonly bigint[]): void {
    const [high, low] = inputHash(name);
    const size = program.getInputSignalSize(high, low);
    if (size !== values.length) throw new Error(`${name} has ${size} values, not ${values.length}`);
    values.forEach((value, index) => {
      for (let word = 0; word < WORDS; word++) {
        program.writeSharedRWMemory(word, Number((value >> BigInt(32 * word)) & 0xffffffffn));
      }
      program.setInputSignal(high, low, index);
    });
  }

  return {
    run: (inputs) => {
      program.init(0);
      for (const [name, value] of Object.entries(inputs)) setInput(name, flat(value));
      return Array.from({ length: program.getWitnessSize() }, (_, index) => {
        program.getWitness(index);
        let value = 0n;
        for (let word = WORDS - 1; word >= 0; word--) {
          value = (value << 32n) | BigInt(program.readSharedRWMemory(word) >>> 0);
        }
        return value;
      });
    },
  };
}
