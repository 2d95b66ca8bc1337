// Builds every tier from scratch and pins what came out in artifacts.lock: for whoever changes a circuit.
// Run: npm run lock -w @atomicity/circuits [-- CIRCUIT ...]; without a name, every circuit that main/ has.
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ArtifactLock,
  type CircuitPin,
  readArtifactLock,
} from '@atomicity/prover/artifacts/artifact-lock';
import { buildArtifacts } from '@atomicity/prover/artifacts/build-artifacts';
import {
  CIRCUITS_DIRECTORY,
  LOCK_FILE,
  toolchain,
} from '@atomicity/prover/artifacts/circuit-paths';
import { CIRCUITS, type CircuitName } from '@atomicity/prover/artifacts/circuits';
import { gadgetLedger } from './gadget-ledger.ts';

const asked = process.argv.slice(2);
const names = CIRCUITS.map((row) => row.name).filter((name) =>
  asked.length > 0
    ? asked.includes(name)
    : existsSync(join(CIRCUITS_DIRECTORY, 'main', `${name}.circom`)),
);
const unknown = asked.filter((name) => !(names as readonly string[]).includes(name));
if (unknown.length > 0) throw new Error(`no circuit ${unknown.join(', ')}`);

/** The pins on disk, so that a circuit that was not asked for keeps its own. */
function pinned(): ArtifactLock['circuits'] {
  return existsSync(LOCK_FILE) ? readArtifactLock().circuits : {};
}

async function pinOf(circuit: CircuitName): Promise<CircuitPin> {
  const directory = mkdtempSync(join(tmpdir(), 'atomicity-lock-'));
  const startedMs = performance.now();
  try {
    const pin = await buildArtifacts(circuit, directory, () => {});
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    console.log(`${circuit}: ${pin.constraints} constraints, ${seconds} s`);
    return pin;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const fresh = new Map<CircuitName, CircuitPin>();
for (const name of names) fresh.set(name, await pinOf(name));
const ledger = await gadgetLedger();
const pins = { ...pinned(), ...Object.fromEntries(fresh) };
const lock: ArtifactLock = {
  v: 2,
  toolchain: toolchain(),
  circuits: Object.fromEntries(
    CIRCUITS.flatMap(({ name }) => (pins[name] === undefined ? [] : [[name, pins[name]]])),
  ),
  ledger,
};
writeFileSync(`${LOCK_FILE}.new`, `${JSON.stringify(lock, null, 2)}\n`);
renameSync(`${LOCK_FILE}.new`, LOCK_FILE);
