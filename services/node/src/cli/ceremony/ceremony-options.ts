import { CIRCUITS, type CircuitName } from '@atomicity/prover/artifacts/circuits';
import {
  BEACON_ITERATIONS_LOG,
  type Beacon,
  BLAKE2B_HEX,
  isUsableBeacon,
  isUsableName,
} from '@atomicity/prover/ceremony/phase-2/contribution';
import type { CeremonyDemand } from '@atomicity/prover/ceremony/phase-2/verify-ceremony';
import { required, wholeNumber } from '../options.ts';
import { UsageError } from '../usage-error.ts';

export const JSON_SPEC = { json: { type: 'boolean', default: false } } as const;

/** What a ceremony is about and what it starts from. */
export const START_SPEC = {
  circuit: { type: 'string' },
  r1cs: { type: 'string' },
  ptau: { type: 'string' },
  'ptau-hash': { type: 'string' },
  rehearsal: { type: 'boolean', default: false },
  ...JSON_SPEC,
} as const;

export const START_HELP = `  --circuit NAME      a circuit of circuits/artifacts.lock
  --ptau FILE         the prepared phase 1 file (powers of tau)
  --ptau-hash HEX     its BLAKE2b-512 as its ceremony published it, 128 hex digits
  --r1cs FILE         the compiled circuit; without it, this machine compiles its own
  --rehearsal         take a phase 1 file to which nobody contributed; the keys are marked unsafe
`;

/** What a verifier is told. */
export const VERIFY_SPEC = {
  ...START_SPEC,
  in: { type: 'string' },
  initial: { type: 'string' },
  expect: { type: 'string', multiple: true, default: [] as string[] },
  randomness: { type: 'string' },
  iterations: { type: 'string' },
} as const;

export const VERIFY_HELP = `${START_HELP}  --in FILE           the key
  --initial FILE      a first key that THIS machine made with init: saves making it again
  --expect HASH       a contribution that must be there, by its hash; more than one may be given
  --randomness HEX    the randomness that was announced for the beacon, with
  --iterations N      the announced log2 of the iterations
`;

type StartValues = {
  readonly circuit?: string | undefined;
  readonly r1cs?: string | undefined;
  readonly ptau?: string | undefined;
  readonly 'ptau-hash'?: string | undefined;
  readonly rehearsal: boolean;
};

type VerifyValues = StartValues & {
  readonly in?: string | undefined;
  readonly initial?: string | undefined;
  readonly expect: readonly string[];
  readonly randomness?: string | undefined;
  readonly iterations?: string | undefined;
};

/** A circuit by name. @throws UsageError. */
export function circuitOption(text: string | undefined): CircuitName {
  const name = required(text, 'circuit');
  const row = CIRCUITS.find((candidate) => candidate.name === name);
  if (row !== undefined) return row.name;
  throw new UsageError(`--circuit: ${CIRCUITS.map((each) => each.name).join(', ')}, not ${name}`);
}

/** A BLAKE2b-512 hash. @throws UsageError naming the option. */
export function blake2bOption(text: string | undefined, option: string): string {
  const hash = required(text, option);
  if (hash.length === BLAKE2B_HEX && /^[0-9a-f]*$/.test(hash)) return hash;
  throw new UsageError(`--${option}: ${BLAKE2B_HEX} lower-case hex digits`);
}

/** log2 of a beacon's iterations. @throws UsageError. */
export function iterationsOption(text: string | undefined): number {
  return wholeNumber(required(text, 'iterations'), 'iterations', BEACON_ITERATIONS_LOG);
}

/** A beacon's randomness. @throws UsageError. */
export function randomnessOption(text: string | undefined): string {
  const randomness = required(text, 'randomness');
  if (isUsableBeacon({ randomness, iterationsLog: BEACON_ITERATIONS_LOG.min })) return randomness;
  throw new UsageError('--randomness: 1 to 255 bytes in lower-case hex');
}

/** What a step is called. @throws UsageError naming the option. */
export function nameOption(text: string | undefined, option: string): string {
  const name = required(text, option);
  if (isUsableName(name)) return name;
  throw new UsageError(`--${option}: 1 to 64 characters, no control characters`);
}

/** Circuit and phase 1. @throws UsageError. */
export function startOf(values: StartValues) {
  return {
    circuit: circuitOption(values.circuit),
    powers: required(values.ptau, 'ptau'),
    powersHash: blake2bOption(values['ptau-hash'], 'ptau-hash'),
    rehearsal: values.rehearsal,
    ...(values.r1cs === undefined ? {} : { r1cs: values.r1cs }),
  };
}

function announced({ randomness, iterations }: VerifyValues): Beacon | undefined {
  if (randomness === undefined && iterations === undefined) return undefined;
  return {
    randomness: randomnessOption(randomness),
    iterationsLog: iterationsOption(iterations),
  };
}

/** What is to be verified. @throws UsageError. */
export function demandOf(values: VerifyValues): CeremonyDemand {
  const beacon = announced(values);
  return {
    ...startOf(values),
    key: required(values.in, 'in'),
    expected: values.expect.map((hash) => blake2bOption(hash, 'expect')),
    ...(values.initial === undefined ? {} : { initial: values.initial }),
    ...(beacon === undefined ? {} : { beacon }),
  };
}
