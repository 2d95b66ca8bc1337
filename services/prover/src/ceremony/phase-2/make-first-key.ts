import { type CeremonyCircuit, pinnedCircuit } from './ceremony-circuit.ts';
import { CeremonyError } from './ceremony-error.ts';
import { readKeyFile } from './key-file.ts';
import { writeNewKeyFile } from './new-key-file.ts';
import { checkPowersFile, type PowersFacts } from './powers-file.ts';
import { type Phase2Options, runPhase2 } from './run-phase-2.ts';

export type PhaseOne = {
  /** A prepared powers of tau file. */
  readonly powers: string;
  /** BLAKE2b-512 that its ceremony published, 128 lower-case hex digits. */
  readonly powersHash: string;
  /** Takes powers of tau to which nobody contributed, and says so in everything that follows. */
  readonly rehearsal: boolean;
};

export type FirstKey = {
  /** BLAKE2b-512 of its points: equal on every machine for equal files. */
  readonly circuitHash: string;
  readonly powers: PowersFacts;
  readonly r1csSha256: string;
};

/**
 * Makes the key that a ceremony starts from, out of the pinned circuit and a phase 1 file. Nothing in it
 * is secret or random: every participant can make it and gets the same bytes. δ is 1 and equals γ, so that
 * ANYONE can forge under it: `verifyCeremony` refuses it as a final key.
 *
 * snarkjs walks every coefficient: 85 CPU seconds for spend-16. Durable when it resolves.
 * @throws CeremonyError of the steps `circuit` and `powers-of-tau`, or `output_exists`.
 */
export async function makeFirstKey(
  { circuit, r1cs, powers, powersHash, rehearsal }: CeremonyCircuit & PhaseOne,
  out: string,
  options: Phase2Options = {},
): Promise<FirstKey> {
  const onProgress = options.onProgress ?? (() => {});
  const pinned = await pinnedCircuit(
    { circuit, ...(r1cs === undefined ? {} : { r1cs }) },
    onProgress,
  );
  const { domainLog } = pinned.pin;
  const demand = { path: powers, hash: powersHash, domainLog, rehearsal };
  const facts = await checkPowersFile(demand, (fraction) =>
    onProgress('hashing phase 1', fraction),
  );
  return await writeNewKeyFile(out, 'initial-key', async (part) => {
    const request = { kind: 'first' as const, r1cs: pinned.r1cs, powers, out: part };
    const { holds, complaint } = await runPhase2(request, 'initial-key', options);
    if (!holds) throw new CeremonyError('initial-key', 'process_failed', complaint);
    const { circuitHash } = await readKeyFile(part);
    return { circuitHash, powers: facts, r1csSha256: pinned.pin.files['circuit.r1cs'].sha256 };
  });
}
