// Runs a circuit's witness generator directly, with or without its assertions: one instance for many inputs.
// Building the generator anew for every witness, as snarkjs does, costs twenty times the witness.
import { FIELD_ORDER } from '@atomicity/kernel/codec/field';

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
  getMessageChar(): number;
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

/**
 * Cuts every assertion out of the code of a generator, in place; gives how many it had. A failed assertion
 * compiles to `call $printErrorMessage; i32.const 4; return; end`; its `i32.const 4; return` becomes no-ops,
 * so the computation goes on. (circom's --sanity_check leaves the wasm as it is.)
 */
function disarm(code: Buffer): number {
  const failure = Buffer.from([0x10, 0x01, 0x41, 0x04, 0x0f, 0x0b]);
  let disarmed = 0;
  for (let i = code.indexOf(failure); i >= 0; i = code.indexOf(failure, i + 1)) {
    code.fill(0x01, i + 2, i + 5);
    disarmed++;
  }
  return disarmed;
}

/** Source: `exceptionHandler` in the witness_calculator.js that circom writes. */
const FAULTS: Readonly<Record<number, string>> = {
  1: 'Signal not found',
  2: 'Too many signals set',
  3: 'Signal already set',
  4: 'Assert Failed',
  5: 'Not enough memory',
  6: 'Input signal array access exceeds the size',
};

function instantiate(code: Buffer): Exports {
  let program: Exports | undefined;
  let said = '';
  const runtime = {
    exceptionHandler: (fault: number) => {
      const where = said;
      said = '';
      throw new Error(`${FAULTS[fault] ?? `the generator stops with ${fault}`}. ${where}`);
    },
    // A disarmed generator says this of every assertion that would have failed.
    printErrorMessage: () => {
      said = '';
      for (let char = program?.getMessageChar(); char; char = program?.getMessageChar()) {
        said += String.fromCharCode(char);
      }
    },
    writeBufferMessage: () => {},
    showSharedRWMemory: () => {},
  };
  program = new WebAssembly.Instance(new WebAssembly.Module(code), { runtime }).exports as Exports;
  return program;
}

/**
 * Loads a generator. `armed`: as it is shipped, it stops at the first assertion that fails; otherwise they
 * are cut out, so that false inputs have a witness too.
 * @throws Error when there is no assertion to cut out, unless `bare` says that the circuit has none.
 */
export function witnessProgram(
  wasm: Uint8Array,
  options: { readonly armed?: boolean; readonly bare?: boolean } = {},
): WitnessProgram {
  const code = Buffer.from(wasm);
  if (options.armed !== true && disarm(code) === 0 && options.bare === false) {
    throw new Error('the compiler writes assertions in another way now');
  }
  const program = instantiate(code);

  function setInput(name: string, values: readonly bigint[]): void {
    const [high, low] = inputHash(name);
    const size = program.getInputSignalSize(high, low);
    if (size !== values.length) throw new Error(`${name} has ${size} values, not ${values.length}`);
    values.forEach((value, index) => {
      const reduced = ((value % FIELD_ORDER) + FIELD_ORDER) % FIELD_ORDER;
      for (let word = 0; word < WORDS; word++) {
        program.writeSharedRWMemory(word, Number((reduced >> BigInt(32 * word)) & 0xffffffffn));
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
