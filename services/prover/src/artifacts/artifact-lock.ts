import { readFileSync } from 'node:fs';
import type { Hash } from '@atomicity/kernel/units/id';
import { ArtifactError } from './artifact-error.ts';
import { LOCK_FILE, sourcesHash } from './circuit-paths.ts';
import type { CircuitName } from './circuits.ts';

export const ARTIFACT_FILES = [
  'circuit.r1cs',
  'circuit.wasm',
  'proving-key.zkey',
  'verification-key.json',
  'provenance.json',
] as const;

export type ArtifactFile = (typeof ARTIFACT_FILES)[number];

export type FilePin = { readonly bytes: number; readonly sha256: string };

/**
 * Where a circuit's keys come from. `development`: from published secrets, so anyone can forge. `multi-party`:
 * from a phase 2 in which it is enough that one contributor threw its secret away.
 */
export type KeyProvenance =
  | { readonly ceremony: 'development'; readonly unsafe: true }
  | {
      readonly ceremony: 'multi-party';
      /** True for a rehearsal: nobody contributed to phase 1. */
      readonly unsafe: boolean;
      /** Tagged hash of the published transcript. */
      readonly transcript: Hash;
      /** Contributions, the beacon not counted. */
      readonly contributions: number;
      /** BLAKE2b-512 of the phase 1 file. */
      readonly powersOfTau: string;
    };

export type CircuitPin = {
  /** SHA-256 over the compiler and every source that the circuit includes. */
  readonly sources: string;
  readonly constraints: number;
  readonly signals: number;
  readonly domainLog: number;
  readonly verificationKeyHash: string;
  readonly provenance: KeyProvenance;
  readonly files: Readonly<Record<ArtifactFile, FilePin>>;
};

export type LedgerRow = { readonly gadget: string; readonly constraints: number };

/** circuits/artifacts.lock: what every machine must get from these sources. */
export type ArtifactLock = {
  readonly v: 2;
  readonly toolchain: string;
  /** The circuits that have an instance. */
  readonly circuits: Readonly<Partial<Record<CircuitName, CircuitPin>>>;
  /** Constraints of one instance of each gadget; see `npm run ledger`. */
  readonly ledger: readonly LedgerRow[];
};

/**
 * Reads circuits/artifacts.lock.
 * @throws ArtifactError `lock_unreadable`.
 */
export function readArtifactLock(): ArtifactLock {
  let lock: ArtifactLock;
  try {
    lock = JSON.parse(readFileSync(LOCK_FILE, 'utf8'));
  } catch (error) {
    throw new ArtifactError('lock_unreadable', 'circuits/artifacts.lock cannot be read', {
      cause: String(error),
    });
  }
  if (lock.v !== 2) throw new ArtifactError('lock_unreadable', 'unknown lock version');
  return lock;
}

/**
 * What the lock pins for a circuit, if it belongs to the sources on disk.
 * @throws ArtifactError `lock_unreadable`, `circuit_not_locked`, `sources_changed`.
 */
export function circuitPin(circuit: CircuitName): CircuitPin {
  const pin = readArtifactLock().circuits[circuit];
  if (pin === undefined) {
    throw new ArtifactError('circuit_not_locked', `artifacts.lock has no ${circuit}`);
  }
  const actual = sourcesHash(circuit);
  if (pin.sources !== actual) {
    throw new ArtifactError(
      'sources_changed',
      `the sources of ${circuit} or the compiler differ from artifacts.lock; run npm run lock -w circuits`,
      { expected: pin.sources, actual },
    );
  }
  return pin;
}
