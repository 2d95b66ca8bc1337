// Writes the verifier contracts. Run: npm run verifiers -w @atomicity/contracts
//   without arguments: src/verifiers/generated, from the development keys that artifacts.lock pins;
//   --circuit NAME --key FILE --out DIRECTORY: one contract for a key that a ceremony made.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { circuitPin } from '@atomicity/prover/artifacts/artifact-lock';
import { CIRCUITS, type CircuitName, circuitRow } from '@atomicity/prover/artifacts/circuits';
import { parseVerificationKeyText } from '@atomicity/prover/verify/verification-key';
import { developmentVerifierSource } from './development-verifier.ts';
import { VERIFIER_CIRCUITS } from './verifier-circuits.ts';
import { VerifierSourceError, verifierName, verifierSource } from './verifier-source.ts';

const GENERATED = new URL('../src/verifiers/generated/', import.meta.url);

/** A key that a ceremony made. A pinned development key under that name is refused. */
function ceremonyVerifierSource(circuit: CircuitName, keyFile: string): string {
  const text = readFileSync(keyFile, 'utf8');
  const { publicSignals } = circuitRow(circuit);
  const parsed = parseVerificationKeyText(text, publicSignals);
  const pin = circuitPin(circuit);
  if (
    parsed.kind === 'parsed' &&
    parsed.key.hash === pin.verificationKeyHash &&
    pin.provenance.unsafe
  ) {
    throw new VerifierSourceError(
      'development_key',
      `${keyFile} is the development key of ${circuit}`,
    );
  }
  return verifierSource(circuit, publicSignals, text, 'ceremony');
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { circuit: { type: 'string' }, key: { type: 'string' }, out: { type: 'string' } },
  });
  const { circuit, key, out } = values;
  if (circuit === undefined && key === undefined && out === undefined) {
    for (const name of VERIFIER_CIRCUITS) {
      const file = new URL(`${verifierName(name)}.sol`, GENERATED);
      writeFileSync(file, await developmentVerifierSource(name));
    }
    return;
  }
  const row = CIRCUITS.find(({ name }) => name === circuit);
  if (row === undefined || key === undefined || out === undefined) {
    throw new Error('give --circuit NAME, --key FILE and --out DIRECTORY, or none of them');
  }
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, `${verifierName(row.name)}.sol`), ceremonyVerifierSource(row.name, key));
}

await main();
