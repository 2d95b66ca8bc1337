import type { Amount } from '../units/amount.ts';
import type { PartyId } from '../units/id.ts';
import { findRoute, type Route, type RouteLimits, type RouteTimes } from './find-route.ts';
import { leastCosts } from './least-costs.ts';
import { priceRoute } from './price-route.ts';
import type { RoutingGraph } from './routing-graph.ts';

export type PartSearch = {
  readonly receiver: PartyId;
  /** What each route is searched for. */
  readonly size: Amount;
  /** Routes at most. */
  readonly count: number;
  readonly limits: RouteLimits;
  readonly times: RouteTimes;
  readonly feeWeight: number;
  readonly firstCost: (origin: PartyId) => number;
  /** Offered edges that no route may take, by `edgeKey`. */
  readonly without: ReadonlySet<string>;
};

/**
 * Routes that share no offered edge, each the best for `size` beside those before it, the best first.
 * Routes may begin with the same own edge, whose capacity is known, as long as it carries all of them.
 */
export function collectRoutes(graph: RoutingGraph, search: PartSearch): readonly Route[] {
  const { receiver, size: amount, count, limits, times, feeWeight, firstCost, without } = search;
  const least = leastCosts(graph, { receiver, amount, feeWeight, firstCost, without });
  if (least === undefined) return [];
  const given = { receiver, amount, limits, times, feeWeight, firstCost, leastCosts: least };
  const routes: Route[] = [];
  const used = new Set(without);
  const ownLeft = new Map<string, bigint>();
  while (routes.length < count) {
    // Edges that are used up make ways dearer, never cheaper: the bounds still hold.
    const route = findRoute(graph, { ...given, used, ownLeft });
    const priced = route === undefined ? undefined : priceRoute(graph, route, amount);
    if (route === undefined || priced === undefined) break;
    routes.push(route);
    for (const { key } of route.offered) used.add(key);
    const { edge, capacity } = route.own.own;
    ownLeft.set(edge, (ownLeft.get(edge) ?? capacity) - amount - priced.fee);
    // A neighbour that receives itself offers no edge: one part over each own edge is enough.
    if (route.offered.length === 0) ownLeft.set(edge, -1n);
  }
  return routes;
}
