import { writeBundle } from '@atomicity/auditor/bundle/write-bundle';
import { bundleSourceOf } from '../compose/bundle-source.ts';
import { offlineBundleParts, openOffline } from '../compose/offline-node.ts';
import type { Command, ExitCode } from './command.ts';
import { oneOf, parseOptions, required } from './options.ts';
import { writeNewFile } from './write-new-file.ts';

const HELP = `atomicity export --data-dir DIR --kind full|sealed --out FILE [--json]

Writes an audit bundle over the last checkpoint that the node has published, which a running node
renews every second.

  --data-dir DIR   the node's data directory; the node may be running
  --kind full      with payloads and balances: for an auditor who may see everything
  --kind sealed    without any payload: for anyone; it shows no amount, receipt or counterparty
  --out FILE       a file that is not there yet
  --json           one JSON object instead of text
  --help

Exit code: 0 written; 1 not, and no file is left; 2 a bad option.
`;

const SPEC = {
  'data-dir': { type: 'string' },
  kind: { type: 'string' },
  out: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

export const exportBundle: Command = {
  name: 'export',
  summary: 'write an audit bundle',
  help: HELP,
  async run(argv, io): Promise<ExitCode> {
    const values = parseOptions(argv, SPEC);
    const kind = oneOf(required(values.kind, 'kind'), 'kind', ['full', 'sealed']);
    const out = required(values.out, 'out');
    const node = openOffline(required(values['data-dir'], 'data-dir'));
    try {
      const source = bundleSourceOf(await offlineBundleParts(node));
      const bytes = await writeNewFile(out, 'out', writeBundle(source, kind));
      const behind = (await node.log.catchUp()) - source.size;
      const { origin, size } = source;
      io.stdout(
        values.json
          ? `${JSON.stringify({ out, kind, origin, size, bytes, behind })}\n`
          : `${out}: ${kind} bundle of ${origin}, ${size} events, ${bytes} bytes\n`,
      );
      if (behind > 0) {
        io.stderr(`${behind} newer events are under no checkpoint yet and not in it.\n`);
      }
      return 0;
    } finally {
      await node.close();
    }
  },
};
