import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { utf8 } from '@atomicity/kernel/codec/bytes';
import { canonicalJson } from '@atomicity/kernel/codec/canonical-json';
import type { Hash } from '@atomicity/kernel/units/id';
import {
  ARTIFACT_FILES,
  type CircuitPin,
  circuitPin,
  type FilePin,
  type KeyProvenance,
} from '../../artifacts/artifact-lock.ts';
import { pinFile } from '../../artifacts/build-artifacts.ts';
import { withBuildLock } from '../../artifacts/build-lock.ts';
import {
  CEREMONY_LOCK,
  type CeremonyLock,
  ceremonyFolder,
  readCeremonyLock,
} from '../../artifacts/ceremony-lock.ts';
import { artifactsDirectory } from '../../artifacts/circuit-paths.ts';
import { type Artifacts, ensureArtifacts } from '../../artifacts/ensure-artifacts.ts';
import { CeremonyError } from './ceremony-error.ts';
import { checkTranscript } from './check-transcript.ts';
import { readKeyFile } from './key-file.ts';
import {
  copyDurably,
  PUBLISHED,
  transcriptOf,
  verificationKeyText,
  writeDurableFile,
} from './publish-ceremony.ts';
import type { OnCeremonyProgress, Phase2Options } from './run-phase-2.ts';
import {
  type CeremonyTranscript,
  parseTranscript,
  transcriptHash,
  transcriptText,
} from './transcript.ts';
import { verifyCeremony } from './verify-ceremony.ts';

export type InstallDemand = {
  /** The folder that `publishCeremony` wrote. */
  readonly from: string;
  /**
   * Why the keys are believed: `files` verifies all of the ceremony now; `transcript` states the hash of a
   * transcript that was verified before, by the operator or by whom the operator believes.
   */
  readonly because:
    | { readonly kind: 'files'; readonly powers: string; readonly powersHash: string }
    | { readonly kind: 'transcript'; readonly hash: Hash };
  /** Installs the keys of a rehearsal, marked unsafe. */
  readonly rehearsal: boolean;
  /** Instead of $ATOMICITY_ARTIFACTS or circuits/artifacts. */
  readonly directory?: string;
};

const INSTALLING = '.installing-';

function refuse(code: CeremonyError['code'], text: string): CeremonyError {
  return new CeremonyError('transcript', code, text);
}

async function readPublished(
  from: string,
): Promise<{ transcript: CeremonyTranscript; hash: Hash }> {
  const path = join(from, PUBLISHED.transcript);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw refuse('transcript_malformed', `${path}: ${String(error)}`);
  });
  const parsed = parseTranscript(text);
  if (parsed.kind === 'parsed') return parsed;
  const { reason, field } = parsed.refusal;
  throw refuse('transcript_malformed', `${path}: ${reason}${field ? ` at ${field}` : ''}`);
}

/** The transcript is about the files beside it and about the circuit as it is pinned now. */
async function checkPublished(from: string, transcript: CeremonyTranscript): Promise<void> {
  const pin = circuitPin(transcript.circuit);
  if (transcript.r1cs !== pin.files['circuit.r1cs'].sha256) {
    const text = `the ceremony was held for another ${transcript.circuit} than artifacts.lock pins`;
    throw new CeremonyError('circuit', 'circuit_differs', text);
  }
  const verdict = checkTranscript(transcript);
  if (verdict.kind === 'fails') throw refuse('transcript_differs', verdict.reason);
  const provingKey = join(from, PUBLISHED.provingKey);
  if ((await pinFile(provingKey)).sha256 !== transcript.provingKey) {
    throw refuse('transcript_differs', `${provingKey} is not the key of the transcript`);
  }
  const { verificationKey } = await readKeyFile(provingKey);
  if (canonicalJson({ ...verificationKey }) !== canonicalJson(transcript.verificationKey)) {
    throw refuse('transcript_differs', 'the proving key has another verification key');
  }
}

async function verifyFiles(
  { from, because, rehearsal }: InstallDemand,
  transcript: CeremonyTranscript,
  options: Phase2Options,
): Promise<void> {
  if (because.kind === 'transcript') {
    const hash = transcriptHash(transcriptText(transcript));
    if (hash === because.hash) return;
    throw refuse('transcript_differs', `the transcript hashes to ${hash}`);
  }
  const demand = {
    circuit: transcript.circuit,
    powers: because.powers,
    powersHash: because.powersHash,
    rehearsal,
    key: join(from, PUBLISHED.provingKey),
  };
  const made = await transcriptOf(demand, await verifyCeremony(demand, options));
  if (transcriptText(made) !== transcriptText(transcript)) {
    throw refuse('transcript_differs', 'the files make another transcript');
  }
}

async function fillFolder(
  folder: string,
  from: string,
  transcript: CeremonyTranscript,
  provenance: KeyProvenance,
  compiled: Artifacts,
): Promise<CircuitPin> {
  const { circuit } = transcript;
  await copyDurably(compiled.r1cs, join(folder, 'circuit.r1cs'));
  await copyDurably(compiled.wasm, join(folder, 'circuit.wasm'));
  await copyDurably(join(from, PUBLISHED.provingKey), join(folder, 'proving-key.zkey'));
  const keyText = verificationKeyText(transcript);
  await writeDurableFile(join(folder, 'verification-key.json'), utf8(keyText));
  const facts = canonicalJson({ circuit, ...provenance });
  await writeDurableFile(join(folder, 'provenance.json'), utf8(`${facts}\n`));
  await writeDurableFile(
    join(folder, PUBLISHED.transcript),
    utf8(`${transcriptText(transcript)}\n`),
  );
  const files: Record<string, FilePin> = {};
  for (const file of ARTIFACT_FILES) files[file] = await pinFile(join(folder, file));
  // What was copied is what was checked, whatever happened to the folder in between.
  if (files['proving-key.zkey']?.sha256 !== transcript.provingKey) {
    throw refuse('transcript_differs', 'the proving key changed while it was installed');
  }
  const { sources, constraints, signals, domainLog } = circuitPin(circuit);
  return {
    sources,
    constraints,
    signals,
    domainLog,
    verificationKeyHash: transcript.verificationKeyHash,
    provenance,
    files: files as CircuitPin['files'],
  };
}

async function place(
  root: string,
  from: string,
  transcript: CeremonyTranscript,
  provenance: KeyProvenance,
  compiled: Artifacts,
): Promise<void> {
  const building = await mkdtemp(join(root, INSTALLING));
  try {
    const pin = await fillFolder(building, from, transcript, provenance, compiled);
    const target = join(root, ceremonyFolder(transcript.circuit, pin));
    if (!existsSync(target)) await rename(building, target);
    const lock: CeremonyLock = {
      v: 1,
      circuits: { ...readCeremonyLock(root).circuits, [transcript.circuit]: pin },
    };
    const path = join(root, CEREMONY_LOCK);
    await writeDurableFile(`${path}.new`, utf8(`${JSON.stringify(lock, null, 2)}\n`));
    // Durable from here: the keys are believed when the lock names them.
    await rename(`${path}.new`, path);
  } finally {
    await rm(building, { recursive: true, force: true });
  }
}

/**
 * Puts the keys of a published ceremony beside the development keys and pins them in ceremony.lock, so that
 * `ensureArtifacts` gives them to whoever asks for `ceremony` or `installed` keys. circuits/artifacts.lock is
 * left alone. A second call with the same keys changes nothing; one with other keys of the circuit
 * replaces the pin and leaves the old folder. Durable when it resolves.
 * @throws CeremonyError `transcript_malformed`, `transcript_differs`, `circuit_differs`,
 * `powers_without_contributions` for a rehearsal that is not asked for, and as `verifyCeremony`.
 */
export async function installCeremony(
  demand: InstallDemand,
  options: Phase2Options = {},
): Promise<Artifacts> {
  const { from, rehearsal, directory = artifactsDirectory() } = demand;
  const onProgress: OnCeremonyProgress = options.onProgress ?? (() => {});
  const { transcript, hash } = await readPublished(from);
  const { circuit, contributions, powersOfTau } = transcript;
  const unsafe = powersOfTau.contributions === 0;
  if (unsafe && !rehearsal) {
    const text = 'these are the keys of a rehearsal';
    throw new CeremonyError('powers-of-tau', 'powers_without_contributions', text);
  }
  await checkPublished(from, transcript);
  await verifyFiles(demand, transcript, options);
  const compiled = await ensureArtifacts(circuit, {
    directory,
    onProgress: ({ phase, fraction }) => onProgress(`building ${circuit}: ${phase}`, fraction),
  });
  const provenance: KeyProvenance = {
    ceremony: 'multi-party',
    unsafe,
    transcript: hash,
    contributions: contributions.length - 1,
    powersOfTau: powersOfTau.blake2b,
  };
  await mkdir(directory, { recursive: true });
  await withBuildLock(
    directory,
    () => onProgress('waiting for another process', 0),
    () => place(directory, from, transcript, provenance, compiled),
  );
  return await ensureArtifacts(circuit, { directory, keys: 'ceremony' });
}
