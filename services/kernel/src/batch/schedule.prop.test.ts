// Goal: the laws of the schedule, for any queue. Method: random queues, views, policies and times.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { closureOf, SCENE, unitOf } from '../testing/batch-samples.ts';
import { amount } from '../units/amount.ts';
import { unixMs } from '../units/time.ts';
import { BATCH_REASONS } from './reasons.ts';
import type { BatchPolicy, BatchQueue, ChainView } from './schedule.ts';
import { decideBatch } from './schedule.ts';
import type { Timelock } from './timelock.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_121);
const OPTIONS = { seed: SEED, numRuns: 300 };
const SPAN = 100_000;

const moment = fc.integer({ min: 0, max: SPAN }).map((ms) => unixMs(SCENE + ms));
const denominations = ['USD/6', 'BTC/8', 'EUR/2'].map(unitOf);
const closures = fc
  .array(
    fc.record({
      delta: fc.bigInt(-1_000n, 1_000n),
      since: moment,
      denomination: fc.constantFrom(...denominations),
    }),
    { maxLength: 6 },
  )
  .map((shapes) => shapes.map(({ delta, ...change }, i) => closureOf(i, delta, change)));
const timelock: fc.Arbitrary<Timelock> = fc.oneof(
  moment.map((at) => ({ kind: 'time' as const, at })),
  fc.record({
    kind: fc.constant('blocks' as const),
    chain: fc.constantFrom('bitcoin', 'ethereum', 'unknown'),
    height: fc.integer({ min: 90, max: 130 }),
  }),
);
const queue: fc.Arbitrary<BatchQueue> = fc.record({
  closures,
  timelocks: fc.array(timelock, { maxLength: 3 }),
  payloadBytes: fc.option(fc.integer({ min: 0, max: 400 })),
  asked: fc.boolean(),
});
const sample = fc.record({ at: moment, price: fc.bigInt(0n, 50n) });
const view: fc.Arbitrary<ChainView> = fc.record({
  fee: fc.option(sample),
  feeHistory: fc.array(sample, { maxLength: 12 }),
  tips: fc.constant([
    { chain: 'bitcoin', height: 100, at: SCENE, fastIntervalMs: 4_000 },
    { chain: 'ethereum', height: 100, at: SCENE, fastIntervalMs: 800 },
  ]),
});
const policy: fc.Arbitrary<BatchPolicy> = fc.record({
  exposureCaps: fc.constantFrom(
    [],
    denominations.map((denomination) => ({ denomination, cap: amount(1_500n) })),
  ),
  safetyMarginMs: fc.integer({ min: 0, max: 20_000 }),
  ageMaxMs: fc.integer({ min: 1, max: SPAN }),
  lowFee: fc.option(
    fc.record({
      percentile: fc.integer({ min: 1, max: 100 }),
      samplesMin: fc.integer({ min: 1, max: 4 }),
      samplesMax: fc.integer({ min: 4, max: 12 }),
      ageMaxMs: fc.integer({ min: 1, max: SPAN }),
    }),
  ),
  closuresMin: fc.integer({ min: 1, max: 3 }),
  fill: fc.option(fc.constant({ blobBytes: 100, fillMinBps: 7_800 })),
});

test(`the reason is the strongest of what fired, in the declared order (seed ${SEED})`, () => {
  fc.assert(
    fc.property(queue, view, policy, moment, (waiting, chain, rules, now) => {
      const decision = decideBatch(waiting, chain, rules, now);
      if (decision.kind === 'wait') {
        expect(decision.until === null).toBe(waiting.closures.length === 0);
        if (decision.until !== null) expect(decision.until).toBeGreaterThan(now);
        return;
      }
      expect(waiting.closures.length).toBeGreaterThan(0);
      const order = decision.fired.map(({ reason }) => BATCH_REASONS.indexOf(reason));
      expect(order).toEqual([...new Set(order)].sort((left, right) => left - right));
      expect(decision.reason).toBe(decision.fired[0]?.reason);
      expect(decision.urgent).toBe(decision.fired.some((it) => it.reason === 'timelock_near'));
    }),
    OPTIONS,
  );
});

test(`what waits goes on waiting until the moment it names, and is closed at it (seed ${SEED})`, () => {
  fc.assert(
    fc.property(
      queue,
      view,
      policy,
      moment,
      fc.nat({ max: 1_000 }),
      (waiting, chain, rules, now, part) => {
        const decision = decideBatch(waiting, chain, rules, now);
        if (decision.kind === 'close' || decision.until === null) return;
        const between = now + Math.floor(((decision.until - 1 - now) * part) / 1_000);
        expect(decideBatch(waiting, chain, rules, unixMs(between))).toEqual(decision);
        const then = decideBatch(waiting, chain, rules, unixMs(decision.until));
        expect(then.kind === 'close' && then.fired.map(({ reason }) => reason)).toContain(
          decision.because,
        );
      },
    ),
    OPTIONS,
  );
});

test(`a batch is never closed after the margin of its earliest timelock (seed ${SEED})`, () => {
  fc.assert(
    fc.property(queue, view, policy, moment, (waiting, chain, rules, now) => {
      const decision = decideBatch(waiting, chain, rules, now);
      if (decision.kind === 'close' || decision.until === null) return;
      for (const lock of waiting.timelocks) {
        if (lock.kind === 'time') {
          expect(decision.until).toBeLessThanOrEqual(lock.at - rules.safetyMarginMs);
        } else expect(lock.chain).not.toBe('unknown');
      }
    }),
    OPTIONS,
  );
});

test(`one more closure never reopens a batch that its exposure, age or an operator closed (seed ${SEED})`, () => {
  fc.assert(
    fc.property(queue, view, policy, moment, (waiting, chain, rules, now) => {
      const more = { ...waiting, closures: [...waiting.closures, closureOf(99, 7n)] };
      const before = decideBatch(waiting, chain, rules, now);
      if (before.kind === 'wait') return;
      const strong = before.fired.filter(
        ({ reason }) => reason !== 'blob_filled' && reason !== 'fee_low',
      );
      const after = decideBatch(more, chain, rules, now);
      const fired = after.kind === 'close' ? after.fired.map(({ reason }) => reason) : [];
      for (const { reason } of strong) expect(fired).toContain(reason);
    }),
    OPTIONS,
  );
});
