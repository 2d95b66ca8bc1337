import { existsSync } from 'node:fs';
import { type Restored, restore as restoreBackup } from '../compose/restore.ts';
import type { Command, ExitCode } from './command.ts';
import { parseOptions, required } from './options.ts';
import { UsageError } from './usage-error.ts';

const HELP = `atomicity restore --from DIR --data-dir DIR [options]

Puts a backup in the place of a node's data directory. Every file is compared with the manifest and the
copy checked from the inside before anything changes; then it is swapped in. A directory that is there
is kept under another name; one with another log is refused.

A restored log that ends before the last checkpoint its node published would contradict it: such a node
does not start. The data directory's own last checkpoint is kept; on a new machine give one.

  --from DIR               the backup
  --data-dir DIR           the node's data directory, there or not
  --last-checkpoint FILE   the newest checkpoint that anyone has seen of this log, from a monitor, a
                           mirror, an audit bundle or GET /v1/checkpoint of before
  --json                   one JSON object instead of text
  --help

Exit code: 0 restored; 1 not restored and nothing changed, or restored but behind its last published
checkpoint (it says which); 2 a bad option.
`;

const SPEC = {
  from: { type: 'string' },
  'data-dir': { type: 'string' },
  'last-checkpoint': { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

export const restore: Command = {
  name: 'restore',
  summary: 'put a backup in the place of a data directory',
  help: HELP,
  async run(argv, io): Promise<ExitCode> {
    const values = parseOptions(argv, SPEC);
    const from = required(values.from, 'from');
    const dataDir = required(values['data-dir'], 'data-dir');
    const lastCheckpoint = values['last-checkpoint'];
    if (lastCheckpoint !== undefined && !existsSync(lastCheckpoint)) {
      throw new UsageError(`--last-checkpoint: no file ${lastCheckpoint}`);
    }
    const restored = await restoreBackup({ from, dataDir, lastCheckpoint });
    const { size, published, lags, before, hasLogKey, manifest } = restored;
    const { origin, createdAt } = manifest;
    if (values.json) {
      const facts = { dataDir, origin, createdAt, size, published: published ?? null };
      io.stdout(`${JSON.stringify({ ...facts, lags, hasLogKey, before: before ?? null })}\n`);
    } else {
      io.stdout(`${size} events of ${origin}, backed up ${createdAt}, are now in ${dataDir}.\n`);
      if (before !== undefined) io.stdout(`What was there is kept in ${before}.\n`);
    }
    for (const warning of warnings(restored)) io.stderr(`${warning}\n`);
    return lags ? 1 : 0;
  },
};

function warnings({ size, published, lags, hasLogKey }: Restored): readonly string[] {
  const found: string[] = [];
  if (lags) {
    found.push(
      `The node will not start (behind_last_checkpoint): it published a checkpoint over ${published} ` +
        `events and ${size} are restored. Restore a newer backup; or, if the rest is lost for good, begin ` +
        'a new log under a new origin and tell everyone who holds the old checkpoint.',
    );
  }
  if (published === undefined) {
    found.push(
      'No published checkpoint is known here: nothing shows whether events are missing. Before you start ' +
        'the node, get the newest from outside and restore again with --last-checkpoint.',
    );
  }
  if (!hasLogKey) {
    found.push('The log key is not there: put it into keys/log before you start the node.');
  }
  return found;
}
