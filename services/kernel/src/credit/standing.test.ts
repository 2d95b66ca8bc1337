// Goal: what an edge takes over its time, and how much of its limits routed holds may use. Method:
// tables of both sides of each edge.
import { expect, test } from 'vitest';
import { delegation, edge } from '../testing/accounts.ts';
import { createTestBook } from '../testing/test-book.ts';
import { AGENT, createWorld, GPU, HOUR, must, START } from '../testing/world.ts';
import { AMOUNT_MAX, amount } from '../units/amount.ts';
import { unixMs } from '../units/time.ts';
import { exposureOf, routedExposureOf, routedLimit } from './positions.ts';
import { edgeStanding, refuseDisputed } from './standing.ts';

function opened(change: Parameters<typeof edge>[3]) {
  const world = createWorld();
  const book = createTestBook();
  const agreed = edge(world, AGENT, GPU, change);
  book.accept(delegation(world, AGENT), delegation(world, GPU), agreed);
  return must(book.state.edges.get(agreed.id), 'edge');
}

test.each([
  [-1, 'open'],
  [0, 'in_grace'],
  [HOUR - 1, 'in_grace'],
  [HOUR, 'overdue'],
] as const)('%d ms after expiry an edge with an hour of grace is %s', (ms, standing) => {
  const one = opened({ expiresAt: unixMs(START + HOUR), graceMs: HOUR });
  expect(edgeStanding(one, unixMs(START + HOUR + ms))).toBe(standing);
});

test('without grace an edge is overdue when it expires', () => {
  const one = opened({ expiresAt: unixMs(START + HOUR), graceMs: 0 });
  expect(edgeStanding(one, unixMs(START + HOUR - 1))).toBe('open');
  expect(edgeStanding(one, unixMs(START + HOUR))).toBe('overdue');
});

test.each([
  [1_000n, 0, 1_000n],
  [1_000n, 1, 999n],
  [1_000n, 2_500, 750n],
  [999n, 5_000, 499n],
  [1n, 1, 0n],
  [1_000n, 9_999, 0n],
  [1_000n, 10_000, 0n],
  [0n, 2_500, 0n],
  [AMOUNT_MAX, 1, (AMOUNT_MAX * 9_999n) / 10_000n],
  [AMOUNT_MAX, 0, AMOUNT_MAX],
])('of a limit of %d a haircut of %d bps leaves %d, rounded down', (limit, haircutBps, left) => {
  expect(routedLimit(amount(limit), haircutBps)).toBe(left);
});

test('the haircut cuts the limit of routed holds in both directions, and nothing else', () => {
  const limits = { limitA: amount(1_000n), limitB: amount(333n), haircutBps: 1_000 };
  const one = { ...opened(limits), heldFromA: amount(5n), heldFromB: amount(7n) };
  const { a, b } = one.terms;
  expect(exposureOf(one, a)).toEqual({ limit: 333n, owed: 0n, held: 5n });
  expect(routedExposureOf(one, a)).toEqual({ limit: 299n, owed: 0n, held: 5n });
  expect(routedExposureOf(one, b)).toEqual({ limit: 900n, owed: 0n, held: 7n });
});

test('an edge without a dispute refuses nothing', () => {
  expect(refuseDisputed(opened({}))).toBeUndefined();
});
