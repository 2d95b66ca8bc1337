// Goal: the rules of when a batch is closed. Method: scenes, each with the whole decision.
import { describe, expect, test } from 'vitest';
import {
  closureOf,
  minute,
  NO_VIEW,
  POLICY,
  queueOf,
  SCENE,
  unitOf,
} from '../testing/batch-samples.ts';
import { amount } from '../units/amount.ts';
import { unixMs } from '../units/time.ts';
import { blobFillBps, type ChainView, decideBatch } from './schedule.ts';
import type { Timelock } from './timelock.ts';

const USD = unitOf('USD/6');
const BTC = unitOf('BTC/8');
const small = closureOf(1, -400_000n);
const lockAt = (minutes: number): Timelock => ({ kind: 'time', at: minute(minutes) });
const pricesAt = (at: number, price: bigint, history: readonly bigint[]): ChainView => ({
  ...NO_VIEW,
  fee: { at, price },
  feeHistory: history.map((before, i) => ({ at: at - 1000 * (history.length - i), price: before })),
});
const age = { reason: 'age_over_max', since: SCENE } as const;
const reasonAt = (queue = queueOf([small]), view = NO_VIEW, policy = POLICY, now = minute(1)) => {
  const decision = decideBatch(queue, view, policy, now);
  return decision.kind === 'close' ? decision.fired.map(({ reason }) => reason) : decision.because;
};

describe('a queue', () => {
  test('without closures is never closed, whatever is asked or near', () => {
    const queue = queueOf([], { asked: true, timelocks: [lockAt(0)] });
    expect(decideBatch(queue, NO_VIEW, POLICY, minute(600))).toEqual({
      kind: 'wait',
      until: null,
      because: 'nothing_waits',
    });
  });

  test('waits until its oldest closure is as old as it may be', () => {
    const queue = queueOf([closureOf(2, 1n, { since: minute(5) }), small]);
    const until = minute(60);
    expect(decideBatch(queue, NO_VIEW, POLICY, minute(59))).toEqual({
      kind: 'wait',
      until,
      because: 'age_over_max',
    });
    expect(decideBatch(queue, NO_VIEW, POLICY, until)).toEqual({
      kind: 'close',
      reason: 'age_over_max',
      fired: [age],
      urgent: false,
    });
  });

  test('waits as long when the clock went back', () => {
    expect(decideBatch(queueOf([small]), NO_VIEW, POLICY, unixMs(SCENE - 5000))).toEqual({
      kind: 'wait',
      until: minute(60),
      because: 'age_over_max',
    });
  });

  test('is closed as soon as somebody asks', () => {
    expect(reasonAt(queueOf([small], { asked: true }))).toEqual(['asked']);
  });
});

describe('exposure', () => {
  test.each([
    [1_000_000n, 'age_over_max'],
    [1_000_001n, ['exposure_over_cap']],
    [-1_000_001n, ['exposure_over_cap']],
  ])('of %s with a cap of 1,000,000: %s', (delta, expected) => {
    expect(reasonAt(queueOf([closureOf(1, delta)]))).toEqual(expected);
  });

  test('counts what moved both ways: it does not cancel', () => {
    const closures = [closureOf(1, 600_000n), closureOf(2, -600_000n)];
    expect(decideBatch(queueOf(closures), NO_VIEW, POLICY, minute(1))).toEqual({
      kind: 'close',
      reason: 'exposure_over_cap',
      fired: [
        {
          reason: 'exposure_over_cap',
          over: [{ denomination: USD, value: 1_200_000n, cap: 1_000_000n }],
        },
      ],
      urgent: false,
    });
  });

  test('has a cap of its own in each denomination, and none where none is named', () => {
    const closures = [
      closureOf(1, 900_000n),
      closureOf(2, 900_000n, { denomination: BTC }),
      closureOf(3, 9_000_000n, { denomination: unitOf('EUR/6') }),
    ];
    expect(reasonAt(queueOf(closures))).toBe('age_over_max');
    const caps = [...POLICY.exposureCaps, { denomination: BTC, cap: amount(899_999n) }];
    expect(reasonAt(queueOf(closures), NO_VIEW, { ...POLICY, exposureCaps: caps })).toEqual([
      'exposure_over_cap',
    ]);
  });
});

describe('a timelock', () => {
  test('closes the batch at the safety margin before it, whatever it costs', () => {
    const queue = queueOf([small], { timelocks: [lockAt(40), lockAt(30)] });
    const dear = pricesAt(minute(19), 1_000n, [1n, 1n, 1n, 1n]);
    expect(decideBatch(queue, dear, POLICY, minute(19))).toEqual({
      kind: 'wait',
      until: minute(20),
      because: 'timelock_near',
    });
    expect(decideBatch(queue, dear, POLICY, minute(20))).toEqual({
      kind: 'close',
      reason: 'timelock_near',
      fired: [{ reason: 'timelock_near', endsAt: minute(30), timelock: lockAt(30) }],
      urgent: true,
    });
  });

  test('is the reason to wait for when the oldest closure is due at the same moment', () => {
    const queue = queueOf([small], { timelocks: [lockAt(70)] });
    expect(reasonAt(queue)).toBe('timelock_near');
    expect(reasonAt(queueOf([small], { timelocks: [lockAt(71)] }))).toBe('age_over_max');
  });

  test('that has passed is near', () => {
    expect(reasonAt(queueOf([small], { timelocks: [lockAt(-5)] }))).toEqual(['timelock_near']);
  });

  test('in blocks ends when blocks come fast', () => {
    const timelock: Timelock = { kind: 'blocks', chain: 'bitcoin', height: 900_006 };
    const queue = queueOf([small], { timelocks: [timelock] });
    const tip = { chain: 'bitcoin', height: 900_000, at: SCENE, fastIntervalMs: 5 * 60_000 };
    const view = { ...NO_VIEW, tips: [tip] };
    // Six blocks: an hour on average, half an hour when they come fast.
    expect(decideBatch(queue, view, POLICY, minute(19))).toEqual({
      kind: 'wait',
      until: minute(20),
      because: 'timelock_near',
    });
    expect(reasonAt(queue, view, POLICY, minute(20))).toEqual(['timelock_near']);
  });

  test('of a chain whose tip nobody knows is near: nobody could tell', () => {
    const timelock: Timelock = { kind: 'blocks', chain: 'bitcoin', height: 900_006 };
    const queue = queueOf([small], { timelocks: [lockAt(90), timelock, lockAt(0)] });
    expect(decideBatch(queue, NO_VIEW, POLICY, minute(1))).toEqual({
      kind: 'close',
      reason: 'timelock_near',
      fired: [{ reason: 'timelock_near', endsAt: null, timelock }],
      urgent: true,
    });
  });
});

describe('a fee', () => {
  const now = minute(1);
  test.each([
    ['below the 25th percentile', 9n, [10n, 20n, 30n, 40n], ['fee_low']],
    ['at the 25th percentile', 10n, [10n, 20n, 30n, 40n], 'age_over_max'],
    ['below it whatever the order', 9n, [40n, 10n, 30n, 20n], ['fee_low']],
    ['below all of too few samples', 1n, [10n, 20n, 30n], 'age_over_max'],
    ['as it always was', 10n, [10n, 10n, 10n, 10n], 'age_over_max'],
  ])('%s', (_, price, history, expected) => {
    expect(reasonAt(queueOf([small]), pricesAt(now, price, history))).toEqual(expected);
  });

  test('older than it may be is not known', () => {
    const view = pricesAt(minute(1), 1n, [10n, 20n, 30n, 40n]);
    expect(reasonAt(queueOf([small]), view, POLICY, minute(2))).toEqual(['fee_low']);
    expect(reasonAt(queueOf([small]), view, POLICY, unixMs(minute(2) + 1))).toBe('age_over_max');
  });

  test('is compared with the newest samples only', () => {
    const lowFee = { percentile: 25, samplesMin: 4, samplesMax: 4, ageMaxMs: 1000 };
    const view = pricesAt(now, 9n, [1n, 1n, 1n, 1n, 10n, 20n, 30n, 40n]);
    expect(reasonAt(queueOf([small]), view, { ...POLICY, lowFee })).toEqual(['fee_low']);
    expect(reasonAt(queueOf([small]), view, { ...POLICY, lowFee: null })).toBe('age_over_max');
  });

  test('is not worth it for fewer closures than a batch pays for', () => {
    const view = pricesAt(now, 9n, [10n, 20n, 30n, 40n]);
    const policy = { ...POLICY, closuresMin: 2 };
    expect(reasonAt(queueOf([small]), view, policy)).toBe('age_over_max');
    expect(reasonAt(queueOf([small, closureOf(2, 1n)]), view, policy)).toEqual(['fee_low']);
  });
});

describe('the fill of a blob', () => {
  const policy = { ...POLICY, fill: { blobBytes: 126_976, fillMinBps: 7_800 } };
  const cheap = pricesAt(minute(1), 9n, [10n, 20n, 30n, 40n]);

  test.each([
    // The book: 77.9 % waits, 78 % goes out.
    [98_914, 7_789, 'age_over_max'],
    [99_041, 7_799, 'age_over_max'],
    [99_042, 7_800, ['blob_filled', 'fee_low']],
    [126_976, 10_000, ['blob_filled', 'fee_low']],
    // One byte more needs a second blob, and that one is empty.
    [126_977, 5_000, 'age_over_max'],
  ])('%s bytes fill %s bps: %s', (payloadBytes, fillBps, expected) => {
    expect(blobFillBps(payloadBytes, 126_976)).toBe(fillBps);
    expect(reasonAt(queueOf([small], { payloadBytes }), cheap, policy)).toEqual(expected);
  });

  test('decides nothing where nobody measured the payload', () => {
    expect(reasonAt(queueOf([small]), cheap, policy)).toEqual(['fee_low']);
  });

  test('holds nothing back that is old, near or asked for', () => {
    const queue = queueOf([small], { payloadBytes: 18, asked: true, timelocks: [lockAt(5)] });
    expect(reasonAt(queue, cheap, policy, minute(60))).toEqual([
      'timelock_near',
      'age_over_max',
      'asked',
    ]);
  });

  test.each([
    [-1, 1],
    [0.5, 1],
    [1, 0],
  ])('of %s bytes in %s does not exist', (payloadBytes, blobBytes) => {
    expect(() => blobFillBps(payloadBytes, blobBytes)).toThrow(RangeError);
  });
});

test('of several triggers the strongest is the reason, and all are told', () => {
  const queue = queueOf([closureOf(1, 2_000_000n)], {
    asked: true,
    timelocks: [lockAt(65)],
    payloadBytes: 80,
  });
  const policy = { ...POLICY, fill: { blobBytes: 100, fillMinBps: 7_800 } };
  const view = pricesAt(minute(60), 9n, [10n, 20n, 30n, 40n]);
  expect(decideBatch(queue, view, policy, minute(60))).toEqual({
    kind: 'close',
    reason: 'timelock_near',
    fired: [
      { reason: 'timelock_near', endsAt: minute(65), timelock: lockAt(65) },
      {
        reason: 'exposure_over_cap',
        over: [{ denomination: USD, value: 2_000_000n, cap: 1_000_000n }],
      },
      age,
      { reason: 'asked' },
      { reason: 'blob_filled', fillBps: 8_000 },
      { reason: 'fee_low', price: 9n, below: 10n },
    ],
    urgent: true,
  });
});
