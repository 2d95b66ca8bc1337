/**
 * What it costs at least to come from the payer to each party: Dijkstra forwards, as if no hop after an
 * edge took a fee. The search for a route goes by it, so that it looks at few parties besides its own.
 */
import type { Amount } from '../units/amount.ts';
import type { PartyId } from '../units/id.ts';
import { routingFee } from './fee-policy.ts';
import { LabelQueue } from './label-queue.ts';
import {
  isSpent,
  type OfferedStep,
  offeredProbability,
  ownProbability,
  type RoutingGraph,
} from './routing-graph.ts';

/** A bound for every party; undefined where no way leads to the receiver at all. */
export type LeastCosts = (party: PartyId) => number;

type Reached = { readonly party: PartyId; readonly cost: number };

export type LeastCostsQuery = {
  readonly receiver: PartyId;
  readonly amount: Amount;
  readonly feeWeight: number;
  readonly firstCost: (origin: PartyId) => number;
  /** Offered edges that are left out, by `edgeKey`. */
  readonly without: ReadonlySet<string>;
};

/** Least costs of the steps of one hop, whose fee is the same on all of them. */
function* stepsOf(
  graph: RoutingGraph,
  { amount, feeWeight, without }: LeastCostsQuery,
  steps: readonly OfferedStep[],
): Generator<Reached> {
  const [first] = steps;
  const fee = first === undefined ? undefined : routingFee(first.policy, amount);
  if (fee === undefined) return;
  const feeCost = (feeWeight * Number(fee)) / Number(amount);
  for (const step of steps) {
    const chance = without.has(step.key) ? 0 : offeredProbability(graph, step, amount);
    if (chance > 0) yield { party: step.to, cost: feeCost - Math.log(chance) };
  }
}

/**
 * Lower bounds for one amount, in the units of the routes' cost; they never exceed what any route has
 * paid by the time it comes to a party, and agree with each other along every edge. `undefined` if the
 * receiver cannot be reached, or the effort of the graph is spent. Linear in the edges of the graph, but for the queue.
 */
export function leastCosts(graph: RoutingGraph, query: LeastCostsQuery): LeastCosts | undefined {
  const queue = new LabelQueue<Reached>((left, right) => left.cost - right.cost);
  const settled = new Map<PartyId, number>();
  for (const steps of graph.ownInto.values()) {
    for (const step of steps) {
      const chance = ownProbability(graph, step, query.amount);
      if (chance === 0) continue;
      queue.put({ party: step.to, cost: query.firstCost(step.to) - Math.log(chance) });
    }
  }
  for (let reached = queue.take(); reached !== undefined; reached = queue.take()) {
    const { party, cost } = reached;
    if (settled.has(party)) continue;
    settled.set(party, cost);
    if (party === query.receiver) {
      // Whoever is not settled yet is at least as far as the receiver.
      return (other) => (other === graph.payer ? 0 : (settled.get(other) ?? cost));
    }
    const offered = graph.offeredFrom.get(party) ?? [];
    if (isSpent(graph, 1 + offered.length)) return undefined;
    for (const next of stepsOf(graph, query, offered)) {
      if (!settled.has(next.party)) queue.put({ party: next.party, cost: cost + next.cost });
    }
  }
  return undefined;
}
