import { type Amount, amount } from '@atomicity/kernel/units/amount';
import { seededRandom } from '../cycle/random.ts';

/** One payment that an agent is to make. */
export type Order = {
  readonly provider: number;
  readonly amount: Amount;
  /** What it is for, as the provider's quote says; private. */
  readonly task: string;
};

/** What the fleet buys, and the three that fail. */
export type Orders = {
  readonly byAgent: readonly (readonly Order[])[];
  readonly providers: number;
  /** Slots of the agents: with a dispute, with a silent provider, with a credential that ends. */
  readonly disputed: number;
  readonly stale: number;
  readonly expiring: number;
};

const JOBS = ['render tile', 'fold protein', 'transcribe call', 'embed shard', 'index page'];

/**
 * What every agent buys, drawn from the seed: amounts of five bytes and more, so that a search for one
 * of them finds it and no accident.
 */
export function drawOrders(size: {
  readonly agents: number;
  readonly payments: number;
  readonly providers: number;
  readonly seed: string;
}): Orders {
  const random = seededRandom(size.seed, 'fleet orders');
  const failing: number[] = [];
  while (failing.length < 3) {
    const slot = random.below(size.agents);
    if (!failing.includes(slot)) failing.push(slot);
  }
  const [disputed = 0, stale = 0, expiring = 0] = failing;
  const byAgent = Array.from({ length: size.agents }, (_, slot) => {
    const first = random.below(size.providers);
    return Array.from({ length: size.payments }, (_none, i): Order => {
      const units = 4_300_000_000n + BigInt(random.below(2 ** 31)) * 7n + BigInt(random.below(997));
      const job = JOBS[random.below(JOBS.length)] ?? 'job';
      const drawn = random.below(size.providers);
      const isLast = i === size.payments - 1;
      const own = isLast ? lastProvider(slot, failing, size.providers, first) : undefined;
      return {
        provider: own ?? (i === 0 ? first : drawn),
        amount: amount(units),
        task: `${job} ${random.below(1_000_000)} of order ${slot}-${i}`,
      };
    });
  });
  return { byAgent, providers: size.providers + 2, disputed, stale, expiring };
}

/**
 * Whom a failing agent pays last: the disputed and the stale agent a provider of their own, so that
 * what happens there concerns no other; the expiring one the provider that it paid first.
 */
function lastProvider(
  slot: number,
  failing: readonly number[],
  providers: number,
  first: number,
): number | undefined {
  return [providers, providers + 1, first][failing.indexOf(slot)];
}

const ROUND = 10_000_000_000n;

/**
 * What each agent may spend: the same round sum for all, a tenth above what the busiest means to spend.
 * A sub-cap becomes public when its slot is released late, so that it must not tell the agent's total.
 */
export function subCapOf(orders: Orders): Amount {
  let most = 0n;
  for (const own of orders.byAgent) {
    const total = totalOf(own);
    if (total > most) most = total;
  }
  return amount(((most + most / 10n) / ROUND + 1n) * ROUND);
}

export function totalOf(orders: readonly Order[]): bigint {
  return orders.reduce((sum, order) => sum + order.amount, 0n);
}
