import {
  type Contribution,
  contributionHash,
} from '@atomicity/prover/ceremony/phase-2/contribution';
import {
  type InstallDemand,
  installCeremony,
} from '@atomicity/prover/ceremony/phase-2/install-ceremony';
import { publishCeremony } from '@atomicity/prover/ceremony/phase-2/publish-ceremony';
import { verifyCeremony } from '@atomicity/prover/ceremony/phase-2/verify-ceremony';
import type { Command, ExitCode } from '../command.ts';
import { id, parseOptions, required } from '../options.ts';
import { UsageError } from '../usage-error.ts';
import {
  blake2bOption,
  demandOf,
  JSON_SPEC,
  VERIFY_HELP,
  VERIFY_SPEC,
} from './ceremony-options.ts';
import { runStep, tell } from './run-step.ts';

const ENDING = `  --json              one JSON object instead of text
  --help

Exit code: 0 it holds; 1 it does not, with the step that failed; 2 a bad option.
`;

const HELP = `atomicity ceremony verify --circuit NAME --ptau FILE --ptau-hash HEX --in FILE

Checks a ceremony from its files, believing nobody who took part: the circuit, phase 1, the first key, every
contribution on those before it, the beacon, every point of the key, and the verification key.

${VERIFY_HELP}  --unfinished        a key on its way: no beacon asked for, and not yet fit to prove with
${ENDING}`;

const SPEC = { ...VERIFY_SPEC, unfinished: { type: 'boolean', default: false } } as const;

/** One line a step: number, name, hash; and where a beacon came from. */
function stepLines(contributions: readonly Contribution[]): string[] {
  return contributions.flatMap((step, index) => [
    `  ${String(index + 1).padStart(3)}  ${step.beacon === undefined ? step.name : `beacon: ${step.name}`}`,
    `       ${contributionHash(step)}`,
    ...(step.beacon === undefined
      ? []
      : [`       from ${step.beacon.randomness}, 2^${step.beacon.iterationsLog} iterations`]),
  ]);
}

function stepFacts(contributions: readonly Contribution[]) {
  return contributions.map((step) => ({
    name: step.name,
    hash: contributionHash(step),
    ...(step.beacon === undefined ? {} : { beacon: step.beacon }),
  }));
}

export const verify: Command = {
  name: 'verify',
  summary: 'check a whole ceremony, or one on its way',
  help: HELP,
  async run(argv, io): Promise<ExitCode> {
    const values = parseOptions(argv, SPEC);
    const { unfinished } = values;
    const demand = { ...demandOf(values), unfinished };
    const { key, powers, verificationKey } = await runStep(io, (options) =>
      verifyCeremony(demand, options),
    );
    const { circuit } = demand;
    const { circuitHash, contributions } = key;
    const hash = verificationKey?.hash ?? null;
    const unsafe = powers.contributions === 0;
    const steps = stepFacts(contributions);
    const facts = {
      holds: true,
      unfinished,
      unsafe,
      circuit,
      circuitHash,
      powers,
      contributions: steps,
    };
    tell(io, values.json, { ...facts, verificationKeyHash: hash }, [
      `${circuit}: it holds${unfinished ? ' so far' : ''}${unsafe ? '; A REHEARSAL, unsafe' : ''}`,
      `  circuit hash          ${circuitHash}`,
      ...stepLines(contributions),
      ...(hash === null ? [] : [`  verification key      ${hash}`]),
    ]);
    return 0;
  },
};

const PUBLISH_HELP = `atomicity ceremony publish --circuit NAME --ptau FILE --ptau-hash HEX --in FILE --out DIR

Verifies the final key as verify does and writes a new folder to publish: transcript.json, proving-key.zkey,
verification-key.json and circuit.r1cs. Prints the hash of the transcript, which names the ceremony.

${VERIFY_HELP}  --out DIR           a folder that is not there yet
${ENDING}`;

const PUBLISH_SPEC = { ...VERIFY_SPEC, out: { type: 'string' } } as const;

export const publish: Command = {
  name: 'publish',
  summary: 'verify a final key and write the transcript and files to publish',
  help: PUBLISH_HELP,
  async run(argv, io): Promise<ExitCode> {
    const values = parseOptions(argv, PUBLISH_SPEC);
    const demand = demandOf(values);
    const out = required(values.out, 'out');
    const made = await runStep(io, (options) => publishCeremony(demand, out, options));
    const { transcript, transcriptHash } = made;
    const { circuit, verificationKeyHash, provingKey, contributions, powersOfTau } = transcript;
    const unsafe = powersOfTau.contributions === 0;
    const facts = { out, circuit, transcriptHash, verificationKeyHash, provingKey, unsafe };
    tell(io, values.json, { ...facts, contributions: stepFacts(contributions) }, [
      `${out}${unsafe ? ': A REHEARSAL, unsafe' : ''}`,
      `  transcript            ${transcriptHash}`,
      `  verification key      ${verificationKeyHash}`,
      ...stepLines(contributions),
    ]);
    return 0;
  },
};

const INSTALL_HELP = `atomicity ceremony install --from DIR (--ptau FILE --ptau-hash HEX | --transcript-hash HASH)

Puts the keys of a published ceremony into the artifacts directory and pins them in ceremony.lock there.
From then on a node takes them, and refuses to start a proof with development keys instead.

  --from DIR              the folder that publish wrote
  --ptau FILE             verify all of the ceremony now, with its phase 1 file and
  --ptau-hash HEX         the hash that phase 1 was published with; or
  --transcript-hash HASH  install what was verified before: the hash of its transcript
  --artifacts DIR         instead of $ATOMICITY_ARTIFACTS or circuits/artifacts
  --rehearsal             install keys of a rehearsal, marked unsafe
${ENDING}`;

const INSTALL_SPEC = {
  from: { type: 'string' },
  ptau: { type: 'string' },
  'ptau-hash': { type: 'string' },
  'transcript-hash': { type: 'string' },
  artifacts: { type: 'string' },
  rehearsal: { type: 'boolean', default: false },
  ...JSON_SPEC,
} as const;

type InstallValues = ReturnType<typeof parseOptions<typeof INSTALL_SPEC>>;

function becauseOf(values: InstallValues): InstallDemand['because'] {
  const { ptau, 'transcript-hash': hash } = values;
  if ((ptau === undefined) === (hash === undefined)) {
    throw new UsageError('--ptau or --transcript-hash: exactly one of them');
  }
  if (hash !== undefined) return { kind: 'transcript', hash: id(hash, '--transcript-hash') };
  const powersHash = blake2bOption(values['ptau-hash'], 'ptau-hash');
  return { kind: 'files', powers: required(ptau, 'ptau'), powersHash };
}

export const install: Command = {
  name: 'install',
  summary: 'put the keys of a published ceremony where nodes take them from',
  help: INSTALL_HELP,
  async run(argv, io): Promise<ExitCode> {
    const values = parseOptions(argv, INSTALL_SPEC);
    const demand = {
      from: required(values.from, 'from'),
      because: becauseOf(values),
      rehearsal: values.rehearsal,
      ...(values.artifacts === undefined ? {} : { directory: values.artifacts }),
    };
    const installed = await runStep(io, (options) => installCeremony(demand, options));
    const { circuit, verificationKeyHash, provingKey, unsafe } = installed;
    tell(io, values.json, { ...installed }, [
      `${circuit}: installed${unsafe ? ', A REHEARSAL, unsafe' : ''}`,
      `  verification key      ${verificationKeyHash}`,
      `  proving key           ${provingKey}`,
    ]);
    return 0;
  },
};
