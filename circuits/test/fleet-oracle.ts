// An independent account of the public signals of a fleet circuit of any size: from the circuit's own
// inputs, with circomlibjs' Poseidon and node's SHA-256. It shares no code with the kernel, the prover or
// the circuit.
import { createHash } from 'node:crypto';
import type { CircuitInput } from '@atomicity/prover/prove/groth16-prover';
import { buildPoseidon } from 'circomlibjs';

type Signals = CircuitInput['signals'];
type Hash = (name: string, inputs: readonly bigint[]) => bigint;

function tag(name: string): bigint {
  const digest = createHash('sha256').update(`atomicity/poseidon/${name}/v1`).digest('hex');
  return BigInt(`0x${digest.slice(0, 62)}`);
}

function one(signals: Signals, name: string): bigint {
  const value = signals[name];
  if (typeof value !== 'bigint') throw new Error(`${name} is not one value`);
  return value;
}

function many(signals: Signals, name: string): readonly bigint[] {
  const value = signals[name];
  if (!Array.isArray(value)) throw new Error(`${name} is not a list`);
  return value;
}

/** The root by definition: a leaf is its own root, a node hashes the roots of its four quarters. */
function rootOf(hash: Hash, name: string, leaves: readonly bigint[]): bigint {
  if (leaves.length === 1) return leaves[0] ?? 0n;
  const quarter = leaves.length / 4;
  return hash(
    name,
    [0, 1, 2, 3].map((i) => rootOf(hash, name, leaves.slice(i * quarter, (i + 1) * quarter))),
  );
}

/** Public signals, outputs first, of a circuit with as many slots as `used` has entries. */
export type FleetOracle = (signals: Signals) => readonly bigint[];

function publicSignals(hash: Hash, signals: Signals): readonly bigint[] {
  const column = (name: string, i: number): bigint => many(signals, name)[i] ?? 0n;
  const words = (name: string, i: number): readonly bigint[] =>
    many(signals, name).slice(3 * i, 3 * i + 3);
  const size = many(signals, 'used').length;
  const slots = Array.from({ length: size }, (_, i) => i);
  const leaves: bigint[] = [];
  const summaries: bigint[] = [];
  const flags = new Array<bigint>(Math.ceil(size / 128)).fill(0n);
  let [count, consumed, reserved] = [0n, 0n, 0n];
  for (const i of slots) {
    const isUsed = column('used', i) === 1n;
    const isIncluded = column('included', i) === 1n;
    const identity = [column('policyDigest', i), column('nullifier', i)] as const;
    leaves.push(isUsed ? hash('fleet-slot', [...identity, column('subCap', i), BigInt(i)]) : 0n);
    const opened = isIncluded
      ? hash('summary', [
          identity[0],
          column('periodDigest', i),
          identity[1],
          column('periodTotal', i),
          column('cumulativeTotal', i),
          column('counts', i),
          ...words('periodWords', i),
          ...words('cumulativeWords', i),
          column('salt', i),
        ])
      : 0n;
    summaries.push(opened);
    if (isUsed) count += 1n;
    if (isIncluded) {
      consumed += column('cumulativeTotal', i);
      const word = Math.floor(i / 128);
      flags[word] = (flags[word] ?? 0n) + 2n ** BigInt(i % 128);
    } else if (isUsed) {
      reserved += column('subCap', i);
    }
  }
  const cap = one(signals, 'cap');
  return [
    hash('fleet-policy', [
      rootOf(hash, 'fleet-slots', leaves),
      cap + count * 2n ** 64n,
      one(signals, 'fleetId'),
    ]),
    rootOf(hash, 'fleet-summaries', summaries),
    cap + consumed * 2n ** 64n + reserved * 2n ** 128n + count * 2n ** 192n,
    ...flags,
    one(signals, 'context'),
  ];
}

/** The oracle. */
export async function buildFleetOracle(): Promise<FleetOracle> {
  const poseidon = await buildPoseidon();
  const hash: Hash = (name, inputs) => poseidon.F.toObject(poseidon(inputs, tag(name)));
  return (signals) => publicSignals(hash, signals);
}
