import { readFileSync } from 'node:fs';
import { type CircuitName, circuitRow } from '@atomicity/prover/artifacts/circuits';
import { ensureArtifacts } from '@atomicity/prover/artifacts/ensure-artifacts';
import { verifierSource } from './verifier-source.ts';

/** The committed text of a circuit's development verifier. @throws ArtifactError, VerifierSourceError. */
export async function developmentVerifierSource(circuit: CircuitName): Promise<string> {
  const artifacts = await ensureArtifacts(circuit);
  const text = readFileSync(artifacts.verificationKey, 'utf8');
  const origin = artifacts.unsafe ? 'development' : 'ceremony';
  return verifierSource(circuit, circuitRow(circuit).publicSignals, text, origin);
}
