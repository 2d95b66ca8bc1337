import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Hash } from '@atomicity/kernel/units/id';
import { ArtifactError } from './artifact-error.ts';
import {
  ARTIFACT_FILES,
  type ArtifactFile,
  type CircuitPin,
  circuitPin,
  type KeyProvenance,
} from './artifact-lock.ts';
import { buildArtifacts, type OnArtifactProgress, pinFile } from './build-artifacts.ts';
import { withBuildLock } from './build-lock.ts';
import { ceremonyFolder, ceremonyPin, hasCeremonyLock } from './ceremony-lock.ts';
import { artifactsDirectory } from './circuit-paths.ts';
import type { CircuitName } from './circuits.ts';

export type Artifacts = {
  readonly circuit: CircuitName;
  readonly r1cs: string;
  readonly wasm: string;
  readonly provingKey: string;
  readonly verificationKey: string;
  readonly verificationKeyHash: Hash;
} & KeyProvenance;

/**
 * Which keys. `development`: unsafe ones, made here. `ceremony`: those installed from a ceremony, or none.
 * `installed`: `ceremony` as soon as any ceremony was installed in the directory, else `development`; so a
 * deployment that has held one never falls back.
 */
export type KeyChoice = 'development' | 'ceremony' | 'installed';

export const KEY_CHOICES: readonly KeyChoice[] = ['development', 'ceremony', 'installed'];

export type EnsureOptions = {
  readonly onProgress?: OnArtifactProgress;
  /** Instead of $ATOMICITY_ARTIFACTS or circuits/artifacts. */
  readonly directory?: string;
  /** `development` if absent. */
  readonly keys?: KeyChoice;
};

const BUILDING = '.building-';

function checkPin(circuit: CircuitName, file: ArtifactFile, pin: CircuitPin, actual: CircuitPin) {
  const expected = pin.files[file];
  const found = actual.files[file];
  if (expected.bytes === found.bytes && expected.sha256 === found.sha256) return;
  throw new ArtifactError('artifact_mismatch', `${circuit}/${file} differs from its lock`, {
    file,
    expectedSha256: expected.sha256,
    actualSha256: found.sha256,
    expectedBytes: expected.bytes,
    actualBytes: found.bytes,
  });
}

async function checkCached(circuit: CircuitName, directory: string, pin: CircuitPin) {
  for (const file of ARTIFACT_FILES) {
    const path = join(directory, file);
    if (!existsSync(path)) {
      throw new ArtifactError('artifact_mismatch', `${path} is missing; delete its directory`, {
        file,
      });
    }
    const found = await pinFile(path);
    checkPin(circuit, file, pin, { ...pin, files: { ...pin.files, [file]: found } });
  }
}

async function build(
  circuit: CircuitName,
  root: string,
  target: string,
  pin: CircuitPin,
  onProgress: OnArtifactProgress,
): Promise<void> {
  // What a killed build left behind; nobody else builds while the lock is held.
  for (const name of await readdir(root)) {
    if (name.startsWith(BUILDING)) await rm(join(root, name), { recursive: true, force: true });
  }
  const building = await mkdtemp(join(root, BUILDING));
  try {
    const built = await buildArtifacts(circuit, building, onProgress);
    for (const file of ARTIFACT_FILES) checkPin(circuit, file, pin, built);
    // The whole directory appears at once: a kill before this line leaves only `.building-*`.
    await rename(building, target);
  } finally {
    await rm(building, { recursive: true, force: true });
  }
}

function artifactsOf(circuit: CircuitName, target: string, pin: CircuitPin): Artifacts {
  return {
    circuit,
    r1cs: join(target, 'circuit.r1cs'),
    wasm: join(target, 'circuit.wasm'),
    provingKey: join(target, 'proving-key.zkey'),
    verificationKey: join(target, 'verification-key.json'),
    // The key file was just compared with the pin, so the pinned hash is its hash.
    verificationKeyHash: pin.verificationKeyHash as Hash,
    ...pin.provenance,
  };
}

/**
 * Gives a compiled circuit and its keys: those of a ceremony as installed, or development keys from the
 * cache or by building them (spend-16 in about 20 s, spend-64 in about 30 s on 2 cores).
 *
 * Every file is compared with its lock (circuits/artifacts.lock, or ceremony.lock in the directory) in size
 * and SHA-256 on every call. A kill at any point leaves no half-made directory under a believed name; two
 * processes never build at once. A second call finds the cache.
 * @throws ArtifactError `lock_unreadable`, `circuit_not_locked`, `sources_changed`, `compile_failed`,
 * `artifact_mismatch`, `ceremony_keys_missing`, `ceremony_keys_outdated`.
 */
export async function ensureArtifacts(
  circuit: CircuitName,
  options: EnsureOptions = {},
): Promise<Artifacts> {
  const onProgress = options.onProgress ?? (() => {});
  const root = options.directory ?? artifactsDirectory();
  const { keys = 'development' } = options;
  if (keys === 'ceremony' || (keys === 'installed' && hasCeremonyLock(root))) {
    const pin = ceremonyPin(circuit, root);
    const target = join(root, ceremonyFolder(circuit, pin));
    await checkCached(circuit, target, pin);
    return artifactsOf(circuit, target, pin);
  }
  const pin = circuitPin(circuit);
  // Named after its content: another version of the circuit never finds this one's files.
  const target = join(root, `${circuit}-${pin.files['circuit.r1cs'].sha256.slice(0, 12)}`);
  if (!existsSync(target)) {
    const onWaiting = (): void => onProgress({ circuit, phase: 'waiting', fraction: 0 });
    await withBuildLock(root, onWaiting, async () => {
      if (!existsSync(target)) await build(circuit, root, target, pin, onProgress);
    });
  }
  await checkCached(circuit, target, pin);
  return artifactsOf(circuit, target, pin);
}
