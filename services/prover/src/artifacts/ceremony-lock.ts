import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ArtifactError } from './artifact-error.ts';
import { ARTIFACT_FILES, type CircuitPin, circuitPin } from './artifact-lock.ts';
import type { CircuitName } from './circuits.ts';

/**
 * ceremony.lock in a deployment's artifacts directory: what `atomicity ceremony install` put there, in the
 * shape of circuits/artifacts.lock, which only ever pins development keys.
 */
export type CeremonyLock = {
  readonly v: 1;
  readonly circuits: Readonly<Partial<Record<CircuitName, CircuitPin>>>;
};

export const CEREMONY_LOCK = 'ceremony.lock';

/** True if any ceremony was installed in an artifacts directory. */
export function hasCeremonyLock(directory: string): boolean {
  return existsSync(join(directory, CEREMONY_LOCK));
}

const HASH = /^[0-9a-f]{64}$/;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** True for a pin that names every file and key by its hash; whether they are there is for the caller. */
function isPin(pin: unknown): boolean {
  if (!isRecord(pin) || !isRecord(pin['files']) || !isRecord(pin['provenance'])) return false;
  const { files, provenance, verificationKeyHash } = pin;
  return (
    HASH.test(String(verificationKeyHash)) &&
    provenance['ceremony'] === 'multi-party' &&
    typeof provenance['unsafe'] === 'boolean' &&
    ARTIFACT_FILES.every((name) => {
      const file = files[name];
      return isRecord(file) && Number.isInteger(file['bytes']) && HASH.test(String(file['sha256']));
    })
  );
}

/** Of the whole file: a pin that cannot be used refuses it for every circuit. */
function isLock(value: unknown): value is CeremonyLock {
  return (
    isRecord(value) && isRecord(value['circuits']) && Object.values(value['circuits']).every(isPin)
  );
}

/**
 * Reads ceremony.lock; one without circuits where there is none.
 * @throws ArtifactError `lock_unreadable`.
 */
export function readCeremonyLock(directory: string): CeremonyLock {
  if (!hasCeremonyLock(directory)) return { v: 1, circuits: {} };
  const path = join(directory, CEREMONY_LOCK);
  let lock: unknown;
  try {
    lock = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ArtifactError('lock_unreadable', `${path} cannot be read`, { cause: String(error) });
  }
  if (!isRecord(lock) || lock['v'] !== 1) {
    throw new ArtifactError('lock_unreadable', `${path}: unknown lock version`);
  }
  if (!isLock(lock)) throw new ArtifactError('lock_unreadable', `${path}: a pin is malformed`);
  return lock;
}

/** The folder of a ceremony's keys: named after the compiled circuit and the key. */
export function ceremonyFolder(circuit: CircuitName, pin: CircuitPin): string {
  const r1cs = pin.files['circuit.r1cs'].sha256.slice(0, 12);
  return `${circuit}-${r1cs}-${pin.verificationKeyHash.slice(0, 12)}`;
}

/**
 * What ceremony.lock pins for a circuit, if it is of the circuit that artifacts.lock pins.
 * @throws ArtifactError `ceremony_keys_missing`, `ceremony_keys_outdated`, and as `circuitPin`.
 */
export function ceremonyPin(circuit: CircuitName, directory: string): CircuitPin {
  const current = circuitPin(circuit);
  const pin = readCeremonyLock(directory).circuits[circuit];
  if (pin === undefined) {
    const text = `no keys of a ceremony are installed for ${circuit}; development keys are not taken instead`;
    throw new ArtifactError('ceremony_keys_missing', text, { directory });
  }
  for (const file of ['circuit.r1cs', 'circuit.wasm'] as const) {
    if (pin.files[file].sha256 === current.files[file].sha256) continue;
    const text = `the ceremony of ${circuit} was held for another version of the circuit`;
    throw new ArtifactError('ceremony_keys_outdated', text, {
      file,
      installed: pin.files[file].sha256,
      current: current.files[file].sha256,
    });
  }
  return pin;
}
