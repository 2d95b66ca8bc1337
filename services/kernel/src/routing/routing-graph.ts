import { type Amount } from '../units/amount.ts';
import type { Denomination } from '../units/denomination.ts';
import type { Hash, PartyId } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';
import type { FeePolicy } from '../wire/objects.ts';
import {
  BELIEF_HALF_LIFE_MS,
  believedCapacity,
  type DirectedEdge,
  type EdgeBeliefs,
  edgeKey,
} from './edge-beliefs.ts';
import { liveOffers } from './offer-index.ts';
import type { OwnEdge } from './own-edges.ts';
import type { RoutingIndex } from './routing-index.ts';
import { successProbability } from './success-probability.ts';

/** An edge of the payer: the first step of a route. */
export type OwnStep = {
  readonly from: PartyId;
  readonly to: PartyId;
  readonly capacity: Amount;
  readonly own: OwnEdge;
};

/** An edge that a hop offers. */
export type OfferedStep = {
  readonly from: PartyId;
  readonly to: PartyId;
  readonly capacity: Amount;
  readonly policy: FeePolicy;
  readonly policyHash: Hash;
  /** `edgeKey`. */
  readonly key: string;
};

/** Edges that the searches of one plan may still look at: offers of strangers must not hold a node up. */
export type Effort = { left: number };

/** Edges that are looked at for one plan, repeats counted: two seconds at worst, and as much for a refusal. */
export const EFFORT_MAX = 1_000_000;

/** Takes from the effort; true once there is none left. */
export function isSpent({ effort }: RoutingGraph, edges: number): boolean {
  effort.left -= edges;
  return effort.left < 0;
}

/** The edges over which one party can pay at one time. */
export type RoutingGraph = {
  readonly payer: PartyId;
  readonly denomination: Denomination;
  readonly now: UnixMs;
  readonly beliefs: EdgeBeliefs;
  readonly ownInto: ReadonlyMap<PartyId, readonly OwnStep[]>;
  readonly offeredInto: ReadonlyMap<PartyId, readonly OfferedStep[]>;
  readonly offeredFrom: ReadonlyMap<PartyId, readonly OfferedStep[]>;
  /** The margin that each party asks for in its offer, ms. */
  readonly marginsMs: ReadonlyMap<PartyId, number>;
  /** Used up by the searches of one plan, and of nothing else. */
  readonly effort: Effort;
};

function put<Step>(into: Map<PartyId, Step[]>, to: PartyId, step: Step): void {
  const steps = into.get(to);
  if (steps === undefined) into.set(to, [step]);
  else steps.push(step);
}

/**
 * The graph of one payer and denomination: its own edges and those of all offers that count now. The
 * payer's own offers say nothing new and are left out, and so is what `excluded` names: directed
 * edges, or own edges by id. Linear in the index; steps into a party are in a fixed order.
 */
export function routingGraph(
  index: RoutingIndex,
  ownEdges: readonly OwnEdge[],
  { payer, denomination }: { readonly payer: PartyId; readonly denomination: Denomination },
  excluded: ReadonlySet<string>,
  now: UnixMs,
): RoutingGraph {
  const ownInto = new Map<PartyId, OwnStep[]>();
  const offeredInto = new Map<PartyId, OfferedStep[]>();
  const offeredFrom = new Map<PartyId, OfferedStep[]>();
  const marginsMs = new Map<PartyId, number>();
  const sorted = [...ownEdges].sort((a, b) => (a.edge < b.edge ? -1 : 1));
  for (const own of sorted) {
    const { to, capacity } = own;
    if (excluded.has(own.edge) || excluded.has(edgeKey({ from: payer, to, denomination })))
      continue;
    put(ownInto, to, { from: payer, to, capacity, own });
  }
  for (const { offer } of liveOffers(index.offers, denomination, now)) {
    const { policy, policyHash, edges } = offer;
    marginsMs.set(policy.hop, policy.marginMs);
    if (policy.hop === payer) continue;
    for (const { to, capacity } of edges) {
      const key = edgeKey({ from: policy.hop, to, denomination });
      if (to === payer || excluded.has(key)) continue;
      const step = { from: policy.hop, to, capacity, policy, policyHash, key };
      put(offeredInto, to, step);
      put(offeredFrom, policy.hop, step);
    }
  }
  const { beliefs } = index;
  const effort = { left: EFFORT_MAX };
  return {
    payer,
    denomination,
    now,
    beliefs,
    ownInto,
    offeredInto,
    offeredFrom,
    marginsMs,
    effort,
  };
}

/** The chance that an offered edge carries `amount` now, by what it states and what was learnt. */
export function offeredProbability(graph: RoutingGraph, step: OfferedStep, amount: Amount): number {
  // Exact where rounding to a number could hide it.
  if (amount >= step.capacity) return 0;
  const belief = graph.beliefs.get(step.key);
  return successProbability(amount, believedCapacity(belief, step.capacity, graph.now));
}

/**
 * The chance that an own edge carries `amount` now: its capacity is known, so 1 or 0. A failure at no
 * more than this amount was the neighbour's doing; the doubt fades by half for every half-life.
 */
export function ownProbability(graph: RoutingGraph, step: OwnStep, amount: Amount): number {
  if (amount > step.capacity) return 0;
  const edge: DirectedEdge = { from: step.from, to: step.to, denomination: graph.denomination };
  const failed = graph.beliefs.get(edgeKey(edge))?.upper ?? null;
  if (failed === null || amount < failed.amount) return 1;
  return 1 - 2 ** (-Math.max(0, graph.now - failed.at) / BELIEF_HALF_LIFE_MS);
}
