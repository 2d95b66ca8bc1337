import { ArtifactError } from '@atomicity/prover/artifacts/artifact-error';
import { CeremonyError } from '@atomicity/prover/ceremony/phase-2/ceremony-error';
import type { CliIo, Command, ExitCode } from '../command.ts';
import { UsageError } from '../usage-error.ts';
import { install, publish, verify } from './conclude.ts';
import { Interrupted } from './run-step.ts';
import { init, rehearsalPowers } from './start.ts';
import { beacon, contribute } from './take-part.ts';

/** In the order in which a ceremony runs. */
export const CEREMONY_COMMANDS: readonly Command[] = [
  init,
  contribute,
  verify,
  beacon,
  publish,
  install,
  rehearsalPowers,
];

const WIDTH = Math.max(...CEREMONY_COMMANDS.map(({ name }) => name.length));

const HELP = `atomicity ceremony STEP [options]

Makes proving keys that nobody can forge under, as long as one of several contributors threw its secret
away. docs/operating/ceremony.md says who does what, and what each has to check.

${CEREMONY_COMMANDS.map(({ name, summary }) => `  ${name.padEnd(WIDTH)}  ${summary}\n`).join('')}
\`atomicity ceremony STEP --help\` explains a step.

Exit code: 0 done, or it holds; 1 refused, with the step that failed; 2 a bad option.
`;

function stepOf(argv: readonly string[]): Command {
  const [name] = argv;
  const step = CEREMONY_COMMANDS.find((candidate) => candidate.name === name);
  if (step !== undefined) return step;
  const names = CEREMONY_COMMANDS.map((each) => each.name).join(', ');
  throw new UsageError(name === undefined ? `which step? ${names}` : `no step ${name}: ${names}`);
}

/** What was refused, by step and code, for programs. */
function tellRefusal(io: CliIo, error: CeremonyError | ArtifactError): void {
  const { code, shortMessage, facts } = error;
  const step = error instanceof CeremonyError ? error.step : 'circuit';
  io.stdout(`${JSON.stringify({ holds: false, step, code, message: shortMessage, facts })}\n`);
}

export const ceremony: Command = {
  name: 'ceremony',
  summary: 'make proving keys together with others, check such keys, install them',
  help: HELP,
  helpOf: (argv) => CEREMONY_COMMANDS.find(({ name }) => name === argv[0])?.help ?? HELP,
  async run(argv, io): Promise<ExitCode> {
    const step = stepOf(argv);
    try {
      return await step.run(argv.slice(1), io);
    } catch (error) {
      const refused = error instanceof CeremonyError || error instanceof ArtifactError;
      if (!refused && !(error instanceof Interrupted)) throw error;
      if (refused && argv.includes('--json')) tellRefusal(io, error);
      io.stderr(`atomicity ceremony ${step.name}: ${error.message}\n`);
      return 1;
    }
  },
};
