import { parseArgs } from 'node:util';
import { UsageError } from '../cli/usage-error.ts';
import type { Prices } from './workload.ts';

/** What `npm start` was asked for. Money is in the smallest unit of the denomination. */
export type StartOptions = {
  readonly dataDir: string;
  readonly port: number;
  readonly seed: string;
  readonly trace: string | null;
  readonly rowsMax: number;
  readonly agents: number;
  readonly providers: number;
  readonly payments: number;
  readonly tier: 16 | 64;
  readonly prices: Prices;
  readonly denomination: string;
  readonly exit: boolean;
  readonly json: boolean;
  readonly help: boolean;
};

export const START_HELP = `npm start -- [options]

Starts a node on the embedded store, plays one procurement cycle of an agent fleet through its HTTP API,
closes the periods, proves them, anchors the log, exports the audit bundles and has them checked by the
offline auditor in a process of its own. The node then stays up until Ctrl-C.

  --exit                    stop when the verdicts are printed
  --trace FILE              buy what a real inference trace bought: CSV with the columns
                            TIMESTAMP,ContextTokens,GeneratedTokens
  --rows N                  use at most N rows of the trace                         (all)
  --payments N              size of the built-in workload                           (60)
  --agents N                agents of the fleet, 1 … 64                             (4)
  --providers N             providers they buy from, 1 … 64                         (3)
  --price-context N         price of 1,000 context tokens, in units                 (2500)
  --price-generated N       price of 1,000 generated tokens, in units               (10000)
  --denomination CODE/SCALE what the units are                                      (USD/6)
  --tier 16|64              notes for each proof                   (16; with --trace 64)
  --seed TEXT               the workload and the demonstration keys come of it      (1)
  --data-dir DIR            where the node keeps its books                          (.atomicity)
  --port N                  loopback port of the HTTP API, 0 picks one              (8448)
  --json                    one JSON object a line instead of text
  --help

Exit code: 0 every check of both audits passed or reads "not shown"; 1 a claim fails; 2 a bad option.
`;

const SPEC = {
  'data-dir': { type: 'string' },
  port: { type: 'string' },
  seed: { type: 'string' },
  trace: { type: 'string' },
  rows: { type: 'string' },
  agents: { type: 'string' },
  providers: { type: 'string' },
  payments: { type: 'string' },
  tier: { type: 'string' },
  'price-context': { type: 'string' },
  'price-generated': { type: 'string' },
  denomination: { type: 'string' },
  exit: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/**
 * Parses the options of `npm start`.
 * @throws UsageError naming the option and its rule.
 */
export function parseStartOptions(argv: readonly string[]): StartOptions {
  const values = parse(argv);
  const trace = values.trace ?? null;
  const tier = whole('tier', values.tier, trace === null ? 16 : 64, 16, 64);
  if (tier !== 16 && tier !== 64) throw new UsageError('--tier must be 16 or 64');
  const denomination = values.denomination ?? 'USD/6';
  if (!/^[A-Z][A-Z0-9]{1,11}\/[0-9]$/.test(denomination)) {
    throw new UsageError('--denomination must be CODE/SCALE with a scale of 0 to 9, as USD/6');
  }
  return {
    dataDir: values['data-dir'] ?? '.atomicity',
    port: whole('port', values.port, 8448, 0, 65_535),
    seed: values.seed ?? '1',
    trace,
    rowsMax: whole('rows', values.rows, 1_000_000, 1, 1_000_000),
    agents: whole('agents', values.agents, 4, 1, 64),
    providers: whole('providers', values.providers, 3, 1, 64),
    payments: whole('payments', values.payments, 60, 1, 100_000),
    tier,
    prices: {
      perThousandContext: BigInt(whole('price-context', values['price-context'], 2500, 0, 1e12)),
      perThousandGenerated: BigInt(
        whole('price-generated', values['price-generated'], 10_000, 0, 1e12),
      ),
    },
    denomination,
    exit: values.exit ?? false,
    json: values.json ?? false,
    help: values.help ?? false,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: SPEC, strict: true, allowPositionals: false })
      .values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function whole(
  option: string,
  text: string | undefined,
  otherwise: number,
  least: number,
  most: number,
): number {
  if (text === undefined) return otherwise;
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) {
    throw new UsageError(
      `--${option} must be a whole number from ${least} to ${most}, not "${text}"`,
    );
  }
  return value;
}
