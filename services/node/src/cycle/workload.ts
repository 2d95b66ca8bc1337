import { seededRandom } from './random.ts';

/** What the provider does with a hold. `silent`: neither receipt nor void, so the hold lapses. */
export type Reaction = 'deliver' | 'decline' | 'silent';

/** One purchase of compute: who buys, from whom, and for how much. */
export type Purchase = {
  readonly agent: number;
  readonly provider: number;
  /** In the smallest unit of the denomination, 1 … 2^63−1. */
  readonly amount: bigint;
  readonly reaction: Reaction;
  readonly description: string;
};

/** Prices are in units of the denomination for each 1,000 tokens. */
export type Prices = { readonly perThousandContext: bigint; readonly perThousandGenerated: bigint };

export type TraceRow = { readonly contextTokens: number; readonly generatedTokens: number };

export type FleetSize = { readonly agents: number; readonly providers: number };

/** The price of one inference, rounded up to the next unit, and never less than one. */
export function priceOf(row: TraceRow, prices: Prices): bigint {
  const thousandths =
    BigInt(row.contextTokens) * prices.perThousandContext +
    BigInt(row.generatedTokens) * prices.perThousandGenerated;
  const rounded = (thousandths + 999n) / 1000n;
  return rounded > 0n ? rounded : 1n;
}

/**
 * The built-in workload: `count` inferences, skewed as real ones are (most are short, a few are very
 * long). One in twenty is declined by the provider after the hold, and the very first provider falls
 * silent once, so that each way a hold can end is in the books.
 */
export function builtInPurchases(
  count: number,
  fleet: FleetSize,
  prices: Prices,
  seed: string,
): Purchase[] {
  const random = seededRandom(seed, 'workload');
  return Array.from({ length: count }, (_, i) => {
    const scale = 2 ** random.below(7);
    const row = {
      contextTokens: 60 * scale + random.below(60 * scale),
      generatedTokens: 4 + random.below(12 * scale),
    };
    const reaction: Reaction =
      i === count - 1 ? 'silent' : random.below(20) === 0 ? 'decline' : 'deliver';
    return {
      agent: i % fleet.agents,
      provider: random.below(fleet.providers),
      amount: priceOf(row, prices),
      reaction,
      description: `inference ${row.contextTokens}+${row.generatedTokens} tokens`,
    };
  });
}

/** A trace as purchases: agents take turns, the provider is drawn from the seed, all are delivered. */
export function tracePurchases(
  rows: readonly TraceRow[],
  fleet: FleetSize,
  prices: Prices,
  seed: string,
): Purchase[] {
  const random = seededRandom(seed, 'trace');
  return rows.map((row, i) => ({
    agent: i % fleet.agents,
    provider: random.below(fleet.providers),
    amount: priceOf(row, prices),
    reaction: 'deliver',
    description: `inference ${row.contextTokens}+${row.generatedTokens} tokens`,
  }));
}

/** How many periods, and so proofs, each agent's purchases fill at the tier. */
export function proofsPerAgent(
  purchases: readonly Purchase[],
  fleet: FleetSize,
  tier: number,
): number[] {
  const counts = Array.from({ length: fleet.agents }, () => 0);
  for (const { agent } of purchases) counts[agent] = (counts[agent] ?? 0) + 1;
  return counts.map((count) => Math.ceil(count / tier));
}
