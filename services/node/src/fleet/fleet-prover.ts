import type { Groth16Prover } from '@atomicity/prover/prove/groth16-prover';
import { buildSpentInput } from '@atomicity/prover/witness/build-bound-input';
import { buildFleetInput } from '@atomicity/prover/witness/build-fleet-input';
import type { FleetProver } from '@atomicity/settler/fleet/fleet-ports';

/** Hears how far the proof under way is, 0 … 1. */
export type OnFraction = (fraction: number) => void;

/** The fleet desk's proofs by whatever proves circuits here. */
export function fleetProver(
  prover: Pick<Groth16Prover, 'prove'>,
  onFraction: OnFraction = () => undefined,
): FleetProver {
  const onProgress = ({ fraction }: { readonly fraction: number }) => onFraction(fraction);
  return {
    async proveCycle(policy, cycle, context, signal) {
      const { input } = buildFleetInput({ policy, cycle, context });
      return await prover.prove(input, { signal, onProgress });
    },
    async proveBound(summary, bound, signal) {
      const made = await prover.prove(buildSpentInput({ summary, bound }), { signal, onProgress });
      return made.proof;
    },
  };
}
