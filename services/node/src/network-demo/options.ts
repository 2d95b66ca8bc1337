import { parseOptions } from '../cli/options.ts';
import { UsageError } from '../cli/usage-error.ts';

export const DEMO_HELP = `npm run demo:network -- [options]

Starts four nodes as processes of their own on loopback, in a temporary folder: Alice, Bob, Carol and
Dave. They pay one another through strangers, without a shared ledger, and the state of every hop is
shown as it changes in either book, with the time:

  1  a payment over three hops
  2  the same in parts over two paths
  3  a receiver who stays silent: every hold lapses
  4  the middle killed in every state, and back
  5  a hop that overcharges, and the proof against it
  6  a flood of probes, stopped where the order says

  --scenes LIST   only these, as 1,5                                     (all)
  --keep DIR      keep books, keys, logs and evidence in this new folder
  --exit          accepted for symmetry with npm start: the nodes always stop at the end
  --json          every event as one JSON object a line
  --help

Exit code: 0 everything that the story claims was checked and is so; 1 something is not; 2 a bad option.
`;

const SPEC = {
  scenes: { type: 'string', default: '1,2,3,4,5,6' },
  keep: { type: 'string' },
  exit: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

export type DemoOptions = {
  readonly scenes: ReadonlySet<number>;
  /** Null: a temporary folder, removed at the end. */
  readonly keep: string | null;
  readonly json: boolean;
  readonly help: boolean;
};

/** @throws UsageError naming the option and its rule. */
export function parseDemoOptions(argv: readonly string[]): DemoOptions {
  const { scenes, keep = null, json, help } = parseOptions(argv, SPEC);
  if (!/^[1-6](,[1-6])*$/.test(scenes)) {
    throw new UsageError(`--scenes: numbers from 1 to 6 with commas between, not ${scenes}`);
  }
  return { scenes: new Set(scenes.split(',').map(Number)), keep, json, help };
}
