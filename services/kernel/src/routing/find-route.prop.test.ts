// Goal: the search finds what trying every route finds. Method: random small graphs with fees, margins
// and amount limits; all routes without loops are enumerated and priced by formulas written here again.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PAYER, routingMap, type Way } from '../testing/offers.ts';
import { START, testParty, USD } from '../testing/world.ts';
import { amount } from '../units/amount.ts';
import { findRoute, type Route, type RouteQuery } from './find-route.ts';
import { leastCosts } from './least-costs.ts';
import { priceRoute } from './price-route.ts';
import { routingGraph } from './routing-graph.ts';

const NAMES = ['payer', 'alice', 'bob', 'carol', 'erin', 'dave'];
const FEE_WEIGHT = 10;

const capacity = fc.oneof(
  fc.bigInt({ min: 1n, max: 3_000n }),
  // Equal capacities make equal costs.
  fc.constantFrom(1_000n, 2_000n),
);

const policies = fc.record({
  feeBps: fc.integer({ min: 0, max: 500 }),
  feeFlat: fc.bigInt({ min: 0n, max: 20n }).map(amount),
  amountMin: fc.constantFrom(1n, 1n, 200n).map(amount),
  amountMax: fc.constantFrom(10_000n, 10_000n, 700n).map(amount),
  marginMs: fc.constantFrom(500, 1_000, 3_000),
});

/** Every hop has one policy; some of all possible edges exist. */
const graphs = fc.record({
  policies: fc.array(policies, { minLength: NAMES.length, maxLength: NAMES.length }),
  capacities: fc.array(fc.option(capacity, { freq: 2, nil: undefined }), {
    minLength: NAMES.length ** 2,
    maxLength: NAMES.length ** 2,
  }),
});

type Case = { readonly ways: readonly Way[] };

const cases: fc.Arbitrary<Case> = graphs.map(({ policies: asked, capacities }) => ({
  ways: NAMES.flatMap((from, i) =>
    NAMES.flatMap((to, j): Way[] => {
      const of = capacities[i * NAMES.length + j];
      if (of === undefined || from === to || to === 'payer' || from === 'dave') return [];
      return [[from, to, of, asked[i] ?? {}]];
    }),
  ),
}));

const limits = fc.record({
  feeMax: fc.constantFrom(5n, 60n, 10_000n).map(amount),
  holdMsMax: fc.constantFrom(8_000, 10_500, 60_000),
  hopsMax: fc.integer({ min: 1, max: 6 }),
});

const TIMES = { finalMs: 5_000, hopMs: 500 };

/** The cheapest of all routes without loops, tried one by one. */
function bruteForce(
  ways: readonly Way[],
  of: bigint,
  { feeMax, holdMsMax, hopsMax }: RouteQuery['limits'],
) {
  let best: number | undefined;
  const priced = (route: readonly Way[]): number | undefined => {
    let [cost, fee, holdMs] = [0, 0n, TIMES.finalMs];
    for (const [from, , most, policy] of route.toReversed()) {
      const a = of + fee;
      holdMs += TIMES.hopMs;
      if (from === 'payer') {
        if (a > most) return undefined;
        continue;
      }
      if (a >= most || of < (policy?.amountMin ?? 0n) || of > (policy?.amountMax ?? 0n)) {
        return undefined;
      }
      const own = (policy?.feeFlat ?? 0n) + (of * BigInt(policy?.feeBps ?? 0) + 9_999n) / 10_000n;
      cost += -Math.log(1 - Number(a) / Number(most)) + (FEE_WEIGHT * Number(own)) / Number(of);
      fee += own;
      holdMs += policy?.marginMs ?? 0;
    }
    return fee > feeMax || holdMs > holdMsMax ? undefined : cost;
  };
  const walk = (at: string, route: readonly Way[]): void => {
    if (at === 'dave') {
      const cost = priced(route);
      if (cost !== undefined && (best === undefined || cost < best)) best = cost;
      return;
    }
    if (route.length === hopsMax) return;
    for (const way of ways) {
      const seen = way[1] === 'payer' || route.some(([from]) => from === way[1]);
      if (way[0] === at && !seen) walk(way[1], [...route, way]);
    }
  };
  walk('payer', []);
  return best;
}

function search(ways: readonly Way[], of: bigint, within: RouteQuery['limits']) {
  const { index, own } = routingMap(ways);
  const order = { payer: PAYER.id, denomination: USD };
  const graph = routingGraph(index, own, order, new Set(), START);
  const terms = {
    receiver: testParty('dave').id,
    amount: amount(of),
    feeWeight: FEE_WEIGHT,
    firstCost: () => 0,
  };
  const least = leastCosts(graph, { ...terms, without: new Set() });
  const rest = { limits: within, times: TIMES, used: new Set<string>(), ownLeft: new Map() };
  const route = least && findRoute(graph, { ...terms, ...rest, leastCosts: least });
  return { graph, route, priced: route && priceRoute(graph, route, amount(of)) };
}

const partiesOf = ({ own, offered }: Route) => [own.from, own.to, ...offered.map(({ to }) => to)];

describe('the best route', () => {
  test('costs what the best of all routes costs, and exists when one does', () => {
    fc.assert(
      fc.property(cases, fc.bigInt({ min: 1n, max: 1_500n }), limits, ({ ways }, of, within) => {
        const best = bruteForce(ways, of, within);
        const { priced } = search(ways, of, within);
        expect(priced === undefined).toBe(best === undefined);
        if (priced === undefined || best === undefined) return;
        const cost = priced.logCost + (FEE_WEIGHT * Number(priced.fee)) / Number(of);
        expect(cost).toBeCloseTo(best, 9);
      }),
      { verbose: 1, numRuns: 600 },
    );
  });

  test('has no loop, keeps the limits, and is the same however the offers came', () => {
    fc.assert(
      fc.property(cases, fc.bigInt({ min: 1n, max: 1_500n }), limits, ({ ways }, of, within) => {
        const { route, priced } = search(ways, of, within);
        if (route === undefined || priced === undefined) return;
        const parties = partiesOf(route);
        expect(new Set(parties).size).toBe(parties.length);
        expect(parties.length - 1).toBeLessThanOrEqual(within.hopsMax);
        expect(priced.fee).toBeLessThanOrEqual(within.feeMax);
        expect(priced.fees.reduce((sum, fee) => sum + fee, 0n)).toBe(priced.fee);
        const again = search(ways.toReversed(), of, within).route;
        expect(again && partiesOf(again)).toEqual(parties);
      }),
      { verbose: 1, numRuns: 300 },
    );
  });
});
