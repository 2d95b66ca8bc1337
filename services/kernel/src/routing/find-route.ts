/**
 * The best route for one part: Dijkstra from the receiver back to the payer. Backwards, because what
 * an edge has to carry is the amount and the fees of the hops after it.
 */
import { type Amount, addAmount, ZERO_AMOUNT } from '../units/amount.ts';
import type { PartyId } from '../units/id.ts';
import type { FeePolicy } from '../wire/objects.ts';
import { routingFee } from './fee-policy.ts';
import { LabelQueue } from './label-queue.ts';
import type { LeastCosts } from './least-costs.ts';
import {
  isSpent,
  type OfferedStep,
  type OwnStep,
  offeredProbability,
  ownProbability,
  type RoutingGraph,
} from './routing-graph.ts';

/** Partial routes kept for one party that differ in cost, fee, time and length. */
const LABELS_PER_PARTY_MAX = 32;

/** A way from the payer to the receiver. Its forwarders are the `from` of the offered steps. */
export type Route = { readonly own: OwnStep; readonly offered: readonly OfferedStep[] };

export type RouteLimits = {
  /** Greatest sum of fees. */
  readonly feeMax: Amount;
  /** Greatest time that the payer's hold may last, ms. */
  readonly holdMsMax: number;
  /** Edges of a route. */
  readonly hopsMax: number;
};

export type RouteTimes = {
  /** What the receiver needs after the last part has come, its margin included, ms. */
  readonly finalMs: number;
  /** What one hop may take to pass a voucher on, ms. */
  readonly hopMs: number;
};

export type RouteQuery = {
  readonly receiver: PartyId;
  readonly amount: Amount;
  readonly limits: RouteLimits;
  readonly times: RouteTimes;
  /** Nats of −ln p for a fee as large as the amount. */
  readonly feeWeight: number;
  /** Offered edges that other parts use, by `edgeKey`. */
  readonly used: ReadonlySet<string>;
  /** What other parts leave of own edges, by id; where absent, the whole capacity. */
  readonly ownLeft: ReadonlyMap<string, bigint>;
  /** What signals add to the cost of beginning with this party: never below 0. */
  readonly firstCost: (origin: PartyId) => number;
  /** Of the same amount, weight and first costs. */
  readonly leastCosts: LeastCosts;
};

/** A partial route from `party` to the receiver. */
type Label = {
  readonly party: PartyId;
  readonly cost: number;
  /** `cost` and what is still to come at least: labels are taken in its order. */
  readonly total: number;
  /** Fees of the hops from `party` on: what has to reach `party` beside the amount. */
  readonly fee: Amount;
  readonly holdMs: number;
  readonly hops: number;
  readonly step: OfferedStep | OwnStep | null;
  readonly next: Label | null;
};

/**
 * By total, then fee, time, hops. Labels that agree in all of them come in the order of their making,
 * which depends on the graph alone.
 */
function compareLabels(left: Label, right: Label): number {
  if (left.total !== right.total) return left.total - right.total;
  if (left.fee !== right.fee) return left.fee < right.fee ? -1 : 1;
  return left.holdMs - right.holdMs || left.hops - right.hops;
}

/** True where nothing that `label` may become can be better than what `known` may become. */
const dominates = (known: Label, label: Label): boolean =>
  known.cost <= label.cost &&
  known.fee <= label.fee &&
  known.holdMs <= label.holdMs &&
  known.hops <= label.hops;

/** What one search has found out so far. */
type Search = {
  readonly query: RouteQuery;
  readonly settled: Map<PartyId, Label[]>;
  /** The fee that a step's policy asks for the amount; a hop has one policy for all its edges. */
  readonly feeOf: (step: OfferedStep) => Amount | undefined;
};

function beginSearch(query: RouteQuery): Search {
  const fees = new Map<FeePolicy, Amount | undefined>();
  const feeOf = ({ policy }: OfferedStep): Amount | undefined => {
    if (!fees.has(policy)) fees.set(policy, routingFee(policy, query.amount));
    return fees.get(policy);
  };
  return { query, settled: new Map(), feeOf };
}

/** True if nothing good can come of a label: a settled one is no worse, or too many are. */
function isDominated({ settled }: Search, label: Label): boolean {
  const known = settled.get(label.party);
  if (known === undefined) return false;
  return known.length >= LABELS_PER_PARTY_MAX || known.some((other) => dominates(other, label));
}

function passes({ next, party }: Label, through: PartyId): boolean {
  if (party === through) return true;
  for (let at = next; at !== null; at = at.next) if (at.party === through) return true;
  return false;
}

const isWithin = (label: Label, { feeMax, holdMsMax, hopsMax }: RouteLimits): boolean =>
  label.fee <= feeMax && label.holdMs <= holdMsMax && label.hops <= hopsMax;

function offeredLabel(
  graph: RoutingGraph,
  search: Search,
  next: Label,
  step: OfferedStep,
): Label | undefined {
  const { query, feeOf } = search;
  const { amount, feeWeight, times } = query;
  if (query.used.has(step.key) || passes(next, step.from)) return undefined;
  const own = feeOf(step);
  const crossing = addAmount(amount, next.fee);
  const fee = own === undefined ? undefined : addAmount(next.fee, own);
  if (own === undefined || fee === undefined || crossing === undefined) return undefined;
  const holdMs = next.holdMs + times.hopMs + step.policy.marginMs;
  const party = step.from;
  const most = { ...next, party, fee, holdMs, hops: next.hops + 1, step, next };
  // However likely the edge: what is settled there is no worse.
  if (!isWithin(most, query.limits) || isDominated(search, most)) return undefined;
  const chance = offeredProbability(graph, step, crossing);
  if (chance === 0) return undefined;
  const cost = next.cost - Math.log(chance) + (feeWeight * Number(own)) / Number(amount);
  return { ...most, cost, total: cost + query.leastCosts(party) };
}

function ownLabel(
  graph: RoutingGraph,
  query: RouteQuery,
  next: Label,
  step: OwnStep,
): Label | undefined {
  const crossing = addAmount(query.amount, next.fee);
  const left = query.ownLeft.get(step.own.edge);
  if (crossing === undefined || (left !== undefined && crossing > left)) return undefined;
  const chance = ownProbability(graph, step, crossing);
  const holdMs = next.holdMs + query.times.hopMs;
  if (chance === 0 || graph.now + holdMs > step.own.expiresAt) return undefined;
  const cost = next.cost - Math.log(chance) + query.firstCost(step.to);
  return {
    party: graph.payer,
    cost,
    total: cost,
    fee: next.fee,
    holdMs,
    hops: next.hops + 1,
    step,
    next,
  };
}

function routeOf(label: Label): Route | undefined {
  const { step } = label;
  if (step === null || !('own' in step)) return undefined;
  const offered: OfferedStep[] = [];
  for (let at = label.next; at !== null; at = at.next) {
    if (at.step !== null && 'policy' in at.step) offered.push(at.step);
  }
  return { own: step, offered };
}

/**
 * The route of least cost for one amount, where cost = Σ −ln p(edge) + feeWeight · fee / amount; of
 * equal ones that with the lowest fee, then the shortest hold, then the fewest hops. `undefined` if no
 * route keeps the limits, or the effort of the graph is spent. Exact as long as no party has more than 32 partial routes of which none is
 * better than another in cost, fee, time and hops alike.
 * Source: Dijkstra 1959; towards the payer by lower bounds: Hart, Nilsson, Raphael 1968; labels for
 * each resource: Martins 1984.
 */
export function findRoute(graph: RoutingGraph, query: RouteQuery): Route | undefined {
  const { receiver, limits, times } = query;
  const queue = new LabelQueue<Label>(compareLabels);
  const search = beginSearch(query);
  const start = { party: receiver, cost: 0, fee: ZERO_AMOUNT, holdMs: times.finalMs, hops: 0 };
  queue.put({ ...start, total: 0, step: null, next: null });
  for (let label = queue.take(); label !== undefined; label = queue.take()) {
    if (label.party === graph.payer) return routeOf(label);
    if (isDominated(search, label)) continue;
    const offered = graph.offeredInto.get(label.party) ?? [];
    if (isSpent(graph, 1 + offered.length)) return undefined;
    const known = search.settled.get(label.party);
    if (known === undefined) search.settled.set(label.party, [label]);
    else known.push(label);
    for (const step of graph.ownInto.get(label.party) ?? []) {
      const more = ownLabel(graph, query, label, step);
      if (more !== undefined && isWithin(more, limits)) queue.put(more);
    }
    for (const step of offered) {
      const more = offeredLabel(graph, search, label, step);
      if (more !== undefined) queue.put(more);
    }
  }
  return undefined;
}
