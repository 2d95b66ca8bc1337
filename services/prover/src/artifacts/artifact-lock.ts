import { readFileSync } from 'node:fs';
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

export type CircuitPin = {
  readonly constraints: number;
  readonly signals: number;
  readonly domainLog: number;
  readonly verificationKeyHash: string;
  readonly files: Readonly<Record<ArtifactFile, FilePin>>;
};

export type LedgerRow = { readonly gadget: string; readonly constraints: number };

/** circuits/artifacts.lock: what every machine must get from these sources. */
export type ArtifactLock = {
  readonly v: 1;
  readonly toolchain: string;
  readonly sources: string;
  readonly circuits: Readonly<Record<CircuitName, CircuitPin>>;
  /** Constraints of one instance of each gadget; see `npm run ledger`. */
  readonly ledger: readonly LedgerRow[];
};

/**
 * Reads circuits/artifacts.lock and checks that it belongs to the circuit sources on disk.
 * @throws ArtifactError `lock_unreadable`, `sources_changed`.
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
  if (lock.v !== 1) throw new ArtifactError('lock_unreadable', 'unknown lock version');
  const actual = sourcesHash();
  if (lock.sources !== actual) {
    throw new ArtifactError(
      'sources_changed',
      'circuit sources or compiler differ from artifacts.lock; run npm run lock -w circuits',
      { expected: lock.sources, actual },
    );
  }
  return lock;
}
