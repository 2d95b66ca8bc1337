import { parseOptions, wholeNumber } from '../cli/options.ts';

export const RAILS_DEMO_HELP = `npm run demo:rails -- [options]

One node closes three batches of its log: one is anchored by OpenTimestamps, one is published as a blob
and recorded by a registry on an EVM chain, one is paid over Lightning between two nodes. Then its settler
is killed between every pair of steps, on every rail, at random points of time, with a batch of its own
for each kill; each of them ends with exactly one effect. An offline auditor checks all of it from one
file, and catches a root, a blob and a preimage that were changed.

Everything runs on this machine: a calendar on a stand-in for Bitcoin, an EVM chain (anvil), two real
Lightning nodes (LDK) with a channel on a chain that is none.

  --kills N         kills between each pair of steps, 0 … 100                      (20)
  --payments N      payments before each of the three batches, 1 … 200            (8)
  --seed TEXT       when the kills come, and the demonstration's keys, come of it  (1)
  --keep DIR        keep books, keys and bundles in this new folder
  --json            every event as one JSON object a line
  --help

Exit code: 0 everything that the story claims was checked and is so; 1 something is not; 2 a bad option.
`;

const SPEC = {
  kills: { type: 'string', default: '20' },
  payments: { type: 'string', default: '8' },
  seed: { type: 'string', default: '1' },
  keep: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

export type RailsDemoOptions = {
  /** Between each pair of steps of each rail. */
  readonly kills: number;
  readonly payments: number;
  readonly seed: string;
  /** Null: a temporary folder, removed at the end. */
  readonly keep: string | null;
  readonly json: boolean;
  readonly help: boolean;
};

/** @throws UsageError naming the option and its rule. */
export function parseRailsDemoOptions(argv: readonly string[]): RailsDemoOptions {
  const { keep = null, json, help, seed, kills, payments } = parseOptions(argv, SPEC);
  return {
    kills: wholeNumber(kills, 'kills', { min: 0, max: 100 }),
    payments: wholeNumber(payments, 'payments', { min: 1, max: 200 }),
    seed,
    keep,
    json,
    help,
  };
}
