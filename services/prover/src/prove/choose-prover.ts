import type { CircuitName } from '../artifacts/circuits.ts';
import type { Artifacts } from '../artifacts/ensure-artifacts.ts';
import type { Groth16Prover } from './groth16-prover.ts';
import { memoryShare } from './memory-bound.ts';
import { findNativeBinary, type NativeBinary } from './native-binary.ts';
import { nativeProver } from './native-prover.ts';
import type { MemoryBound } from './proof-queue.ts';
import { snarkjsProver } from './snarkjs-prover.ts';

export type ChosenProver = {
  readonly kind: 'native' | 'snarkjs';
  /** For a start-up line: the version of the native prover, or why it is not used. */
  readonly reason: string;
  readonly prover: Groth16Prover;
};

export type ChooseProverOptions = MemoryBound & {
  /** Instead of looking for it. */
  readonly binary?: NativeBinary;
};

/**
 * The native prover if it is built and its self-check passes on this processor, else snarkjs. Both give the
 * same proofs; only the time differs. Looks once: what is built later is used after the next start.
 * The memory bound is `memoryShare()` where none is given.
 */
export function chooseProver(
  artifactsOf: (circuit: CircuitName) => Promise<Artifacts>,
  options: ChooseProverOptions = {},
): ChosenProver {
  const { binary = findNativeBinary(), ...given } = options;
  const bound = { memoryMaxBytes: memoryShare(), ...given };
  if (binary.kind === 'ready') {
    const prover = nativeProver(artifactsOf, { ...bound, binary: binary.path });
    return { kind: 'native', reason: `version ${binary.version}`, prover };
  }
  return { kind: 'snarkjs', reason: binary.reason, prover: snarkjsProver(artifactsOf, bound) };
}
