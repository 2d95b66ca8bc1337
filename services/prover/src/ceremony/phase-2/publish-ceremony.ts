import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { utf8 } from '@atomicity/kernel/codec/bytes';
import type { Hash } from '@atomicity/kernel/units/id';
import type { ArtifactLock } from '../../artifacts/artifact-lock.ts';
import { readArtifactLock } from '../../artifacts/artifact-lock.ts';
import { pinFile } from '../../artifacts/build-artifacts.ts';
import { CeremonyError } from './ceremony-error.ts';
import type { Phase2Options } from './run-phase-2.ts';
import { type CeremonyTranscript, transcriptHash, transcriptText } from './transcript.ts';
import { type CeremonyDemand, type VerifiedCeremony, verifyCeremony } from './verify-ceremony.ts';

/** The files of a published ceremony. */
export const PUBLISHED = {
  transcript: 'transcript.json',
  provingKey: 'proving-key.zkey',
  verificationKey: 'verification-key.json',
  r1cs: 'circuit.r1cs',
} as const;

export type PublishedCeremony = {
  readonly transcript: CeremonyTranscript;
  readonly transcriptHash: Hash;
};

/** Writes bytes and makes them durable. */
export async function writeDurableFile(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Copies a file and makes the copy durable. */
export async function copyDurably(from: string, to: string): Promise<void> {
  await copyFile(from, to);
  const file = await open(to, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The record of a ceremony that was just verified. @throws CeremonyError for a key on its way. */
export async function transcriptOf(
  { circuit, key: path }: CeremonyDemand,
  { pin, powers, key, verificationKey }: VerifiedCeremony,
): Promise<CeremonyTranscript> {
  if (verificationKey === undefined) {
    throw new CeremonyError('verification-key', 'verification_key_refused', 'not a final key');
  }
  const { toolchain }: ArtifactLock = readArtifactLock();
  return {
    circuit,
    sources: pin.sources as Hash,
    toolchain,
    r1cs: pin.files['circuit.r1cs'].sha256 as Hash,
    powersOfTau: {
      blake2b: powers.blake2b,
      power: powers.power,
      contributions: powers.contributions,
    },
    circuitHash: key.circuitHash,
    contributions: key.contributions,
    provingKey: (await pinFile(path)).sha256 as Hash,
    verificationKeyHash: verificationKey.hash,
    verificationKey: JSON.parse(JSON.stringify(key.verificationKey)),
  };
}

/** The text of a verification key file: what snarkjs and every other verifier read. */
export function verificationKeyText({ verificationKey }: CeremonyTranscript): string {
  return `${JSON.stringify(verificationKey, null, 1)}\n`;
}

/**
 * Verifies a ceremony as `verifyCeremony` and writes a new folder with its transcript, proving key,
 * verification key and compiled circuit. The folder appears when it is whole; a kill leaves none under its
 * name. Durable when it resolves.
 * @throws CeremonyError as `verifyCeremony`, `output_exists`.
 */
export async function publishCeremony(
  demand: CeremonyDemand,
  out: string,
  options: Phase2Options = {},
): Promise<PublishedCeremony> {
  if (existsSync(out)) {
    throw new CeremonyError('transcript', 'output_exists', `${out} is there already`);
  }
  const verified = await verifyCeremony({ ...demand, unfinished: false }, options);
  const transcript = await transcriptOf(demand, verified);
  const text = transcriptText(transcript);
  const parent = dirname(resolve(out));
  await mkdir(parent, { recursive: true });
  const building = await mkdtemp(join(parent, `.${basename(out)}-`));
  try {
    await copyDurably(demand.key, join(building, PUBLISHED.provingKey));
    const copied = await pinFile(join(building, PUBLISHED.provingKey));
    if (copied.sha256 !== transcript.provingKey) {
      const changed = `${demand.key} changed while it was published`;
      throw new CeremonyError('transcript', 'transcript_differs', changed);
    }
    await copyDurably(verified.r1cs, join(building, PUBLISHED.r1cs));
    const keyText = verificationKeyText(transcript);
    await writeDurableFile(join(building, PUBLISHED.verificationKey), utf8(keyText));
    await writeDurableFile(join(building, PUBLISHED.transcript), utf8(`${text}\n`));
    await rename(building, out);
  } finally {
    await rm(building, { recursive: true, force: true });
  }
  return { transcript, transcriptHash: transcriptHash(text) };
}
