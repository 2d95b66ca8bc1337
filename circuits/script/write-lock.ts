// Builds every tier from scratch and pins what came out in artifacts.lock: for whoever changes a circuit.
// Run: npm run lock -w @atomicity/circuits
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ArtifactLock, CircuitPin } from '@atomicity/prover/artifacts/artifact-lock';
import { buildArtifacts } from '@atomicity/prover/artifacts/build-artifacts';
import { LOCK_FILE, sourcesHash, toolchain } from '@atomicity/prover/artifacts/circuit-paths';
import { type CircuitName, SPEND_TIERS } from '@atomicity/prover/artifacts/circuits';
import { gadgetLedger } from './gadget-ledger.ts';

const circuits: Partial<Record<CircuitName, CircuitPin>> = {};
for (const tier of SPEND_TIERS) {
  const circuit: CircuitName = `spend-${tier}`;
  const directory = mkdtempSync(join(tmpdir(), 'atomicity-lock-'));
  const startedMs = performance.now();
  try {
    circuits[circuit] = await buildArtifacts(circuit, directory, () => {});
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(`${circuit}: ${circuits[circuit].constraints} constraints, ${seconds} s`);
}
const lock: ArtifactLock = {
  v: 1,
  toolchain: toolchain(),
  sources: sourcesHash(),
  circuits: circuits as ArtifactLock['circuits'],
  ledger: await gadgetLedger(),
};
writeFileSync(LOCK_FILE, `${JSON.stringify(lock, null, 2)}\n`);
