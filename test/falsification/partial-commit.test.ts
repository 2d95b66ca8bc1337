// Goal: no receiver is left with part of a payment. Method: payments in two parts over two paths, with
// the receipt lost, a part lost, or the receiver gone after active*; at every book the millisecond
// before its deadline and the deadline itself; then any order of messages, doubled and delayed.

import { decide } from '@atomicity/kernel/book/decide';
import { hopReceiptOf } from '@atomicity/kernel/hop/hop-receipt';
import { advance, deliver, pump, resend, settle } from '@atomicity/kernel/testing/network';
import { type Network, nodeOf, record, send, signed } from '@atomicity/kernel/testing/network-core';
import { receiptFor, say } from '@atomicity/kernel/testing/network-node';
import { ask, order, sendPart } from '@atomicity/kernel/testing/network-payment';
import { must } from '@atomicity/kernel/testing/world';
import { unixMs } from '@atomicity/kernel/units/time';
import type { HopReceipt } from '@atomicity/kernel/wire/objects';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkNetworkLaws, checkSettled, countEvents, ownBalances } from './network-laws.ts';
import {
  claims,
  comeBack,
  diamond,
  hopsOf,
  LINE,
  line,
  OVER_BOB,
  OVER_CAROL,
  says,
  statuses,
  untilDeadline,
  windUp,
} from './scenes.ts';

/** Alice sends 60 over Bob and 40 over Carol for an intent of 100; nothing has moved yet. */
function inTwoParts(network: Network, minDeliverable = 100n) {
  const intent = ask(network, 'dave', 100n, { minDeliverable });
  order(network, 'alice', intent);
  const bob = sendPart(network, intent, OVER_BOB, 60n);
  const carol = sendPart(network, intent, OVER_CAROL, 40n);
  return { intent, bob, carol };
}

const NOTHING = { bob: 0n, carol: 0n };

describe('Design report §5.1, P1: a partial commit', () => {
  it('does not happen: active* without a receipt is available again at each book’s own deadline', () => {
    const network = diamond({ offsetsMs: { alice: 3_600_000, bob: -7_200_000 } });
    nodeOf(network, 'dave').mode = 'works';
    inTwoParts(network);
    // Every active* arrives but the last: Dave has all parts committed and may not finalize yet.
    pump(network, (message) =>
      says(message, 'active*') && message.to.name === 'dave' ? 'drop' : 'deliver',
    );
    expect(statuses(network).every((one) => one.endsWith('active*'))).toBe(true);
    nodeOf(network, 'dave').mode = 'silent';
    const ends = network.nodes.flatMap((node) =>
      hopsOf(network, node.name).map((hop) => ({ node, hop, left: untilDeadline(node, hop) })),
    );
    for (const { node, hop, left } of ends.sort((one, other) => one.left - other.left)) {
      const { voucher } = hop.terms;
      const status = () => node.book.state.hops.get(voucher)?.status;
      const wait = left - network.elapsedMs;
      if (wait > 0) {
        advance(network, wait - 1);
        expect(status()).toBe('active*');
        advance(network, 1);
      }
      expect(status()).toBe('lapsed');
      checkNetworkLaws(network);
    }
    comeBack(network);
    checkSettled(network);
    expect(ownBalances(network, 'dave')).toEqual(NOTHING);
    expect(ownBalances(network, 'alice')).toEqual(NOTHING);
  });

  it('does not happen when one of the parts never arrives: the other lapses with it', () => {
    const network = diamond();
    const { carol } = inTwoParts(network);
    pump(network, ({ object }) => (object.id === carol.id ? 'drop' : 'deliver'));
    expect(countEvents(nodeOf(network, 'dave'), 'HopHeld')).toBe(1);
    nodeOf(network, 'alice').mode = 'silent';
    comeBack(network);
    // Alice sent the voucher again when she came back, but its time was over.
    checkSettled(network);
    expect(ownBalances(network, 'dave')).toEqual(NOTHING);
  });

  it('cannot be made by a receiver that finalizes what it has: its own book refuses', () => {
    const network = diamond();
    const { intent, bob, carol } = inTwoParts(network);
    nodeOf(network, 'dave').commits = false;
    pump(network, ({ object }) => (object.id === carol.id ? 'drop' : 'deliver'));
    const dave = nodeOf(network, 'dave');
    const part = must(bob.body.route, 'route').part;
    const receipt = receiptFor(network, dave, intent.id, [{ part, amount: 60n }]);
    expect(record(dave, receipt)).toMatchObject({
      kind: 'rejected',
      refusal: { reason: 'below_min_deliverable', facts: { sum: '60', minDeliverable: '100' } },
    });
  });

  it('by a receiver that lies to its own book costs the sender what the receipt names, and no more', () => {
    const network = diamond();
    const { intent, bob } = inTwoParts(network);
    nodeOf(network, 'dave').mode = 'silent';
    pump(network);
    const dave = nodeOf(network, 'dave');
    const part = must(bob.body.route, 'route').part;
    const receipt = receiptFor(network, dave, intent.id, [{ part, amount: 60n }]);
    const [first] = hopsOf(network, 'dave').filter(({ terms }) => terms.amount === 60n);
    const held = hopReceiptOf(must(first, 'hop'), 'held');
    const claim: HopReceipt = {
      ...held,
      transition: 'active',
      prev: must(nodeOf(network, 'bob').book.state.hops.get(held.voucher), 'hop').heldReceipt,
      finalize: { object: receipt.body, sig: must(receipt.signatures[0], 'signature').sig },
    };
    send(network, dave, nodeOf(network, 'bob'), signed(network, dave, claim));
    pump(network);
    windUp(network);
    checkNetworkLaws(network);
    // 60 and Bob's fee of 2 for 60 at 1 % + 1; the other part cost nothing.
    expect(ownBalances(network, 'alice')).toEqual({ bob: -62n, carol: 0n });
  });
});

describe('Whitepaper §7.1: the receipt dropped mid-route', () => {
  const everyHop = ['carol', 'bob', 'alice'];

  it.each(everyHop)('on its way to %s: everything reverts there and before, by itself', (lost) => {
    const network = line();
    const intent = ask(network, 'dave', 100n);
    order(network, 'alice', intent);
    sendPart(network, intent, LINE, 100n);
    for (let round = 0; round < 80; round += 1) {
      pump(network, (message) =>
        claims(message) && message.to.name === lost ? 'drop' : 'deliver',
      );
      advance(network, 1_000);
      resend(network);
      checkNetworkLaws(network);
    }
    // The windows are over and the link works again: the claim is answered with what is true.
    windUp(network);
    checkSettled(network);
    const unpaid = everyHop.slice(everyHop.indexOf(lost));
    for (const name of unpaid.filter((one) => one !== lost)) {
      expect(countEvents(nodeOf(network, name), 'HopActivated')).toBe(0);
    }
    const dave = ownBalances(network, 'dave')['carol'];
    expect(dave).toBe(lost === 'carol' ? 0n : 100n);
    expect(ownBalances(network, 'alice')).toEqual({ bob: 0n });
  });

  it('in a diamond, for every path at once: the receiver recognizes nothing', () => {
    const network = diamond();
    inTwoParts(network);
    for (let round = 0; round < 80; round += 1) {
      pump(network, (message) =>
        claims(message) && message.from.name === 'dave' ? 'drop' : 'deliver',
      );
      advance(network, 1_000);
      resend(network);
    }
    expect(hopsOf(network, 'dave').map(({ status }) => status)).toEqual(['claimed', 'claimed']);
    windUp(network);
    checkSettled(network);
    expect(ownBalances(network, 'dave')).toEqual(NOTHING);
    expect(ownBalances(network, 'alice')).toEqual(NOTHING);
    expect(countEvents(nodeOf(network, 'dave'), 'DeliveryFinalized')).toBe(0);
  });

  it('for one of two paths until its window is over: stated as missing, never as paid', () => {
    const network = diamond();
    inTwoParts(network);
    for (let round = 0; round < 80; round += 1) {
      pump(network, (message) =>
        claims(message) && message.from.name === 'dave' && message.to.name === 'carol'
          ? 'drop'
          : 'deliver',
      );
      // Nothing is recognized while one answer is out, though the other part is a debt already.
      expect(ownBalances(network, 'dave')).toEqual(NOTHING);
      advance(network, 1_000);
      resend(network);
    }
    windUp(network);
    checkSettled(network);
    const [event] = nodeOf(network, 'dave').book.events.filter(
      ({ type }) => type === 'DeliveryFinalized',
    );
    expect(event?.data).toMatchObject({
      amount: 60n,
      parts: [{ amount: 60n }],
      missing: [{ amount: 40n }],
    });
    expect(ownBalances(network, 'dave')).toEqual({ bob: 60n, carol: 0n });
    expect(ownBalances(network, 'alice')).toEqual({ bob: -62n, carol: 0n });
  });

  it.each(['dave', 'carol', 'bob'])(
    'from %s, one millisecond before its payer’s deadline counts, at the deadline it does not',
    (claimant) => {
      for (const early of [1, 0]) {
        const network = line({ offsetsMs: { bob: 5_000_000, carol: -5_000_000 } });
        const intent = ask(network, 'dave', 100n);
        order(network, 'alice', intent);
        sendPart(network, intent, LINE, 100n);
        pump(network, (message) =>
          claims(message) && message.from.name === claimant ? 'delay' : 'deliver',
        );
        const [claim] = network.pending;
        const payer = must(claim, 'claim').to;
        const [outgoing] = hopsOf(network, payer.name);
        advance(network, untilDeadline(payer, must(outgoing, 'hop')) - early);
        deliver(network);
        const status = payer.book.state.hops.get(must(outgoing, 'hop').terms.voucher)?.status;
        expect(status).toBe(early === 1 ? 'active' : 'lapsed');
        checkNetworkLaws(network);
        windUp(network);
        checkSettled(network);
      }
    },
  );
});

describe('Whitepaper §7.1: a claim at the deadline', () => {
  it('is late by the rule itself, before anybody has recorded the lapse', () => {
    const network = line();
    const intent = ask(network, 'dave', 100n);
    order(network, 'alice', intent);
    sendPart(network, intent, LINE, 100n);
    pump(network, (message) => (claims(message) ? 'delay' : 'deliver'));
    const { to: payer, object } = must(network.pending[0], 'claim');
    const { deadline } = must(hopsOf(network, payer.name)[0], 'hop').terms;
    const command = { kind: 'object', commandId: object.id, object } as const;
    const at = (ms: number) => decide(payer.book.state, command, unixMs(ms));
    expect(at(deadline - 1)).toMatchObject({
      kind: 'accepted',
      events: [{ type: 'HopActivated' }, { type: 'HopClaimed' }],
    });
    expect(at(deadline)).toMatchObject({
      kind: 'rejected',
      refusal: { reason: 'hop_lapsed', facts: { now: deadline, deadline } },
    });
  });

  it('cannot be helped by the receiver either: its own deadline binds its receipt', () => {
    const network = line();
    const intent = ask(network, 'dave', 100n);
    order(network, 'alice', intent);
    nodeOf(network, 'dave').mode = 'silent';
    const { body } = sendPart(network, intent, LINE, 100n);
    pump(network);
    const dave = nodeOf(network, 'dave');
    const { deadline } = must(hopsOf(network, 'dave')[0], 'hop').terms;
    const part = must(body.route, 'route').part;
    const at = (ms: number) => {
      dave.book.now = unixMs(ms);
      const object = receiptFor(network, dave, intent.id, [{ part, amount: 100n }]);
      const command = { kind: 'object', commandId: object.id, object } as const;
      return decide(dave.book.state, command, dave.book.now);
    };
    expect(at(deadline - 1)).toMatchObject({ kind: 'accepted' });
    expect(at(deadline)).toMatchObject({ refusal: { reason: 'hop_lapsed' } });
  });
});

describe('P1: a receiver that is offered more than it asked for', () => {
  it('by two senders at once takes one payment whole, and nothing of the other', () => {
    const network = diamond();
    const intent = ask(network, 'dave', 100n);
    order(network, 'alice', intent);
    order(network, 'bob', intent);
    // Bob's own hundred is there first; Alice's goes over Carol.
    nodeOf(network, 'dave').mode = 'silent';
    sendPart(network, intent, ['bob', 'dave'], 100n);
    pump(network);
    nodeOf(network, 'dave').mode = 'works';
    sendPart(network, intent, OVER_CAROL, 100n);
    pump(network);
    expect([...nodeOf(network, 'dave').book.state.declined.values()]).toMatchObject([
      { reason: 'delivery_exceeds_amount' },
    ]);
    settle(network);
    checkSettled(network);
    expect(ownBalances(network, 'dave')).toEqual({ bob: 100n, carol: 0n });
    expect(ownBalances(network, 'alice')).toEqual(NOTHING);
  });

  it('in more parts than it waits for declines the ones too many', () => {
    const network = diamond();
    const intent = ask(network, 'dave', 100n, { partsMax: 1 });
    order(network, 'alice', intent);
    for (const value of [60n, 40n]) sendPart(network, intent, OVER_BOB, value);
    settle(network);
    expect([...nodeOf(network, 'dave').book.state.declined.values()]).toMatchObject([
      { reason: 'too_many_parts' },
    ]);
    windUp(network);
    checkSettled(network);
    expect(ownBalances(network, 'dave')).toEqual(NOTHING);
  });
});

describe('P1: whatever the order of messages', () => {
  it('a delivery is whole or nothing, and both ends of every edge agree in the end', () => {
    const step = fc.record({
      pick: fc.nat(),
      act: fc.constantFrom('deliver', 'deliver', 'deliver', 'double', 'drop', 'resend', 'wait'),
      ms: fc.integer({ min: 0, max: 9_000 }),
    });
    const ages = fc.integer({ min: 0, max: 2_000 });
    let whole = 0;
    let none = 0;
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), ages, fc.boolean(), (steps, age, calm) => {
        const network = diamond({ offsetsMs: { bob: 9_000_000, carol: -1, dave: 77 } });
        for (const node of network.nodes) node.readingAgeMs = age;
        inTwoParts(network);
        for (const { pick, act, ms } of steps) {
          const { pending } = network;
          const index = pick % Math.max(pending.length, 1);
          const message = pending[index];
          if (act === 'wait') advance(network, ms);
          else if (act === 'resend') resend(network);
          else if (act === 'drop') pending.splice(index, 1);
          else if (message !== undefined) {
            if (act === 'double') pending.push(message);
            deliver(network, index);
          }
          checkNetworkLaws(network);
        }
        if (calm) settle(network);
        comeBack(network);
        checkSettled(network);
        const { bob, carol } = ownBalances(network, 'dave');
        const missing = nodeOf(network, 'dave').book.events.some(
          ({ type, data }) => type === 'DeliveryFinalized' && data.missing.length > 0,
        );
        if (bob === 60n && carol === 40n) whole += 1;
        else if (bob === 0n && carol === 0n) none += 1;
        else expect(missing).toBe(true);
      }),
      { numRuns: 150 },
    );
    expect(whole).toBeGreaterThan(10);
    expect(none).toBeGreaterThan(10);
  });
});

describe('P1: a node that says the same twice', () => {
  it('changes nothing: claims, answers and receipts have one effect each', () => {
    const network = diamond();
    inTwoParts(network);
    pump(network);
    const before = network.nodes.map(({ book }) => book.events.length);
    const balances = ownBalances(network, 'dave');
    for (const node of network.nodes) {
      for (const hop of hopsOf(network, node.name)) say(network, node, hop, 'active');
    }
    pump(network);
    expect(network.nodes.map(({ book }) => book.events.length)).toEqual(before);
    expect(ownBalances(network, 'dave')).toEqual(balances);
    expect(balances).toEqual({ bob: 60n, carol: 40n });
  });
});
