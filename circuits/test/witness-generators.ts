// Two witness generators of a circuit: the shipped one, which stops at the first broken constraint, and
// the same one with its assertions cut out, which computes a whole witness for any input.
import { readFileSync } from 'node:fs';
import { readScalar } from '@atomicity/prover/ceremony/field-arithmetic';
import type { CircuitInput } from '@atomicity/prover/prove/groth16-prover';
import { type MemoryFile, wtns } from 'snarkjs';

export type WitnessGenerator = (input: CircuitInput) => Promise<readonly bigint[]>;

/** Reads the values of a witness in the iden3 wtns format, version 2. */
function readWitness(bytes: Uint8Array): readonly bigint[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerSize = Number(view.getBigUint64(16, true));
  const count = view.getUint32(24 + headerSize - 4, true);
  const values = 24 + headerSize + 12;
  return Array.from({ length: count }, (_, i) => readScalar(view, values + i * 32));
}

function generator(data: Uint8Array): WitnessGenerator {
  return async (input) => {
    const witness: MemoryFile = { type: 'mem' };
    await wtns.calculate({ ...input.signals }, { type: 'mem', data }, witness);
    if (witness.data === undefined) throw new Error('no witness');
    return readWitness(witness.data.slice());
  };
}

/** The generator that a prover runs. */
export function witnessGenerator(wasmPath: string): WitnessGenerator {
  return generator(readFileSync(wasmPath));
}

/**
 * Cuts every assertion out of the code of a generator, in place; gives how many it had. A failed assertion
 * compiles to `call $printErrorMessage; i32.const 4; return; end`; its `i32.const 4; return` becomes no-ops,
 * so the computation goes on. (circom's --sanity_check leaves the wasm as it is.)
 */
export function disarm(code: Buffer): number {
  const failure = Buffer.from([0x10, 0x01, 0x41, 0x04, 0x0f, 0x0b]);
  let disarmed = 0;
  for (let i = code.indexOf(failure); i >= 0; i = code.indexOf(failure, i + 1)) {
    code.fill(0x01, i + 2, i + 5);
    disarmed++;
  }
  return disarmed;
}

/** The same generator without its assertions. @throws Error if it has none. */
export function uncheckedGenerator(wasmPath: string): WitnessGenerator {
  const code = readFileSync(wasmPath);
  if (disarm(code) === 0) throw new Error('the compiler writes assertions in another way now');
  return generator(code);
}
