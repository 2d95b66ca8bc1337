import { createHash } from 'node:crypto';

/** A stream of reproducible numbers: the same seed and label give the same stream, on every machine. */
export type SeededRandom = { below(bound: number): number; bytes(length: number): Uint8Array };

/**
 * SHA-256 in counter mode. For workloads and demonstration keys only: whoever knows the seed knows
 * everything that came of it.
 * @param bound exclusive, 1 … 2^31; the bias of the reduction is below 2^-16.
 */
export function seededRandom(seed: string, label: string): SeededRandom {
  let counter = 0;
  const block = (): Buffer =>
    createHash('sha256').update(`${seed}\u0000${label}\u0000${counter++}`).digest();
  return {
    below: (bound) => Number(block().readBigUInt64BE(0) % BigInt(bound)),
    bytes: (length) => {
      const blocks: Buffer[] = [];
      for (let size = 0; size < length; size += 32) blocks.push(block());
      return new Uint8Array(Buffer.concat(blocks).subarray(0, length));
    },
  };
}
