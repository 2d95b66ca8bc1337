import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CircuitPin } from '../../artifacts/artifact-lock.ts';
import { circuitRow } from '../../artifacts/circuits.ts';
import { parseVerificationKey, type VerificationKey } from '../../verify/verification-key.ts';
import { checkChain } from './add-contribution.ts';
import { type CeremonyCircuit, pinnedCircuit } from './ceremony-circuit.ts';
import { CeremonyError } from './ceremony-error.ts';
import { type Beacon, contributionHash } from './contribution.ts';
import { type KeyFile, readKeyFile } from './key-file.ts';
import { makeFirstKey, type PhaseOne } from './make-first-key.ts';
import { checkPowersFile, type PowersFacts } from './powers-file.ts';
import { type Phase2Options, runPhase2 } from './run-phase-2.ts';

export type CeremonyDemand = CeremonyCircuit &
  PhaseOne & {
    readonly key: string;
    /** A first key that THIS machine made with `makeFirstKey`: saves making it again. */
    readonly initial?: string;
    /** Contributions that must be there, by hash. */
    readonly expected?: readonly string[];
    /** The randomness that was announced before the ceremony ended. */
    readonly beacon?: Beacon;
    /** Takes a key on its way: without a beacon, or without any contribution. */
    readonly unfinished?: boolean;
  };

export type VerifiedCeremony = {
  readonly pin: CircuitPin;
  readonly r1cs: string;
  readonly powers: PowersFacts;
  readonly key: KeyFile;
  /** Absent for a key on its way. */
  readonly verificationKey?: VerificationKey;
};

async function withFirstKey<Result>(
  demand: CeremonyDemand,
  r1cs: string,
  options: Phase2Options,
  use: (initial: string) => Promise<Result>,
): Promise<Result> {
  if (demand.initial !== undefined) return await use(demand.initial);
  const directory = await mkdtemp(join(tmpdir(), 'atomicity-ceremony-'));
  try {
    const initial = join(directory, 'first.zkey');
    const { circuit, powers, powersHash, rehearsal } = demand;
    await makeFirstKey({ circuit, r1cs, powers, powersHash, rehearsal }, initial, options);
    return await use(initial);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function checkExpected({ contributions }: KeyFile, expected: readonly string[]): void {
  const hashes = new Set(contributions.map(contributionHash));
  for (const hash of expected) {
    if (hashes.has(hash)) continue;
    const text = `no contribution has the hash ${hash}`;
    throw new CeremonyError('expected-contributions', 'contribution_missing', text, { hash });
  }
}

/**
 * At least one contribution, then exactly one beacon, the announced one.
 * @throws CeremonyError `no_contributions`, `beacon_missing`, `beacon_not_last`, `beacon_differs`.
 */
export function checkEnding(
  contributions: readonly { readonly beacon?: Beacon }[],
  announced?: Beacon,
): void {
  const at = contributions.findIndex(({ beacon }) => beacon !== undefined);
  if (contributions.length === 0 || at === 0) {
    const text = 'nobody contributed: δ is known to everyone';
    throw new CeremonyError('contributions', 'no_contributions', text);
  }
  const made = contributions[at]?.beacon;
  if (made === undefined) {
    const text = 'the last contributor could have chosen the key';
    throw new CeremonyError('beacon', 'beacon_missing', text);
  }
  if (at !== contributions.length - 1) {
    throw new CeremonyError('beacon', 'beacon_not_last', `step ${at + 1} is a beacon`);
  }
  if (announced === undefined) return;
  const same =
    made.randomness === announced.randomness && made.iterationsLog === announced.iterationsLog;
  if (same) return;
  const text = `made from ${made.randomness}, 2^${made.iterationsLog} iterations`;
  throw new CeremonyError('beacon', 'beacon_differs', text);
}

function checkVerificationKey({ verificationKey }: KeyFile, signals: number): VerificationKey {
  const parsed = parseVerificationKey(verificationKey, signals);
  if (parsed.kind === 'parsed') return parsed.key;
  const { reason } = parsed;
  throw new CeremonyError('verification-key', 'verification_key_refused', reason, { reason });
}

/**
 * Checks a ceremony from its files, believing nobody who took part: the circuit against artifacts.lock, the
 * phase 1 file against its published hash, the first key by making it, every contribution on those before
 * it, the hashes that contributors say are theirs, the beacon, every point of the key against the first key
 * and the contributions (snarkjs), and the verification key (points, groups, γ ≠ δ). The contributions are
 * checked twice, by snarkjs and by noble curves. A second call gives the same answer, or fails the same.
 * @throws CeremonyError with the first step, in the order of CEREMONY_STEPS, that does not hold.
 */
export async function verifyCeremony(
  demand: CeremonyDemand,
  options: Phase2Options = {},
): Promise<VerifiedCeremony> {
  const onProgress = options.onProgress ?? (() => {});
  const { r1cs, pin } = await pinnedCircuit(demand, onProgress);
  const { powers: path, powersHash: hash, rehearsal, unfinished = false } = demand;
  const { domainLog } = pin;
  const powers = await checkPowersFile({ path, hash, domainLog, rehearsal }, (fraction) =>
    onProgress('hashing phase 1', fraction),
  );
  const key = await readKeyFile(demand.key);
  await withFirstKey(demand, r1cs, options, async (initial) => {
    const first = await readKeyFile(initial);
    if (first.contributions.length > 0 || first.circuitHash !== key.circuitHash) {
      const text = 'the key starts from another circuit or another phase 1';
      throw new CeremonyError('initial-key', 'initial_key_differs', text);
    }
    checkChain(key);
    checkExpected(key, demand.expected ?? []);
    if (!unfinished) checkEnding(key.contributions, demand.beacon);
    const request = { kind: 'check' as const, initial, powers: path, key: demand.key };
    const { holds, complaint } = await runPhase2(request, 'key-points', options);
    if (!holds) throw new CeremonyError('key-points', 'key_points_differ', complaint);
  });
  const verified = { pin, r1cs, powers, key };
  if (unfinished) return verified;
  const { publicSignals } = circuitRow(demand.circuit);
  return { ...verified, verificationKey: checkVerificationKey(key, publicSignals) };
}
