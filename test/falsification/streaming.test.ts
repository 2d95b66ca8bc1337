// Goal: continuous payments are sequences of whole ones. Method: prepaid buckets, windowed
// micro-intents and postpaid ticks, each over two paths, halted mid-window by lost, late, doubled and
// replayed fragments and by a receiver or sender that stops; value is recognized in whole windows only.
import { advance, pump, resend, settle } from '@atomicity/kernel/testing/network';
import { type Message, type Network, nodeOf, record } from '@atomicity/kernel/testing/network-core';
import { ask, order, sendPart } from '@atomicity/kernel/testing/network-payment';
import type { Built } from '@atomicity/kernel/testing/world';
import type { VerifiedObject } from '@atomicity/kernel/wire/verified';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkNetworkLaws, checkSettled, countEvents, ownBalances } from './network-laws.ts';
import { claims, diamond, OVER_BOB, OVER_CAROL, windUp } from './scenes.ts';

const WINDOW_MS = 2_000;

/** What the receiver has recognized, over both edges. */
function recognized(network: Network): bigint {
  return Object.values(ownBalances(network, 'dave')).reduce((sum, value) => sum + value, 0n);
}

/** One window of a stream: an intent of `value` in two halves, held for the window and no longer. */
function window(network: Network, value: bigint, ttlMs = WINDOW_MS): Built<'PaymentIntent'> {
  const intent = ask(network, 'dave', value);
  order(network, 'alice', intent);
  sendPart(network, intent, OVER_BOB, value / 2n, { ttlMs });
  sendPart(network, intent, OVER_CAROL, value - value / 2n, { ttlMs });
  return intent;
}

/** Margins of a tenth of a second: three of them fit into a window. */
const network = () => diamond({ marginMs: 100 });

const always = () => 'deliver' as const;
/** The half that Alice sends over Carol. */
const ofCarol = ({ from, to, object }: Message) =>
  from.name === 'alice' && to.name === 'carol' && object.body.type === 'CapacityVoucher';

describe('Design report §3.1, P8: prepaid buckets', () => {
  it('are whole payments: the service consumes what is finalized, and pauses at zero', () => {
    const net = network();
    let consumed = 0n;
    let paused = 0;
    for (let second = 0; second < 40; second += 1) {
      // Every fourth top-up loses a half on its way.
      const tops = second % 4 === 0;
      if (tops) {
        window(net, 10n);
        pump(net, (message) => (second % 16 === 8 && ofCarol(message) ? 'drop' : 'deliver'));
      }
      if (recognized(net) - consumed >= 3n) consumed += 3n;
      else paused += 1;
      advance(net, 1_000);
      if (second % 16 !== 8) settle(net);
      expect(recognized(net) % 10n).toBe(0n);
      expect(consumed).toBeLessThanOrEqual(recognized(net));
      checkNetworkLaws(net);
    }
    windUp(net);
    checkSettled(net);
    expect(paused).toBeGreaterThan(0);
    expect(recognized(net)).toBe(80n);
  });
});

describe('Design report §3.2, §5.5, Whitepaper §7.5, P8: windowed micro-intents', () => {
  const halts: readonly (readonly [string, (message: Message) => boolean])[] = [
    ['a fragment is lost', ofCarol],
    ['the last hop hears nothing', ({ from, to }) => from.name === 'carol' && to.name === 'dave'],
    ['the receiver’s signal is lost', ({ object }) => object.body.type === 'CommitSignal'],
  ];

  it.each(halts)(
    'halted mid-window because %s: that window lapses whole, the others stand',
    (_, isIt) => {
      const net = network();
      for (const broken of [false, false, true, false]) {
        window(net, 10n);
        pump(net, (message) => (broken && isIt(message) ? 'drop' : 'deliver'));
        advance(net, WINDOW_MS);
        checkNetworkLaws(net);
        expect(recognized(net) % 10n).toBe(0n);
      }
      windUp(net);
      checkSettled(net);
      expect(recognized(net)).toBe(30n);
      // 5 and a fee of 1 + 1 %, rounded up, for each half of the windows that were paid.
      expect(ownBalances(net, 'alice')).toEqual({ bob: -21n, carol: -21n });
    },
  );

  it('halted between a hop and the sender after the receipt: the receiver is whole, that hop lost its part', () => {
    const net = network();
    window(net, 10n);
    pump(net, (message) => (claims(message) && message.from.name === 'carol' ? 'drop' : 'deliver'));
    advance(net, WINDOW_MS);
    windUp(net);
    checkSettled(net);
    expect(recognized(net)).toBe(10n);
    expect(ownBalances(net, 'alice')).toEqual({ bob: -7n, carol: 0n });
    expect(ownBalances(net, 'carol')).toEqual({ alice: 0n, dave: -5n });
  });

  it('a fragment that comes at the end of its window, or of another window, is none', () => {
    const net = network();
    const kept: VerifiedObject[] = [];
    window(net, 10n);
    pump(net, (message) => {
      if (!ofCarol(message)) return 'deliver';
      kept.push(message.object);
      return 'drop';
    });
    advance(net, WINDOW_MS);
    const late = kept.map((object) => record(nodeOf(net, 'carol'), object));
    expect(late).toMatchObject(
      late.map(() => ({ kind: 'rejected', refusal: { reason: 'voucher_stale' } })),
    );
    // The next window lacks the same half: the old one does not make it whole.
    window(net, 10n);
    pump(net, (message) => (ofCarol(message) ? 'drop' : 'deliver'));
    for (const object of kept) {
      for (const name of ['carol', 'dave']) record(nodeOf(net, name), object);
    }
    windUp(net);
    checkSettled(net);
    expect(recognized(net)).toBe(0n);
  });

  it('under any losses, doubles and delays: recognized are whole windows, spent is bounded by them', () => {
    const fate = fc.constantFrom('deliver', 'deliver', 'deliver', 'drop', 'delay', 'duplicate');
    let partly = 0;
    fc.assert(
      fc.property(fc.array(fc.array(fate, { maxLength: 25 }), { maxLength: 6 }), (windows) => {
        const net = network();
        for (const fates of windows) {
          window(net, 10n);
          let drawn = 0;
          pump(net, () => fates[drawn++] ?? 'deliver');
          advance(net, WINDOW_MS / 2);
          resend(net);
          pump(net, always);
          advance(net, WINDOW_MS / 2);
          checkNetworkLaws(net);
        }
        windUp(net);
        checkSettled(net);
        const events = nodeOf(net, 'dave').book.events.flatMap(({ type, data }) =>
          type === 'DeliveryFinalized' ? [data] : [],
        );
        // A half that is missing was signed for, and is said; nothing is recognized by halves unsaid.
        for (const { amount, missing } of events) {
          const lost = missing.reduce((sum, part) => sum + part.amount, 0n);
          expect(amount + lost).toBe(10n);
          partly += lost > 0n ? 1 : 0;
        }
        const spent = -Object.values(ownBalances(net, 'alice')).reduce((sum, one) => sum + one, 0n);
        expect(spent).toBeLessThanOrEqual(14n * BigInt(windows.length));
      }),
      { numRuns: 60 },
    );
    expect(partly).toBe(0);
  });
});

describe('Design report §3.3, P8: postpaid ticks', () => {
  it('a service that stops at the first unpaid tick has served one tick for nothing, and is owed no part', () => {
    for (const stops of [0, 3, 7]) {
      const net = network();
      let served = 0;
      for (let tick = 0; tick < 10; tick += 1) {
        if (served * 10 > recognized(net)) break;
        served += 1;
        if (tick >= stops) continue;
        window(net, 10n);
        settle(net);
        advance(net, WINDOW_MS);
      }
      windUp(net);
      checkSettled(net);
      expect(recognized(net)).toBe(10n * BigInt(stops));
      expect(served - stops).toBe(1);
    }
  });

  it('a tick whose receipt comes too late lapses: the claim is denied by every payer alike', () => {
    const net = network();
    window(net, 10n);
    settle(net);
    window(net, 10n);
    pump(net, (message) => (claims(message) && message.from.name === 'dave' ? 'delay' : 'deliver'));
    advance(net, WINDOW_MS);
    pump(net, always);
    windUp(net);
    checkSettled(net);
    expect(recognized(net)).toBe(10n);
    expect(countEvents(nodeOf(net, 'dave'), 'DeliveryFinalized')).toBe(1);
  });
});
