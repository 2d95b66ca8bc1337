import { createInterface } from 'node:readline';
import {
  addBeacon,
  addContribution,
  type MadeContribution,
} from '@atomicity/prover/ceremony/phase-2/add-contribution';
import { BEACON_ITERATIONS_LOG } from '@atomicity/prover/ceremony/phase-2/contribution';
import type { CliIo, Command, ExitCode } from '../command.ts';
import { parseOptions, required } from '../options.ts';
import { iterationsOption, JSON_SPEC, nameOption, randomnessOption } from './ceremony-options.ts';
import { runStep, tell } from './run-step.ts';

const CONTRIBUTE_HELP = `atomicity ceremony contribute --in FILE --out FILE --name TEXT

Multiplies the key by a secret that only this process ever holds, and writes the key that follows. Check
the key first: atomicity ceremony verify --unfinished. Keep the contribution hash, and publish it yourself,
in a place that is known as yours: it is how everybody sees that you were not left out.

  --in FILE           the key so far
  --out FILE          the key with this contribution; a file that is not there yet
  --name TEXT         who you are, 1 … 64 characters; public, and covered by no hash
  --typed             read a line of standard input and stir it in besides the system's randomness
  --json              one JSON object instead of text
  --help

The secret is drawn from the operating system. It is not written, logged or shown, and ends with the process.

Exit code: 0 contributed; 1 refused, nothing was written; 2 a bad option.
`;

const STEP_SPEC = { in: { type: 'string' }, out: { type: 'string' }, ...JSON_SPEC } as const;
const CONTRIBUTE_SPEC = {
  ...STEP_SPEC,
  name: { type: 'string' },
  typed: { type: 'boolean', default: false },
} as const;

/** The first line of standard input; an empty one where it ends. */
async function typedLine(io: CliIo): Promise<string> {
  io.stderr('Type anything, then Enter: ');
  const lines = createInterface({ input: process.stdin });
  try {
    for await (const line of lines) return line;
    return '';
  } finally {
    lines.close();
  }
}

function tellMade(io: CliIo, json: boolean, out: string, made: MadeContribution): void {
  tell(io, json, { out, ...made }, [
    out,
    `  step                  ${made.position}`,
    `  circuit hash          ${made.circuitHash}`,
    `  contribution hash     ${made.hash}`,
  ]);
}

export const contribute: Command = {
  name: 'contribute',
  summary: 'add a contribution to a key',
  help: CONTRIBUTE_HELP,
  async run(argv, io): Promise<ExitCode> {
    const values = parseOptions(argv, CONTRIBUTE_SPEC);
    const from = required(values.in, 'in');
    const out = required(values.out, 'out');
    const name = nameOption(values.name, 'name');
    const typed = values.typed ? await typedLine(io) : '';
    const made = await runStep(io, (options) =>
      addContribution({ from, name, typed }, out, options),
    );
    tellMade(io, values.json, out, made);
    return 0;
  },
};

const BEACON_HELP = `atomicity ceremony beacon --in FILE --out FILE --randomness HEX --iterations N --source TEXT

Ends the contributions with public randomness that nobody could foresee when the last one was made, so that
the last contributor did not choose the key. Announce source, round and iterations BEFORE it is drawn.

  --in FILE           the key with every contribution
  --out FILE          the final key; a file that is not there yet
  --randomness HEX    1 … 255 bytes in lower-case hex
  --iterations N      SHA-256 is applied 2^N times, ${BEACON_ITERATIONS_LOG.min} … ${BEACON_ITERATIONS_LOG.max}
  --source TEXT       where it can be looked up, 1 … 64 characters, as "drand quicknet round 20000000"
  --json              one JSON object instead of text
  --help

Exit code: 0 written; 1 refused, nothing was written; 2 a bad option.
`;

const BEACON_SPEC = {
  ...STEP_SPEC,
  randomness: { type: 'string' },
  iterations: { type: 'string' },
  source: { type: 'string' },
} as const;

export const beacon: Command = {
  name: 'beacon',
  summary: 'end a ceremony with public randomness',
  help: BEACON_HELP,
  async run(argv, io): Promise<ExitCode> {
    const values = parseOptions(argv, BEACON_SPEC);
    const step = {
      from: required(values.in, 'in'),
      source: nameOption(values.source, 'source'),
      randomness: randomnessOption(values.randomness),
      iterationsLog: iterationsOption(values.iterations),
    };
    const out = required(values.out, 'out');
    const made = await runStep(io, (options) => addBeacon(step, out, options));
    tellMade(io, values.json, out, made);
    return 0;
  },
};
