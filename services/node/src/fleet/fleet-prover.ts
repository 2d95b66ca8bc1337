import { fieldToHex } from '@atomicity/kernel/codec/field';
import { summaryCommitment } from '@atomicity/kernel/period/summary';
import { type Groth16Prover, ProverError } from '@atomicity/prover/prove/groth16-prover';
import { buildSpentInput } from '@atomicity/prover/witness/build-bound-input';
import { buildFleetInput } from '@atomicity/prover/witness/build-fleet-input';
import type { FleetProver } from '@atomicity/settler/fleet/fleet-ports';
import type { ProofHolds } from '../compose/attestation.ts';

/** Hears how far the proof under way is, 0 … 1. */
export type OnFraction = (fraction: number) => void;

/**
 * The fleet desk's proofs by whatever proves circuits here. Each is checked by other code before the desk
 * keeps it: what it keeps it sends until the chain takes it, and the chain would never take a false one.
 */
export function fleetProver(
  prover: Pick<Groth16Prover, 'prove'>,
  holds: ProofHolds,
  onFraction: OnFraction = () => undefined,
): FleetProver {
  const onProgress = ({ fraction }: { readonly fraction: number }) => onFraction(fraction);
  const check: (...of: Parameters<ProofHolds>) => Promise<void> = async (...of) => {
    if (await holds(...of)) return;
    throw new ProverError('prover_failed', `the proof of ${of[0]} does not hold`);
  };
  return {
    async proveCycle(policy, cycle, context, signal) {
      const { input } = buildFleetInput({ policy, cycle, context });
      const made = await prover.prove(input, { signal, onProgress });
      await check(input.circuit, made.publicSignals, made.proof);
      return made;
    },
    async proveBound(summary, bound, signal) {
      const input = buildSpentInput({ summary, bound });
      const made = await prover.prove(input, { signal, onProgress });
      const stated = [fieldToHex(summaryCommitment(summary)), fieldToHex(bound)];
      await check(input.circuit, stated, made.proof);
      return made.proof;
    },
  };
}
