import type { Difference } from '@atomicity/projector/reconcile/reconcile';
import { reconcileNode } from '../compose/reconcile-node.ts';
import type { Command, ExitCode } from './command.ts';
import { parseOptions, required } from './options.ts';
import { table } from './table.ts';

const HELP = `atomicity reconcile --data-dir DIR [--json]

Replays the log from its first event and compares: every row of the projection, the state hash of the
books, the state that the ledger would start from, and that all positions of a denomination add up to
zero. Works on copies; nothing is changed, whether the node runs or not.

  --data-dir DIR   the node's data directory
  --json           one JSON object instead of a table
  --help

Exit code: 0 all agree; 1 differences, or it could not be compared; 2 a bad option.
`;

const SPEC = { 'data-dir': { type: 'string' }, json: { type: 'boolean', default: false } } as const;

export const reconcile: Command = {
  name: 'reconcile',
  summary: 'replay the log and compare it with the projection and the ledger',
  help: HELP,
  async run(argv, io): Promise<ExitCode> {
    const values = parseOptions(argv, SPEC);
    const dataDir = required(values['data-dir'], 'data-dir');
    const found = await reconcileNode(dataDir);
    const { size, behind, differences, stateHash, origin } = found;
    if (values.json) {
      io.stdout(`${JSON.stringify({ origin, size, behind, stateHash, differences })}\n`);
      return differences.length === 0 ? 0 : 1;
    }
    io.stdout(`${size} events of ${origin} replayed. State hash ${stateHash}\n`);
    if (behind > 0) io.stdout(`The projection has not read ${behind} newer events yet.\n`);
    if (differences.length === 0) {
      io.stdout('Projection, replay and ledger agree.\n');
      return 0;
    }
    io.stdout(`\n${differences.length} differences:\n`);
    io.stdout(table(['what', 'where', 'found', 'replayed'], differences.flatMap(rowsOf)));
    return 1;
  },
};

/** A row that differs is shown by the columns that differ; the rest of it would hide them. */
function rowsOf(difference: Difference): readonly (readonly string[])[] {
  switch (difference.kind) {
    case 'row': {
      const { table: name, projected, replayed } = difference;
      if (projected === null || replayed === null) {
        return [['row', name, projected ?? 'missing', replayed ?? 'missing']];
      }
      const found: Record<string, unknown> = JSON.parse(projected);
      const expected: Record<string, unknown> = JSON.parse(replayed);
      const [first] = Object.values(found);
      return Object.keys(found)
        .filter((column) => found[column] !== expected[column])
        .map((column) => [
          'row',
          `${name} ${String(first)}: ${column}`,
          String(found[column]),
          String(expected[column]),
        ]);
    }
    case 'state':
      return [['state hash', difference.source, difference.hash, difference.replayed]];
    case 'sum':
      return [['sum', difference.rule, difference.facts, '0']];
  }
}
