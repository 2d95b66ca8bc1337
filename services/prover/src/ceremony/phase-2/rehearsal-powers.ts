import { randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import { integerFromBytes } from '@atomicity/kernel/codec/bytes';
import { BASE_FIELD_ORDER, FIELD_ORDER } from '@atomicity/kernel/codec/field';
import { inverse, power, reduce, rootOfUnity, writeScalar } from '../field-arithmetic.ts';
import { type FixedBasePool, openFixedBasePool } from '../fixed-base-pool.ts';
import { lagrangeBasisAt, packScalars } from '../quadratic-program.ts';
import { writeNewKeyFile } from './new-key-file.ts';
import { hashOf } from './powers-file.ts';

export const REHEARSAL_POWER = { min: 4, max: 20 } as const;

type Part = {
  readonly id: number;
  readonly group: 'G1' | 'G2';
  readonly scalars: readonly bigint[];
};

function uint32(value: number): Uint8Array {
  return new Uint8Array(new Uint32Array([value]).buffer);
}

const randomScalar = (): bigint => reduce(integerFromBytes(randomBytes(64)));

function powersOf(tau: bigint, count: number): bigint[] {
  const powers: bigint[] = [];
  for (let i = 0, p = 1n; i < count; i++, p = reduce(p * tau)) powers.push(p);
  return powers;
}

/** The Lagrange bases of all sizes from 1 to 2^top, one behind the other. */
function lagrangeLevels(tau: bigint, top: number): bigint[] {
  return Array.from({ length: top + 1 }, (_, log) => lagrangeBasisAt(tau, log)).flat();
}

/** The basis of size 2^log without the highest power of τ, which section 2 lacks. */
function shortenedBasis(tau: bigint, log: number): bigint[] {
  const size = 2 ** log;
  const root = rootOfUnity(log);
  const missing = reduce(inverse(BigInt(size)) * power(tau, BigInt(size - 1)));
  const basis = lagrangeBasisAt(tau, log);
  for (let i = 0, w = 1n; i < size; i++, w = (w * root) % FIELD_ORDER) {
    basis[i] = reduce((basis[i] ?? 0n) - w * missing);
  }
  return basis;
}

/** Sections 2 to 6 and 12 to 15 of a prepared file. */
function partsOf(log: number): readonly Part[] {
  const [tau, alpha, beta] = [randomScalar(), randomScalar(), randomScalar()];
  const size = 2 ** log;
  const times = (factor: bigint, values: readonly bigint[]): bigint[] =>
    values.map((value) => (value * factor) % FIELD_ORDER);
  const powers = powersOf(tau, 2 * size - 1);
  const low = powers.slice(0, size);
  const levels = lagrangeLevels(tau, log);
  return [
    { id: 2, group: 'G1', scalars: powers },
    { id: 3, group: 'G2', scalars: low },
    { id: 4, group: 'G1', scalars: times(alpha, low) },
    { id: 5, group: 'G1', scalars: times(beta, low) },
    { id: 6, group: 'G2', scalars: [beta] },
    { id: 12, group: 'G1', scalars: [...levels, ...shortenedBasis(tau, log + 1)] },
    { id: 13, group: 'G2', scalars: levels },
    { id: 14, group: 'G1', scalars: times(alpha, levels) },
    { id: 15, group: 'G1', scalars: times(beta, levels) },
  ];
}

async function writeParts(
  path: string,
  log: number,
  pool: FixedBasePool,
  onProgress: (fraction: number) => void,
): Promise<void> {
  const parts = partsOf(log);
  const total = parts.reduce((sum, { scalars }) => sum + scalars.length, 0);
  let done = 0;
  const file = await open(path, 'w');
  const section = async (id: number, content: Uint8Array): Promise<void> => {
    // Sizes are 64-bit; no section of a rehearsal comes near 2^32.
    await file.writeFile(Buffer.concat([uint32(id), uint32(content.length), uint32(0), content]));
  };
  try {
    const q = new Uint8Array(32);
    writeScalar(new DataView(q.buffer), 0, BASE_FIELD_ORDER);
    await file.writeFile(Buffer.concat([Buffer.from('ptau'), uint32(1), uint32(parts.length + 2)]));
    await section(1, Buffer.concat([uint32(32), q, uint32(log), uint32(log)]));
    for (const { id, group, scalars } of parts) {
      const points = await pool.multiply(group, packScalars(scalars), (count) => {
        done += count;
        onProgress(done / total);
      });
      await section(id, points);
    }
    // Nobody contributed: this is how every reader tells the file from one of a ceremony.
    await section(7, uint32(0));
  } finally {
    await file.close();
  }
}

/**
 * Writes a prepared phase 1 file for circuits of up to 2^log rows, from random secrets that this process
 * knew: FOR REHEARSALS AND TESTS ONLY. The file says that nobody contributed, and a ceremony refuses it.
 *
 * About 8 s at 2^14 on 2 cores, where snarkjs takes minutes. `log`: REHEARSAL_POWER.
 * Gives its BLAKE2b-512.
 * @throws CeremonyError `output_exists`.
 */
export async function writeRehearsalPowers(
  path: string,
  log: number,
  onProgress: (fraction: number) => void = () => {},
): Promise<string> {
  if (log < REHEARSAL_POWER.min || log > REHEARSAL_POWER.max) throw new RangeError(`power ${log}`);
  return await writeNewKeyFile(path, 'powers-of-tau', async (part) => {
    const pool = openFixedBasePool();
    try {
      await writeParts(part, log, pool, onProgress);
      return await hashOf(part, () => {});
    } finally {
      pool.close();
    }
  });
}
