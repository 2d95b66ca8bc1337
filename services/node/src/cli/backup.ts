import { readCheckpoint } from '@atomicity/event-log/checkpoint/checkpoint';
import { backUp } from '../compose/backup.ts';
import type { Command, ExitCode } from './command.ts';
import { parseOptions, required } from './options.ts';

const HELP = `atomicity backup --data-dir DIR --to DIR [options]

Copies a node's books while it runs, or when it does not. The copy holds every event that was durable
when the command began; it is checked from the inside and gets its name last, so a folder with that
name is a whole backup. Projections stay behind: they are rebuilt from the log. So does the file of the
last checkpoint: it is what shows that a backup is old.

The copy holds payloads and their salts: whoever has it can read them, also those erased later.

  --data-dir DIR   the node's data directory
  --to DIR         a folder that is not there yet
  --with-keys      the node's private keys too; without them keep these elsewhere
  --json           one JSON object instead of text
  --help

Exit code: 0 backed up; 1 not, and nothing is left behind; 2 a bad option.
`;

const SPEC = {
  'data-dir': { type: 'string' },
  to: { type: 'string' },
  'with-keys': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const;

export const backup: Command = {
  name: 'backup',
  summary: "copy a node's books, running or not",
  help: HELP,
  async run(argv, io): Promise<ExitCode> {
    const values = parseOptions(argv, SPEC);
    const to = required(values.to, 'to');
    const from = required(values['data-dir'], 'data-dir');
    const now = io.now();
    const manifest = await backUp({ from, to, withKeys: values['with-keys'], now });
    const { origin, size, lastCheckpoint, files, withKeys } = manifest;
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    const checkpoint = lastCheckpoint === null ? undefined : readCheckpoint(lastCheckpoint);
    if (values.json) {
      const covered = checkpoint?.size ?? 0;
      io.stdout(`${JSON.stringify({ to, origin, size, checkpoint: covered, bytes, withKeys })}\n`);
      return 0;
    }
    io.stdout(
      `${size} events of ${origin} in ${to}: ${files.length} files, ${bytes} bytes, checked.\n` +
        `Its last checkpoint covers ${checkpoint?.size ?? 0} events.\n`,
    );
    if (!withKeys) io.stderr('The keys are not in it: a log goes on under its own log key only.\n');
    return 0;
  },
};
