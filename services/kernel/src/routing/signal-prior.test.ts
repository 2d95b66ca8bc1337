import { describe, expect, test } from 'vitest';
import { delegation } from '../testing/accounts.ts';
import { routingSignal } from '../testing/offers.ts';
import { type Change, createWorld, START, testParty, USD } from '../testing/world.ts';
import { amount } from '../units/amount.ts';
import { unixMs } from '../units/time.ts';
import { magnitudeOf, regionOf } from './region.ts';
import {
  noSignals,
  SIGNAL_ORIGINS_MAX,
  SIGNAL_RATE_WINDOW_MS,
  SIGNAL_WEIGHT_MAX,
  SIGNALS_PER_ORIGIN,
  SIGNALS_PER_WINDOW,
  type SignalPrior,
  signalCost,
  signalsOn,
  takeSignal,
} from './signal-prior.ts';

const ALICE = testParty('alice');
const DAVE = testParty('dave');
const world = createWorld({ crypto: 'none' });
const neighbours = new Set([ALICE.id]);
const topic = { origin: ALICE.id, region: regionOf(DAVE.id), denomination: USD, magnitude: 4 };

const signalOf = (change: Change<'RoutingSignal'> = {}) =>
  routingSignal(world, ALICE, DAVE, change);

function take(prior: SignalPrior, signal = signalOf(), ms = 0, from = ALICE) {
  const sender = { from: from.id, neighbours };
  return takeSignal(prior, signal, delegation(world, ALICE), sender, unixMs(START + ms));
}

function taken(prior: SignalPrior, change: Change<'RoutingSignal'> = {}, ms = 0): SignalPrior {
  const outcome = take(prior, signalOf(change), ms);
  if (outcome.kind !== 'taken') throw new Error(JSON.stringify(outcome));
  return outcome.prior;
}

const costAt = (prior: SignalPrior, ms = 0) => signalCost(prior, topic, unixMs(START + ms));

const reasonOf = (outcome: ReturnType<typeof take>) =>
  outcome.kind === 'refused' ? outcome.refusal.reason : outcome.kind;

describe('a signal', () => {
  test('of success makes its neighbour cheaper, of failure dearer, equally', () => {
    const good = costAt(taken(noSignals()));
    expect(good).toBe(-SIGNAL_WEIGHT_MAX / 2);
    expect(costAt(taken(noSignals(), { observed: 'failure' }))).toBe(-good);
    expect(costAt(noSignals())).toBe(0);
  });

  test('weighs by its sample, up to a bound', () => {
    const costs = [1, 10, 20, 1000].map((sample) => costAt(taken(noSignals(), { sample })));
    expect(costs.map((cost) => (cost / SIGNAL_WEIGHT_MAX).toFixed(3))).toEqual([
      '-0.048',
      '-0.333',
      '-0.500',
      '-0.500',
    ]);
  });

  test('fades to nothing over its TTL', () => {
    const prior = taken(noSignals(), { ttlMs: 1_000 });
    expect(costAt(prior, 500)).toBeCloseTo(-SIGNAL_WEIGHT_MAX / 3, 12);
    expect(costAt(prior, 999)).toBeLessThan(0);
    expect(costAt(prior, 1_000)).toBe(0);
  });

  test('never weighs as much as its bound, however many there are', () => {
    let prior = noSignals();
    for (let i = 1; i <= SIGNALS_PER_WINDOW; i++) prior = taken(prior, { sequence: i });
    expect(Math.abs(costAt(prior))).toBeLessThan(SIGNAL_WEIGHT_MAX);
    expect(Math.abs(costAt(prior))).toBeGreaterThan(0.9 * SIGNAL_WEIGHT_MAX);
  });

  test('speaks of one region, denomination and magnitude only', () => {
    const prior = taken(noSignals());
    const others = [
      { ...topic, magnitude: 5 },
      { ...topic, denomination: 'EUR/6' as typeof USD },
      { ...topic, region: regionOf(ALICE.id) },
      { ...topic, origin: DAVE.id },
    ];
    for (const other of others) expect(signalCost(prior, other, START)).toBe(0);
  });

  test('stays with the id of the object that answers for it', () => {
    const signal = signalOf();
    const outcome = take(noSignals(), signal);
    if (outcome.kind !== 'taken') throw new Error(outcome.kind);
    expect(signalsOn(outcome.prior, topic, START)).toMatchObject([{ id: signal.id }]);
  });

  test('counts once, and older ones not after newer ones', () => {
    const signal = signalOf({ sequence: 5 });
    const outcome = take(noSignals(), signal);
    if (outcome.kind !== 'taken') throw new Error(outcome.kind);
    expect(take(outcome.prior, signal)).toEqual({ kind: 'duplicate' });
    expect(reasonOf(take(outcome.prior, signalOf({ sequence: 4 })))).toBe('signal_superseded');
    expect(reasonOf(take(outcome.prior, signalOf({ sequence: 5 })))).toBe('signal_superseded');
    expect(reasonOf(take(outcome.prior, signalOf({ sequence: 6 })))).toBe('taken');
  });

  test('comes from a neighbour itself, not through others', () => {
    expect(reasonOf(take(noSignals(), signalOf(), 0, DAVE))).toBe('signal_not_from_neighbour');
    const stranger = routingSignal(world, DAVE, ALICE);
    const sender = { from: DAVE.id, neighbours };
    const outcome = takeSignal(noSignals(), stranger, delegation(world, DAVE), sender, START);
    expect(reasonOf(outcome)).toBe('signal_not_from_neighbour');
    const unsigned = takeSignal(noSignals(), stranger, delegation(world, ALICE), sender, START);
    expect(reasonOf(unsigned)).toBe('key_unknown');
  });

  test('is one of at most 60 in a minute', () => {
    let prior = noSignals();
    for (let i = 1; i <= SIGNALS_PER_WINDOW; i++) prior = taken(prior, { sequence: i });
    const more = signalOf({ sequence: 1_000 });
    expect(reasonOf(take(prior, more, SIGNAL_RATE_WINDOW_MS - 1))).toBe('signal_rate_exceeded');
    expect(reasonOf(take(prior, more, SIGNAL_RATE_WINDOW_MS))).toBe('taken');
  });
});

test('of one origin the newest are kept, and of origins the newest', () => {
  let prior = noSignals();
  for (let i = 1; i <= 2 * SIGNALS_PER_ORIGIN; i++) {
    prior = taken(prior, { sequence: i }, i * 2_000);
  }
  expect(prior.get(ALICE.id)?.signals).toHaveLength(SIGNALS_PER_ORIGIN);
  const [one] = [...prior.values()];
  if (one === undefined) throw new Error('no signals');
  let full = noSignals();
  for (let i = 0; i < SIGNAL_ORIGINS_MAX; i++) full = full.set(`origin ${i}`, one);
  full = full.set('origin 7', { ...one, signals: [] });
  const after = taken(full);
  expect(after.size).toBe(SIGNAL_ORIGINS_MAX);
  expect(after.has('origin 7')).toBe(false);
  expect(after.has(ALICE.id)).toBe(true);
});

describe('a region and a magnitude', () => {
  test('are coarse', () => {
    expect(regionOf(DAVE.id)).toMatch(/^[0-9a-f]{4}$/);
    expect(magnitudeOf(amount(0n))).toBe(0);
    expect([1n, 9n, 10n, 99_999n, 2n ** 63n - 1n].map((of) => magnitudeOf(amount(of)))).toEqual([
      0, 0, 1, 4, 18,
    ]);
  });
});
