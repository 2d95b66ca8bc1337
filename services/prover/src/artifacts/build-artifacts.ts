import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson } from '@atomicity/kernel/codec/canonical-json';
import { compileCircuit } from '../ceremony/compile-circuit.ts';
import { developmentSecrets } from '../ceremony/development-secrets.ts';
import { developmentSetup } from '../ceremony/development-setup.ts';
import { domainLogOf } from '../ceremony/quadratic-program.ts';
import { readR1cs } from '../ceremony/r1cs-file.ts';
import { parseVerificationKeyText } from '../verify/verification-key.ts';
import { ARTIFACT_FILES, type CircuitPin, type FilePin } from './artifact-lock.ts';
import { CIRCUITS_DIRECTORY, sourcesHash } from './circuit-paths.ts';
import { type CircuitName, circuitRow } from './circuits.ts';

/** `waiting`: another process builds. Then, in this order: compile, setup, export. */
export type ArtifactPhase = 'waiting' | 'compile' | 'setup' | 'export';

export type ArtifactProgress = {
  readonly circuit: CircuitName;
  readonly phase: ArtifactPhase;
  /** Of the phase, 0 … 1. The compiler reports nothing: its fraction is an estimate from time. */
  readonly fraction: number;
};

export type OnArtifactProgress = (progress: ArtifactProgress) => void;

const PROVENANCE = {
  ceremony: 'development',
  secrets: 'published: a hash of the circuit name (ADR-0006)',
  unsafe: true,
};

const COMPILE_TICK_MS = 500;
const COMPILE_EXPECTED_MS = 20_000;
const COMPILE_EXPECTED_LARGE_MS = 200_000;

async function compileWithProgress(
  circuit: CircuitName,
  directory: string,
  onProgress: OnArtifactProgress,
): Promise<void> {
  const startedMs = performance.now();
  const expectedMs = circuitRow(circuit).large ? COMPILE_EXPECTED_LARGE_MS : COMPILE_EXPECTED_MS;
  const report = (): void => {
    const elapsedMs = performance.now() - startedMs;
    // Never reaches 1 before the compiler is done, on whatever machine.
    const fraction = elapsedMs / (elapsedMs + expectedMs / 2);
    onProgress({ circuit, phase: 'compile', fraction });
  };
  report();
  const ticker = setInterval(report, COMPILE_TICK_MS);
  const output = join(directory, 'compiled');
  try {
    await mkdir(output);
    const main = join(CIRCUITS_DIRECTORY, 'main', `${circuit}.circom`);
    const compiled = await compileCircuit(main, output);
    await rename(compiled.r1cs, join(directory, 'circuit.r1cs'));
    await rename(compiled.wasm, join(directory, 'circuit.wasm'));
  } finally {
    clearInterval(ticker);
    await rm(output, { recursive: true, force: true });
  }
  onProgress({ circuit, phase: 'compile', fraction: 1 });
}

async function writeDurably(path: string, chunks: readonly Uint8Array[]): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (const chunk of chunks) await file.writeFile(chunk);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Size and SHA-256 of a file. */
export async function pinFile(path: string): Promise<FilePin> {
  const content = await readFile(path);
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { bytes: content.length, sha256 };
}

/**
 * Compiles a circuit and makes its development keys in `directory`, which must exist and be empty.
 * Gives the sizes and hashes of what it made: equal on every machine. Not atomic: the caller builds in
 * a temporary directory and renames it.
 * @throws ArtifactError `compile_failed`.
 */
export async function buildArtifacts(
  circuit: CircuitName,
  directory: string,
  onProgress: OnArtifactProgress,
): Promise<CircuitPin> {
  await compileWithProgress(circuit, directory, onProgress);
  const r1csBytes = await readFile(join(directory, 'circuit.r1cs'));
  onProgress({ circuit, phase: 'setup', fraction: 0 });
  const keys = await developmentSetup(r1csBytes, developmentSecrets(circuit), (fraction) =>
    onProgress({ circuit, phase: 'setup', fraction }),
  );
  onProgress({ circuit, phase: 'export', fraction: 0 });
  const provenance = new TextEncoder().encode(`${canonicalJson({ circuit, ...PROVENANCE })}\n`);
  await writeDurably(join(directory, 'proving-key.zkey'), keys.provingKey);
  await writeDurably(join(directory, 'verification-key.json'), [keys.verificationKey]);
  await writeDurably(join(directory, 'provenance.json'), [provenance]);
  const files: Record<string, FilePin> = {};
  for (const file of ARTIFACT_FILES) files[file] = await pinFile(join(directory, file));
  const key = parseVerificationKeyText(
    new TextDecoder().decode(keys.verificationKey),
    circuitRow(circuit).publicSignals,
  );
  if (key.kind === 'refused') throw new Error(`made an unusable key: ${key.reason}`);
  const r1cs = readR1cs(r1csBytes);
  onProgress({ circuit, phase: 'export', fraction: 1 });
  return {
    sources: sourcesHash(circuit),
    constraints: r1cs.constraintCount,
    signals: r1cs.signalCount,
    domainLog: domainLogOf(r1cs),
    verificationKeyHash: key.key.hash,
    provenance: { ceremony: 'development', unsafe: true },
    files: files as CircuitPin['files'],
  };
}
