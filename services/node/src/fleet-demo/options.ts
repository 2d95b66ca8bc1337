import { parseOptions, wholeNumber } from '../cli/options.ts';
import { UsageError } from '../cli/usage-error.ts';

export const FLEET_DEMO_HELP = `npm run demo:fleet -- [options]

Fifty agents share one principal's budget and buy compute from strangers. Three fail: one has a dispute
open, one a hold that its provider fell silent on, one a credential that ended before its last payment.
The rest settle in ONE transaction on a local EVM chain, with one proof over the whole fleet; what the
three could have spent stays reserved, their codes are on the chain, and what is left becomes the next
cycle's budget. Then a stranger demands an agent's proof, one of the three proves itself late, and
everything that the chain has seen is searched for providers, amounts and tasks.

A node, a chain (anvil) and development keys, all on this machine; the first run builds the keys.

  --agents N        agents of the fleet, 5 … 64; of one alone the fleet's total
                    would be its own                                               (50)
  --payments N      payments of each agent, 2 … tier                               (6)
  --tier 16|64      payments that an agent's proof covers                          (16; 64 above 16)
  --providers N     providers that they buy from, 2 … 32                           (8)
  --seed TEXT       what is bought, and the demonstration's keys, come of it       (1)
  --keep DIR        keep books, keys and bundles in this new folder
  --json            every event as one JSON object a line
  --help

Exit code: 0 everything that the story claims was checked and is so; 1 something is not; 2 a bad option.
`;

const SPEC = {
  agents: { type: 'string', default: '50' },
  payments: { type: 'string', default: '6' },
  tier: { type: 'string' },
  providers: { type: 'string', default: '8' },
  seed: { type: 'string', default: '1' },
  keep: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

export type FleetDemoOptions = {
  readonly agents: number;
  /** Of each agent. */
  readonly payments: number;
  readonly tier: 16 | 64;
  readonly providers: number;
  readonly seed: string;
  /** Null: a temporary folder, removed at the end. */
  readonly keep: string | null;
  readonly json: boolean;
  readonly help: boolean;
};

/** @throws UsageError naming the option and its rule. */
export function parseFleetDemoOptions(argv: readonly string[]): FleetDemoOptions {
  const { keep = null, json, help, seed, ...texts } = parseOptions(argv, SPEC);
  const payments = wholeNumber(texts.payments, 'payments', { min: 2, max: 64 });
  const tier = wholeNumber(texts.tier ?? (payments > 16 ? '64' : '16'), 'tier', {
    min: 16,
    max: 64,
  });
  if (tier !== 16 && tier !== 64) throw new UsageError(`--tier: 16 or 64, not ${tier}`);
  if (payments > tier) {
    throw new UsageError(
      `--payments: at most the tier, ${tier}, so that one proof covers an agent`,
    );
  }
  return {
    agents: wholeNumber(texts.agents, 'agents', { min: 5, max: 64 }),
    payments,
    tier,
    providers: wholeNumber(texts.providers, 'providers', { min: 2, max: 32 }),
    seed,
    keep,
    json,
    help,
  };
}
