// Goal: a receiver that is away costs nobody anything and nobody has to do anything. Method: the
// receiver, or its homeserver, gone at every step of a payment in two parts, for seconds or for ever.
import { advance, pump, resend, settle } from '@atomicity/kernel/testing/network';
import { type Message, type Network, nodeOf } from '@atomicity/kernel/testing/network-core';
import { ask, order, sendPart } from '@atomicity/kernel/testing/network-payment';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkNetworkLaws, checkSettled, countEvents, ownBalances } from './network-laws.ts';
import {
  claims,
  comeBack,
  diamond,
  OVER_BOB,
  OVER_CAROL,
  says,
  statuses,
  windUp,
} from './scenes.ts';

function pay(network: Network) {
  const intent = ask(network, 'dave', 100n);
  order(network, 'alice', intent);
  sendPart(network, intent, OVER_BOB, 60n);
  sendPart(network, intent, OVER_CAROL, 40n);
}

const NOTHING = { bob: 0n, carol: 0n };
const WHOLE = { bob: 60n, carol: 40n };

/** Steps of a payment as messages to or from Dave: he is gone before the first of them. */
const steps: readonly (readonly [string, (message: Message) => boolean])[] = [
  [
    'the vouchers reach it',
    ({ to, object }) => to.name === 'dave' && object.body.type === 'CapacityVoucher',
  ],
  [
    'it has said that it holds them',
    (message) => message.from.name === 'dave' && says(message, 'held'),
  ],
  [
    'its signal is out',
    ({ from, object }) => from.name === 'dave' && object.body.type === 'CommitSignal',
  ],
  [
    'the answers to its signal reach it',
    (message) => message.to.name === 'dave' && says(message, 'active*'),
  ],
];

describe('Design report §5.6, Whitepaper §7.3: the receiver offline', () => {
  it.each(steps)('for good before %s: all lapses by itself, no refund, no partial', (_, isIt) => {
    const network = diamond({ offsetsMs: { alice: -9_999_999, dave: 9_999_999 } });
    pay(network);
    pump(network, (message) => {
      if (isIt(message)) nodeOf(network, 'dave').mode = 'down';
      return 'deliver';
    });
    expect(nodeOf(network, 'dave').mode).toBe('down');
    windUp(network);
    checkNetworkLaws(network);
    const alive = statuses(network).filter((one) => !one.startsWith('dave'));
    expect(alive.every((one) => one.endsWith('lapsed'))).toBe(true);
    expect(ownBalances(network, 'alice')).toEqual(NOTHING);
    // Nobody did anything: every end of a hop is its own book's, by its own clock, or a release.
    const ends = network.nodes.flatMap(({ book }) =>
      book.events.flatMap(({ type, data }) => (type === 'HopLapsed' ? [data.why] : [])),
    );
    expect(new Set(ends).has('denied')).toBe(false);
    comeBack(network);
    checkSettled(network);
    expect(ownBalances(network, 'dave')).toEqual(NOTHING);
  });

  it('and back in time: the same payment goes through', () => {
    const network = diamond();
    pay(network);
    pump(network, (message) => {
      if (message.to.name === 'dave') nodeOf(network, 'dave').mode = 'down';
      return 'deliver';
    });
    advance(network, 20_000);
    nodeOf(network, 'dave').mode = 'works';
    for (let round = 0; round < 6; round += 1) {
      resend(network);
      pump(network);
    }
    checkSettled(network);
    expect(ownBalances(network, 'dave')).toEqual(WHOLE);
  });

  it('after it signed the receipt and before anybody heard: it asks when it is back, and is told', () => {
    for (const [back, balances] of [[1_000, WHOLE] as const, [100_000, NOTHING] as const]) {
      const network = diamond();
      pay(network);
      pump(network, (message) =>
        claims(message) && message.from.name === 'dave' ? 'drop' : 'deliver',
      );
      nodeOf(network, 'dave').mode = 'down';
      advance(network, back);
      expect(ownBalances(network, 'dave')).toEqual(NOTHING);
      nodeOf(network, 'dave').mode = 'works';
      settle(network);
      // A claimed hop does not lapse by time: whether it is a debt is its payer's answer.
      checkSettled(network);
      expect(ownBalances(network, 'dave')).toEqual(balances);
      const delivered = countEvents(nodeOf(network, 'dave'), 'DeliveryFinalized');
      expect(delivered).toBe(back === 1_000 ? 1 : 0);
    }
  });

  it('at any moments: whole, or nothing, or what is missing is said', () => {
    const life = fc.array(
      fc.record({
        mode: fc.constantFrom('works', 'down', 'silent'),
        messages: fc.nat({ max: 12 }),
        ms: fc.integer({ min: 0, max: 15_000 }),
      }),
      { maxLength: 12 },
    );
    let whole = 0;
    fc.assert(
      fc.property(life, (moments) => {
        const network = diamond();
        pay(network);
        for (const { mode, messages, ms } of moments) {
          nodeOf(network, 'dave').mode = mode as 'works';
          let left = messages;
          pump(network, () => (left-- > 0 ? 'deliver' : 'delay'));
          advance(network, ms);
          resend(network);
          checkNetworkLaws(network);
        }
        nodeOf(network, 'dave').mode = 'works';
        for (let round = 0; round < 4; round += 1) {
          resend(network);
          pump(network);
        }
        comeBack(network);
        checkSettled(network);
        const dave = ownBalances(network, 'dave');
        const missing = nodeOf(network, 'dave').book.events.some(
          ({ type, data }) => type === 'DeliveryFinalized' && data.missing.length > 0,
        );
        if (dave['bob'] === 60n && dave['carol'] === 40n) whole += 1;
        else if (!missing) expect(dave).toEqual(NOTHING);
      }),
      { numRuns: 80 },
    );
    expect(whole).toBeGreaterThan(5);
  });
});
