// Two witness generators of the tier 16 circuit: the shipped one, which stops at the first broken
// constraint, and one compiled without any check, which computes a whole witness for any input.
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { withBuildLock } from '@atomicity/prover/artifacts/build-lock';
import {
  artifactsDirectory,
  CIRCUITS_DIRECTORY,
  sourcesHash,
} from '@atomicity/prover/artifacts/circuit-paths';
import { compileCircuit } from '@atomicity/prover/ceremony/compile-circuit';
import { readScalar } from '@atomicity/prover/ceremony/field-arithmetic';
import type { SpendInput } from '@atomicity/prover/witness/build-spend-input';
import { type MemoryFile, wtns } from 'snarkjs';

export type WitnessGenerator = (input: SpendInput) => Promise<readonly bigint[]>;

/** Reads the values of a witness in the iden3 wtns format, version 2. */
function readWitness(bytes: Uint8Array): readonly bigint[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerSize = Number(view.getBigUint64(16, true));
  const count = view.getUint32(24 + headerSize - 4, true);
  const values = 24 + headerSize + 12;
  return Array.from({ length: count }, (_, i) => readScalar(view, values + i * 32));
}

/** A generator from the wasm file of a compiled circuit. */
export function witnessGenerator(wasmPath: string): WitnessGenerator {
  const data = readFileSync(wasmPath);
  return async (input) => {
    const witness: MemoryFile = { type: 'mem' };
    await wtns.calculate({ ...input.signals }, { type: 'mem', data }, witness);
    if (witness.data === undefined) throw new Error('no witness');
    return readWitness(witness.data.slice());
  };
}

/** Compiles the circuit without run-time checks, once per version of the sources (15 s). */
export async function uncheckedGenerator(): Promise<WitnessGenerator> {
  const root = artifactsDirectory();
  const target = join(root, `unchecked-16-${sourcesHash().slice(0, 12)}.wasm`);
  await withBuildLock(
    root,
    () => {},
    async () => {
      if (existsSync(target)) return;
      const output = await mkdtemp(join(root, '.building-'));
      const main = join(CIRCUITS_DIRECTORY, 'main', 'spend-16.circom');
      const { wasm } = await compileCircuit(main, output, ['--sanity_check', '0']);
      renameSync(wasm, target);
      rmSync(output, { recursive: true });
    },
  );
  return witnessGenerator(target);
}
