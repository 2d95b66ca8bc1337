import { logKeyOf, openOffline } from '../compose/offline-node.ts';
import { trustFileText } from '../compose/trust-file.ts';
import type { Command, ExitCode } from './command.ts';
import { parseOptions, party, required } from './options.ts';
import { UsageError } from './usage-error.ts';
import { writeNewFile } from './write-new-file.ts';

const HELP = `atomicity trust-file --data-dir DIR --principal pk:… --out FILE

Writes a trust file that names this node's own log key and the given principals, to try an audit with.
It accepts no verification key and no Bitcoin block: what rests on them reads "not shown".

An auditor must not take it from the node that is audited. They get the log key from the operator's
publication, principals from the principals, verification keys from the ceremony, and blocks from a
Bitcoin node of theirs.

  --data-dir DIR      the node's data directory
  --principal pk:…    a principal whose budgets the auditor asks about; may be given more than once
  --out FILE          a file that is not there yet
  --help

Exit code: 0 written; 1 not; 2 a bad option.
`;

const SPEC = {
  'data-dir': { type: 'string' },
  principal: { type: 'string', multiple: true, default: [] as string[] },
  out: { type: 'string' },
} as const;

export const trustFile: Command = {
  name: 'trust-file',
  summary: "write a trust file with this node's log key, to try an audit with",
  help: HELP,
  async run(argv, io): Promise<ExitCode> {
    const values = parseOptions(argv, SPEC);
    const principals = values.principal.map((text) => party(text, 'principal'));
    if (principals.length === 0) throw new UsageError('--principal is required');
    const out = required(values.out, 'out');
    const node = openOffline(required(values['data-dir'], 'data-dir'));
    try {
      const text = trustFileText({
        origin: node.config.origin,
        logKey: logKeyOf(node),
        principals,
        developmentKeys: [],
      });
      await writeNewFile(out, 'out', [text]);
    } finally {
      await node.close();
    }
    io.stdout(`${out}\n`);
    io.stderr('To try an audit with: an auditor gets these keys from elsewhere than this node.\n');
    return 0;
  },
};
