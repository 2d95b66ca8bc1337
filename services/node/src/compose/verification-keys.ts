import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  isJsonObject,
  type JsonObject,
  parseAnyJson,
} from '@atomicity/kernel/codec/canonical-json';
import type { Hash } from '@atomicity/kernel/units/id';
import { artifactsDirectory } from '@atomicity/prover/artifacts/circuit-paths';
import { PUBLIC_SIGNAL_COUNT } from '@atomicity/prover/artifacts/circuits';
import { parseVerificationKey } from '@atomicity/prover/verify/verification-key';

/**
 * The verification keys that this machine has, by their own hash: a file that does not parse is passed
 * over, and a name says nothing.
 */
export function verificationKeysOnDisk(
  directory = artifactsDirectory(),
): ReadonlyMap<Hash, JsonObject> {
  const keys = new Map<Hash, JsonObject>();
  if (!existsSync(directory)) return keys;
  for (const folder of readdirSync(directory)) {
    const file = join(directory, folder, 'verification-key.json');
    if (!existsSync(file)) continue;
    const value = parseAnyJson(readFileSync(file, 'utf8'))?.value;
    const parsed = parseVerificationKey(value, PUBLIC_SIGNAL_COUNT);
    if (parsed.kind === 'parsed' && isJsonObject(value)) keys.set(parsed.key.hash, value);
  }
  return keys;
}
