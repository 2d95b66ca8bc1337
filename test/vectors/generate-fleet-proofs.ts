// Writes fleet-proofs.json anew, with real proofs:
//   node --conditions=source test/vectors/generate-fleet-proofs.ts \
//     [--chain-id 31337] [--registry 0x…] [--fleet <64 hex digits>] [--cycle 1] [--revision 0]
// Without options: for the place where the contracts' tests deploy (contracts/README.md). Needed after a
// change of the circuits fleet-64, spend-16 or spent-at-most, whose keys the proofs are for.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parseHash } from '@atomicity/kernel/units/id';
import { ensureArtifacts } from '@atomicity/prover/artifacts/ensure-artifacts';
import { snarkjsProver } from '@atomicity/prover/prove/snarkjs-prover';
import { isAddress } from 'viem';
import { buildFleetProofs, TEST_PLACE } from './build-fleet-proofs.ts';

const { values } = parseArgs({
  options: {
    'chain-id': { type: 'string', default: String(TEST_PLACE.chainId) },
    registry: { type: 'string', default: TEST_PLACE.registry },
    fleet: { type: 'string', default: TEST_PLACE.fleet },
    cycle: { type: 'string', default: String(TEST_PLACE.cycle) },
    revision: { type: 'string', default: String(TEST_PLACE.revision) },
  },
});

function whole(name: 'chain-id' | 'cycle' | 'revision'): number {
  const value = Number(values[name]);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${name}: a whole number`);
  return value;
}

const fleet = parseHash(values.fleet);
if (fleet === undefined) throw new Error('--fleet: 64 lower-case hex digits');
if (!isAddress(values.registry)) throw new Error('--registry: an address with its checksum');

const place = {
  chainId: whole('chain-id'),
  registry: values.registry,
  fleet,
  cycle: whole('cycle'),
  revision: whole('revision'),
};
const prover = snarkjsProver(ensureArtifacts);
try {
  const fixture = await buildFleetProofs(place, prover);
  const file = new URL('fleet-proofs.json', import.meta.url);
  writeFileSync(file, `${JSON.stringify(fixture, null, 2)}\n`);
} finally {
  prover.close();
}
