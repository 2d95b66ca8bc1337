/** The control of the prover's benchmark: a Merkle path per leaf, compiled and set up from nothing. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileCircuit } from '@atomicity/prover/ceremony/compile-circuit';
import { developmentSecrets } from '@atomicity/prover/ceremony/development-secrets';
import { developmentSetup } from '@atomicity/prover/ceremony/development-setup';
import { readR1cs } from '@atomicity/prover/ceremony/r1cs-file';
import { buildPoseidon } from 'circomlibjs';

const COUNT = 64;
const DEPTH = 6;
const SOURCE = fileURLToPath(new URL('./circuits/plain-spend.circom', import.meta.url));

export type BuiltCircuit = {
  readonly constraints: number;
  readonly wasm: string;
  readonly provingKey: string;
  readonly verificationKey: string;
};

/** Compiles the control and makes its development keys in a folder. */
export async function buildPlainSpend(folder: string): Promise<BuiltCircuit> {
  mkdirSync(folder, { recursive: true });
  const { r1cs, wasm } = await compileCircuit(SOURCE, folder);
  const bytes = readFileSync(r1cs);
  const keys = await developmentSetup(bytes, developmentSecrets('plain-spend'), () => {});
  const provingKey = join(folder, 'proving-key.zkey');
  const verificationKey = join(folder, 'verification-key.json');
  writeFileSync(provingKey, Buffer.concat(keys.provingKey));
  writeFileSync(verificationKey, keys.verificationKey);
  return { constraints: readR1cs(bytes).constraintCount, wasm, provingKey, verificationKey };
}

/** 64 leaves that satisfy it. */
export async function plainSpendInput(): Promise<Record<string, bigint | readonly bigint[]>> {
  const poseidon = await buildPoseidon();
  const hash = (inputs: readonly bigint[]): bigint => poseidon.F.toObject(poseidon([...inputs]));
  const leaves = Array.from({ length: COUNT }, (_, i) => ({
    spend: BigInt(1_000 + i),
    at: 1_700_000_000_000n + BigInt(i),
    category: BigInt(i % 8),
    salt: 2n ** 127n + BigInt(i) ** 17n,
  }));
  const levels = [leaves.map(({ spend, at, category, salt }) => hash([spend, at, category, salt]))];
  for (let level = 0; level < DEPTH; level++) {
    const below = levels[level] ?? [];
    levels.push(
      Array.from({ length: below.length / 2 }, (_, i) =>
        hash([below[2 * i] ?? 0n, below[2 * i + 1] ?? 0n]),
      ),
    );
  }
  const paths = leaves.flatMap((_, i) =>
    Array.from({ length: DEPTH }, (_, level) => levels[level]?.[(i >> level) ^ 1] ?? 0n),
  );
  return {
    root: levels[DEPTH]?.[0] ?? 0n,
    cap: leaves.reduce((total, { spend }) => total + spend, 0n),
    spend: leaves.map(({ spend }) => spend),
    at: leaves.map(({ at }) => at),
    category: leaves.map(({ category }) => category),
    salt: leaves.map(({ salt }) => salt),
    siblings: paths,
    rights: leaves.flatMap((_, i) =>
      Array.from({ length: DEPTH }, (_, level) => BigInt((i >> level) & 1)),
    ),
  };
}
