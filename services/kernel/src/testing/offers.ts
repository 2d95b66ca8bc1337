/** Offers, signals and whole routing indexes for tests. */

import { takeOffer } from '../routing/offer-index.ts';
import type { OwnEdge } from '../routing/own-edges.ts';
import type { PlanOrder } from '../routing/plan.ts';
import { regionOf } from '../routing/region.ts';
import { emptyRoutingIndex, type RoutingIndex } from '../routing/routing-index.ts';
import { AMOUNT_MAX, amount } from '../units/amount.ts';
import { unixMs } from '../units/time.ts';
import type { FeePolicy } from '../wire/objects.ts';
import { delegation } from './accounts.ts';
import { feePolicy, offerOf } from './hop-statements.ts';
import { testHash } from './keys.ts';
import {
  type Built,
  type Change,
  createWorld,
  HOUR,
  START,
  type TestParty,
  testParty,
  through,
  USD,
  type World,
} from './world.ts';

/** What a hop asks for: nothing, for any amount, with a margin of a second. */
export function freePolicy(hop: TestParty, change: Partial<FeePolicy> = {}): FeePolicy {
  const free = { feeBps: 0, feeFlat: amount(0n), amountMax: amount(AMOUNT_MAX) };
  return feePolicy(hop, { ...free, ...change });
}

/** An offer of edges to named parties with their capacities. */
export function routingOffer(
  world: World,
  hop: TestParty,
  to: Readonly<Record<string, bigint>>,
  policyChange: Partial<FeePolicy> = {},
  change: Change<'RoutingOffer'> = {},
): Built<'RoutingOffer'> {
  const edges = Object.entries(to)
    .map(([name, capacity]) => ({ to: testParty(name).id, capacity: amount(capacity) }))
    .sort((a, b) => (a.to < b.to ? -1 : 1));
  return offerOf(world, hop, freePolicy(hop, policyChange), { ttlMs: 300_000, edges, ...change });
}

export function routingSignal(
  world: World,
  origin: TestParty,
  about: TestParty,
  change: Change<'RoutingSignal'> = {},
): Built<'RoutingSignal'> {
  return world.object(
    {
      v: 1,
      type: 'RoutingSignal',
      origin: origin.id,
      region: regionOf(about.id),
      denomination: USD,
      magnitude: 4,
      observed: 'success',
      sample: 1000,
      sequence: 1,
      ttlMs: 300_000,
      nonce: world.nonce(),
      ...change,
    },
    through(origin),
  );
}

/** One edge of a map: `[from, to, capacity]` and what `from` asks for. */
export type Way = readonly [
  from: string,
  to: string,
  capacity: bigint,
  policy?: Partial<FeePolicy>,
];

/** The payer of every map. */
export const PAYER = testParty('payer');

export type RoutingMap = {
  readonly index: RoutingIndex;
  readonly own: readonly OwnEdge[];
};

/** An own edge of the payer, its id made of the ends. */
export function ownEdge(to: string, capacity: bigint, change: Partial<OwnEdge> = {}): OwnEdge {
  const expiresAt = unixMs(START + 500 * HOUR);
  const edge = testHash(`payer to ${to}`);
  return { edge, to: testParty(to).id, capacity: amount(capacity), expiresAt, ...change };
}

/** What the payer knows of a map: its own edges exactly, all others through one offer for each hop. */
export function routingMap(ways: readonly Way[]): RoutingMap {
  const world = createWorld({ crypto: 'none' });
  const own: OwnEdge[] = [];
  const hops = new Map<string, { to: Record<string, bigint>; policy: Partial<FeePolicy> }>();
  for (const [from, to, capacity, policy] of ways) {
    if (from === PAYER.name) {
      own.push(ownEdge(to, capacity));
      continue;
    }
    const hop = hops.get(from) ?? { to: {}, policy: {} };
    hops.set(from, { to: { ...hop.to, [to]: capacity }, policy: { ...hop.policy, ...policy } });
  }
  let index = emptyRoutingIndex();
  for (const [name, { to, policy }] of hops) {
    const hop = testParty(name);
    const offer = routingOffer(world, hop, to, policy);
    const taken = takeOffer(index.offers, offer, delegation(world, hop), hop.id, START);
    if (taken.kind !== 'taken') throw new Error(JSON.stringify(taken));
    index = { ...index, offers: taken.index };
  }
  return { index, own };
}

/** An order of the payer, with no limit on fees unless one is given. */
export function planOrder(
  receiver: string,
  of: bigint,
  change: Partial<PlanOrder> = {},
): PlanOrder {
  return {
    payer: PAYER.id,
    receiver: testParty(receiver).id,
    denomination: USD,
    amount: amount(of),
    maxFee: amount(AMOUNT_MAX),
    expiresAt: unixMs(START + HOUR),
    ...change,
  };
}
