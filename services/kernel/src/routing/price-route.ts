import { type Amount, addAmount, amount as amountOf, ZERO_AMOUNT } from '../units/amount.ts';
import type { Denomination } from '../units/denomination.ts';
import type { EdgeCrossing } from './edge-beliefs.ts';
import { routingFee } from './fee-policy.ts';
import type { Route } from './find-route.ts';
import { offeredProbability, ownProbability, type RoutingGraph } from './routing-graph.ts';

/** What one amount costs on one route, and how likely it passes. */
export type PricedRoute = {
  readonly amount: Amount;
  /** Fees of the forwarders in order; they add up to `fee`. */
  readonly fees: readonly Amount[];
  readonly fee: Amount;
  /** Every edge from the payer on, with amount and the fees still to be paid. */
  readonly crossings: readonly EdgeCrossing[];
  /** Product over the edges. */
  readonly successProbability: number;
  /** −ln of it: the sum over the edges, exact where the product is tiny. */
  readonly logCost: number;
};

/**
 * Prices a route for an amount, exactly as the hops' policies say. `undefined` where the route does
 * not carry it: a policy's limits, an edge with probability 0, a sum above 2^63−1.
 */
export function priceRoute(
  graph: RoutingGraph,
  { own, offered }: Route,
  amount: Amount,
): PricedRoute | undefined {
  const known = routeFees({ own, offered }, graph.denomination, amount);
  if (known === undefined) return undefined;
  const [first, ...rest] = known.crossings;
  if (first === undefined) return undefined;
  let logCost = 0;
  // From the receiver back, as the search goes, so that the sums round alike.
  for (const [i, { amount: crossing }] of [...rest.entries()].toReversed()) {
    const step = offered[i];
    const chance = step === undefined ? 0 : offeredProbability(graph, step, crossing);
    if (chance === 0) return undefined;
    logCost -= Math.log(chance);
  }
  const chance = ownProbability(graph, own, first.amount);
  if (chance === 0) return undefined;
  logCost -= Math.log(chance);
  return { ...known, successProbability: Math.exp(-logCost), logCost };
}

/** The smallest amount that every policy of a route forwards, at least 1. */
export function smallestAmount({ offered }: Route): Amount {
  let least = amountOf(1n);
  for (const { policy } of offered) if (policy.amountMin > least) least = policy.amountMin;
  return least;
}

/**
 * The fees of a route for an amount and what crosses each edge, whatever the chances. `undefined`
 * outside the limits of a policy, above a stated capacity, and for a sum above 2^63−1.
 */
export function routeFees(
  { own, offered }: Route,
  denomination: Denomination,
  amount: Amount,
): Pick<PricedRoute, 'amount' | 'fees' | 'fee' | 'crossings'> | undefined {
  const fees: Amount[] = [];
  const crossings: EdgeCrossing[] = [];
  let fee: Amount = ZERO_AMOUNT;
  for (const { policy, from, to, capacity } of offered.toReversed()) {
    const crossing = addAmount(amount, fee);
    const earned = routingFee(policy, amount);
    const sum = earned === undefined ? undefined : addAmount(fee, earned);
    if (crossing === undefined || earned === undefined || sum === undefined) return undefined;
    if (crossing >= capacity) return undefined;
    crossings.unshift({ from, to, denomination, amount: crossing, capacity });
    fees.unshift(earned);
    fee = sum;
  }
  const crossing = addAmount(amount, fee);
  if (crossing === undefined || crossing > own.capacity) return undefined;
  const { from, to, capacity } = own;
  crossings.unshift({ from, to, denomination, amount: crossing, capacity });
  return { amount, fees, fee, crossings };
}
