/**
 * How a payer pays an order: one part, or several over routes that share no offered edge. Nothing here
 * changes a balance; the book decides again on every voucher that comes of a plan.
 */
import { AMOUNT_MAX, type Amount, amount, subtractAmount, ZERO_AMOUNT } from '../units/amount.ts';
import type { PartyId } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';
import { collectRoutes, type PartSearch } from './collect-routes.ts';
import { type DirectedEdge, edgeKey } from './edge-beliefs.ts';
import type { Route, RouteLimits, RouteTimes } from './find-route.ts';
import type { OwnEdge } from './own-edges.ts';
import {
  type PaymentPlan,
  PLAN_PARTS_MAX,
  type PlannedPart,
  type PlanOptions,
  type PlanOrder,
  type PlanOutcome,
  partToSend,
  ROUTE_EDGES_MAX,
} from './plan.ts';
import { type RoutingRefusal, routingRefusal } from './refusals.ts';
import { magnitudeOf, regionOf } from './region.ts';
import { EFFORT_MAX, isSpent, type RoutingGraph, routingGraph } from './routing-graph.ts';
import type { RoutingIndex } from './routing-index.ts';
import { SIGNAL_WEIGHT_MAX, signalCost } from './signal-prior.ts';
import { splitAmount } from './split-amount.ts';

type Planning = {
  readonly graph: RoutingGraph;
  readonly order: PlanOrder;
  readonly limits: RouteLimits;
  readonly times: RouteTimes;
  readonly partsMax: number;
  readonly feeWeight: number;
  readonly partWeight: number;
  /** False where no signal counts, so that searching with and without them is the same. */
  readonly hasSignals: boolean;
  /** What signals say of beginning with a party, for an amount; see `signalCost`. */
  readonly signalCost: (origin: PartyId, of: Amount) => number;
};

const clamp = (value: number, most: number): number => Math.max(1, Math.min(value, most));

function planning(
  index: RoutingIndex,
  edges: readonly OwnEdge[],
  order: PlanOrder,
  now: UnixMs,
  options: PlanOptions,
): Planning {
  const { receiver, denomination } = order;
  const graph = routingGraph(index, edges, order, options.excluded ?? new Set(), now);
  const region = regionOf(receiver);
  const marginMs = graph.marginsMs.get(receiver) ?? options.receiverMarginMs ?? 2_000;
  return {
    graph,
    order,
    limits: {
      feeMax: order.maxFee,
      holdMsMax: Math.min(options.holdMsMax, order.expiresAt - now),
      hopsMax: clamp(options.hopsMax ?? ROUTE_EDGES_MAX, ROUTE_EDGES_MAX),
    },
    times: { finalMs: marginMs + (options.finalWindowMs ?? 10_000), hopMs: options.hopMs ?? 500 },
    partsMax: clamp(options.partsMax ?? 4, PLAN_PARTS_MAX),
    feeWeight: options.feeWeight ?? 10,
    partWeight: options.partWeight ?? 0.01,
    hasSignals: index.signals.size > 0,
    signalCost: (origin, of) => {
      const topic = { origin, region, denomination, magnitude: magnitudeOf(of) };
      return signalCost(index.signals, topic, now);
    },
  };
}

/** Time of a route without the passing on: the margins of all payees and the final window. */
const waitsMs = ({ times }: Planning, { offered }: Route): number =>
  offered.reduce((sum, { policy }) => sum + policy.marginMs, times.finalMs);

/** What dividing an amount costs for each route, in edges that are looked at. */
const SPLIT_EFFORT = 100;

/**
 * The plan that divides the amount over these routes, or undefined where a limit is broken or the
 * effort is spent.
 */
function planOver(given: Planning, routes: readonly Route[]): PaymentPlan | undefined {
  const { graph, order, limits, times, feeWeight, partWeight } = given;
  if (isSpent(graph, SPLIT_EFFORT * routes.length)) return undefined;
  const priced = splitAmount(graph, routes, order.amount, feeWeight);
  if (priced === undefined) return undefined;
  const fee = priced.reduce((sum, part) => sum + part.fee, 0n);
  if (fee > limits.feeMax) return undefined;
  // The receiver waits for the part that has the longest way, so every part waits as long.
  const passingMs = times.hopMs * Math.max(...routes.map(({ offered }) => offered.length + 1));
  const parts: PlannedPart[] = [];
  let cost = partWeight * (routes.length - 1) + (feeWeight * Number(fee)) / Number(order.amount);
  let logCost = 0;
  for (const [i, route] of routes.entries()) {
    const part = priced[i];
    const ttlMs = waitsMs(given, route) + passingMs;
    if (part === undefined || ttlMs > limits.holdMsMax) return undefined;
    if (graph.now + ttlMs > route.own.own.expiresAt) return undefined;
    const share = Number(part.amount) / Number(order.amount);
    cost += part.logCost + share * given.signalCost(route.own.to, part.amount);
    logCost += part.logCost;
    parts.push({ ...partToSend(route, part, ttlMs), successProbability: part.successProbability });
  }
  const successProbability = Math.exp(-logCost);
  return { parts, amount: order.amount, fee: amount(fee), successProbability, cost };
}

const NO_EDGES: ReadonlySet<string> = new Set();

/** How routes are searched for; a plan is compared by the given weights whatever found it. */
type Way = {
  readonly feeWeight: number;
  readonly withSignals: boolean;
  readonly without: ReadonlySet<string>;
};

function searchOf(given: Planning, size: Amount, way: Way): PartSearch {
  const { order, limits, times, partsMax } = given;
  const { feeWeight, withSignals, without } = way;
  // The same cost more for every first edge changes no order, and keeps all costs above 0.
  const firstCost = (origin: PartyId): number =>
    withSignals ? SIGNAL_WEIGHT_MAX + given.signalCost(origin, size) : 0;
  const { receiver } = order;
  return { receiver, size, count: partsMax, limits, times, feeWeight, firstCost, without };
}

const better = (left: PaymentPlan | undefined, right: PaymentPlan | undefined) =>
  left === undefined || (right !== undefined && right.cost < left.cost) ? right : left;

/** Parts are searched for in ever smaller sizes: routes that carry little are found too. */
const SIZE_DIVISORS = [1n, 2n, 4n, 16n, 64n];

const sizeOf = (total: Amount, divisor: bigint): Amount => amount((total + divisor - 1n) / divisor);

/** The best plan over routes found one way; `known` where none is better. */
function bestFound(given: Planning, way: Way, known: PaymentPlan | undefined) {
  const { graph, order, partsMax, partWeight } = given;
  const bonus = given.hasSignals ? SIGNAL_WEIGHT_MAX : 0;
  let best = known;
  for (const divisor of partsMax === 1 ? [1n] : SIZE_DIVISORS) {
    const routes = collectRoutes(graph, searchOf(given, sizeOf(order.amount, divisor), way));
    for (let count = 1; count <= routes.length; count++) {
      best = better(best, planOver(given, routes.slice(0, count)));
    }
    // No plan in several parts costs less than partWeight and what signals may take off.
    if (best?.parts.length === 1 && best.cost <= partWeight - bonus) break;
  }
  return best;
}

function bestPlan(given: Planning, without: ReadonlySet<string>): PaymentPlan | undefined {
  // A far dearer weight finds the cheap routes where the likely ones break maxFee.
  for (const feeWeight of [given.feeWeight, 10 * given.feeWeight + 10]) {
    const best = bestFound(given, { feeWeight, withSignals: false, without }, undefined);
    if (best !== undefined) return best;
  }
  return undefined;
}

/**
 * Where the best route for a part crosses two others that only together carry the amount, each of
 * its edges is left out in turn.
 */
function planAround(given: Planning): PaymentPlan | undefined {
  const { graph, order, partsMax, feeWeight } = given;
  if (partsMax === 1) return undefined;
  const way = { feeWeight, withSignals: false, without: NO_EDGES };
  const size = sizeOf(order.amount, BigInt(partsMax));
  const [first] = collectRoutes(graph, searchOf(given, size, way));
  let best: PaymentPlan | undefined;
  for (const { key } of first?.offered ?? []) best = better(best, bestPlan(given, new Set([key])));
  return best;
}

function planFor(given: Planning): PaymentPlan | undefined {
  // Signals come last: whether there is a plan, and how bad it may be, must not depend on them.
  const best = bestPlan(given, NO_EDGES) ?? planAround(given);
  if (best === undefined || !given.hasSignals) return best;
  const { feeWeight } = given;
  return bestFound(given, { feeWeight, withSignals: true, without: NO_EDGES }, best);
}

/** Which limit stands in the way: each is lifted in turn. */
function refuseOrder(refused: Planning): RoutingRefusal {
  const { limits, order } = refused;
  // What the plan has used up is not missing here.
  const given = { ...refused, graph: { ...refused.graph, effort: { left: EFFORT_MAX } } };
  const longer = { ...limits, holdMsMax: Number.MAX_SAFE_INTEGER };
  const inTime = planFor({ ...given, limits: { ...limits, feeMax: amount(AMOUNT_MAX) } });
  if (inTime !== undefined) {
    const facts = { fee: inTime.fee.toString(), maxFee: order.maxFee.toString() };
    return routingRefusal('max_fee_exceeded', facts);
  }
  const late =
    planFor({ ...given, limits: longer }) ??
    planFor({ ...given, limits: { ...longer, feeMax: amount(AMOUNT_MAX) } });
  if (late === undefined) return routingRefusal('no_route', { amount: order.amount.toString() });
  const ttlMs = Math.max(...late.parts.map((part) => part.ttlMs));
  return routingRefusal('hold_too_long', { ttlMs, holdMsMax: limits.holdMsMax });
}

/**
 * Plans an order over what the payer knows at `now`: the parts, sizes and routes of least cost, where
 *
 *   cost = −ln p + feeWeight · Σ fees / amount + partWeight · (parts − 1) + what signals say
 *
 * and p is the product over all edges of all parts. The fee is a term of the cost and not only a
 * tie-breaker, because otherwise whoever states a little more capacity could charge all of maxFee.
 * Amounts are ledger units; Σ fees ≤ maxFee, every part ends within holdMsMax and the order's
 * expiresAt, and no two parts share an offered edge. The same knowledge gives the same plan, and
 * planning changes nothing.
 *
 * Refusals, in order: amount_zero, no_route, hold_too_long, max_fee_exceeded.
 * Source: docs/reference/routing.md; The Micropayment Internet, ch. 4.
 */
export function planPayment(
  index: RoutingIndex,
  edges: readonly OwnEdge[],
  order: PlanOrder,
  now: UnixMs,
  options: PlanOptions,
): PlanOutcome {
  if (order.amount === 0n) return { kind: 'refused', refusal: routingRefusal('amount_zero') };
  const given = planning(index, edges, order, now, options);
  const plan = planFor(given);
  return plan === undefined
    ? { kind: 'refused', refusal: refuseOrder(given) }
    : { kind: 'planned', plan };
}

export type Replanning = {
  /** What the parts that failed should have delivered. */
  readonly amount: Amount;
  /** Fees of the parts that are held or paid: maxFee is for all parts together. */
  readonly feeInUse: Amount;
  /** Where parts failed, as far as that is known. */
  readonly failed: readonly DirectedEdge[];
  /** The parts that are still held or claimed: their offered edges stay theirs. */
  readonly open: readonly PlannedPart[];
};

/**
 * Plans what failed parts leave to be delivered, around the edges where they failed and those that
 * open parts use; partsMax counts the open parts too. Own edges come with the capacity that open
 * parts leave. Refusals: as `planPayment`; no_route also where no part is left to be planned.
 */
export function replan(
  index: RoutingIndex,
  edges: readonly OwnEdge[],
  order: PlanOrder,
  rest: Replanning,
  now: UnixMs,
  options: PlanOptions,
): PlanOutcome {
  const partsMax = Math.min(options.partsMax ?? 4, PLAN_PARTS_MAX) - rest.open.length;
  if (partsMax < 1) return { kind: 'refused', refusal: routingRefusal('no_route') };
  const excluded = new Set(options.excluded ?? NO_EDGES);
  for (const edge of rest.failed) excluded.add(edgeKey(edge));
  for (const { route } of rest.open) for (const { key } of route.offered) excluded.add(key);
  const maxFee = subtractAmount(order.maxFee, rest.feeInUse) ?? ZERO_AMOUNT;
  const left = { ...order, amount: rest.amount, maxFee };
  return planPayment(index, edges, left, now, { ...options, partsMax, excluded });
}
