import { randomBytes } from 'node:crypto';
import { bytesToHex } from '@atomicity/kernel/codec/bytes';
import { CeremonyError } from './ceremony-error.ts';
import {
  BEACON_ITERATIONS_LOG,
  type Beacon,
  type Contribution,
  contributionHash,
  isUsableBeacon,
  isUsableName,
} from './contribution.ts';
import { checkContributionChain } from './contribution-chain.ts';
import { type KeyFile, readKeyFile } from './key-file.ts';
import { writeNewKeyFile } from './new-key-file.ts';
import type { Phase2Request } from './phase-2-messages.ts';
import { type Phase2Options, runPhase2 } from './run-phase-2.ts';

export type MadeContribution = {
  /** By which its maker recognises it in the transcript. */
  readonly hash: string;
  /** From 1. */
  readonly position: number;
  readonly circuitHash: string;
};

/** @throws CeremonyError `contribution_invalid` naming the first step that does not follow. */
export function checkChain({ circuitHash, contributions }: KeyFile): void {
  const verdict = checkContributionChain(circuitHash, contributions);
  if (verdict.kind === 'holds') return;
  const { position, fault } = verdict;
  const name = contributions[position - 1]?.name ?? '';
  const text = `contribution ${position} (${name}): ${fault}`;
  throw new CeremonyError('contributions', 'contribution_invalid', text, { position, name, fault });
}

async function openForMore(from: string): Promise<KeyFile> {
  const key = await readKeyFile(from);
  checkChain(key);
  if (key.contributions.some(({ beacon }) => beacon !== undefined)) {
    const text = `${from} has its beacon: nothing may follow it`;
    throw new CeremonyError('beacon', 'beacon_not_last', text);
  }
  return key;
}

/** What was made is the old key and exactly one step more, which follows. */
function checkMade(before: KeyFile, after: KeyFile, name: string): Contribution {
  checkChain(after);
  const made = after.contributions.at(-1);
  const kept = after.contributions.slice(0, -1);
  const same =
    after.circuitHash === before.circuitHash &&
    JSON.stringify(kept) === JSON.stringify(before.contributions);
  if (made === undefined || !same || made.name !== name) {
    throw new CeremonyError('contributions', 'process_failed', 'the key was not continued');
  }
  return made;
}

async function addStep(
  from: string,
  out: string,
  name: string,
  request: (part: string) => Phase2Request,
  options: Phase2Options,
): Promise<MadeContribution> {
  const before = await openForMore(from);
  return await writeNewKeyFile(out, 'contributions', async (part) => {
    const { holds, complaint } = await runPhase2(request(part), 'contributions', options);
    if (!holds) throw new CeremonyError('contributions', 'process_failed', complaint);
    const after = await readKeyFile(part);
    const made = checkMade(before, after, name);
    const { length: position } = after.contributions;
    return { hash: contributionHash(made), position, circuitHash: after.circuitHash };
  });
}

/**
 * Multiplies δ of a key by a secret that only the child process which draws it ever holds, and writes the
 * key that follows. The secret comes from 64 bytes of the operating system and, besides, from `typed`:
 * neither is written, logged or returned, and the process ends with the step.
 *
 * `name`: 1 … 64 characters, no control characters; no hash covers it. A second call makes another
 * contribution. Durable when it resolves; a kill leaves nothing under `out`.
 * @throws CeremonyError `name_unusable`, `key_unreadable`, `contribution_invalid`, `beacon_not_last`,
 * `output_exists`, `process_failed`.
 * Source: snarkjs 0.7.6, `zkey_contribute.js`.
 */
export async function addContribution(
  step: { readonly from: string; readonly name: string; readonly typed: string },
  out: string,
  options: Phase2Options = {},
): Promise<MadeContribution> {
  const { from, name, typed } = step;
  if (!isUsableName(name)) {
    const text = 'a name has 1 to 64 characters and no control characters';
    throw new CeremonyError('contributions', 'name_unusable', text);
  }
  // snarkjs adds 64 random bytes of its own; these keep the secret good should it ever stop doing so.
  const entropy = bytesToHex(randomBytes(64)) + typed;
  const request = (part: string) => ({
    kind: 'contribute' as const,
    from,
    out: part,
    name,
    entropy,
  });
  return await addStep(from, out, name, request, options);
}

/**
 * Ends a ceremony with public randomness, so that the last contributor could not choose the key.
 * `source` says where the randomness can be looked up and becomes the step's name. Two calls give equal
 * files. Otherwise as `addContribution`.
 * @throws CeremonyError `beacon_unusable` and as `addContribution`; `no_contributions` on a first key.
 */
export async function addBeacon(
  step: Beacon & { readonly from: string; readonly source: string },
  out: string,
  options: Phase2Options = {},
): Promise<MadeContribution> {
  const { from, source, randomness, iterationsLog } = step;
  const { min, max } = BEACON_ITERATIONS_LOG;
  if (!isUsableBeacon({ randomness, iterationsLog }) || !isUsableName(source)) {
    const text = `1 to 255 bytes in lower-case hex, 2^${min} to 2^${max} iterations, a source of 1 to 64 characters`;
    throw new CeremonyError('beacon', 'beacon_unusable', text);
  }
  if ((await readKeyFile(from)).contributions.length === 0) {
    const text = 'a beacon alone is no ceremony: everyone knows its secret';
    throw new CeremonyError('contributions', 'no_contributions', text);
  }
  const request = (part: string) => ({
    kind: 'beacon' as const,
    from,
    out: part,
    name: source,
    randomness,
    iterationsLog,
  });
  return await addStep(from, out, source, request, options);
}
