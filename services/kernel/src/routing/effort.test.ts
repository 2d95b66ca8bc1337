// Goal: offers of strangers can't hold a planner up. Method: a dense map whose every way looks as good as
// any other; how many edges the searches of a plan look at.
import { describe, expect, test } from 'vitest';
import { PAYER, planOrder, routingMap, type Way } from '../testing/offers.ts';
import { START, testParty, USD } from '../testing/world.ts';
import { amount } from '../units/amount.ts';
import { collectRoutes } from './collect-routes.ts';
import { planPayment } from './plan-payment.ts';
import { EFFORT_MAX, routingGraph } from './routing-graph.ts';

const HOPS = 120;
const EDGES = 60;
const DAY_MS = 86_400_000;

/** Every hop offers an edge to every second one, and each trades fee for time in its own way. */
function dense() {
  const ways: Way[] = [['payer', 's0', 10_000_000n]];
  for (let i = 0; i < HOPS; i++) {
    const policy = { feeFlat: amount(BigInt((i * 37) % 101)), marginMs: (i * 53) % 997 };
    for (let by = 1; by <= EDGES; by++) {
      const capacity = BigInt(500_000 + ((i * by) % 977) * 1_000);
      ways.push([`s${i}`, `s${(i + by) % HOPS}`, capacity, policy]);
    }
    if (i > HOPS - 3) ways.push([`s${i}`, 'receiver', 900_000n, policy]);
  }
  return routingMap(ways);
}

const { index, own } = dense();
const graph = () =>
  routingGraph(index, own, { payer: PAYER.id, denomination: USD }, new Set(), START);
const search = {
  receiver: testParty('receiver').id,
  size: amount(100_000n),
  count: 16,
  limits: { feeMax: amount(10_000n), holdMsMax: DAY_MS, hopsMax: 8 },
  times: { finalMs: 10_000, hopMs: 500 },
  feeWeight: 10,
  firstCost: () => 0,
  without: new Set<string>(),
};

describe('the effort of a plan', () => {
  test('is used up by every edge that a search looks at', () => {
    const whole = graph();
    expect(collectRoutes(whole, search).length).toBeGreaterThan(0);
    expect(whole.effort.left).toBeLessThan(EFFORT_MAX);
  });

  test('ends the search when it is spent, with what was found until then', () => {
    const spent = { ...graph(), effort: { left: 0 } };
    expect(collectRoutes(spent, search)).toEqual([]);
    for (let left = 0; left < 200_000; left += 20_000) {
      const some = { ...graph(), effort: { left } };
      collectRoutes(some, search);
      // At most one party’s edges more than there was effort for, in each of the two searches.
      expect(some.effort.left).toBeGreaterThan(-3 * HOPS);
    }
  });

  test('suffices for a plan, and for a refusal that says what is in the way', () => {
    const options = { holdMsMax: DAY_MS, partsMax: 16 };
    expect(planPayment(index, own, planOrder('receiver', 600_000n), START, options).kind).toBe(
      'planned',
    );
    const poor = planOrder('receiver', 600_000n, { maxFee: amount(0n) });
    expect(planPayment(index, own, poor, START, options)).toMatchObject({
      kind: 'refused',
      refusal: { reason: 'max_fee_exceeded' },
    });
  });
});
