// Goal: refunds do not exist. Method: the vocabulary of the protocol; every object that could give
// something back after a payment; and lapses, after which nothing was moved and all credit is free.
import { BOOK_EVENT_TYPES } from '@atomicity/kernel/book/event-codec';
import { BOOK_REFUSALS } from '@atomicity/kernel/book/refusals';
import { hopReceiptOf } from '@atomicity/kernel/hop/hop-receipt';
import { testHash } from '@atomicity/kernel/testing/keys';
import { advance, pump, resend, settle } from '@atomicity/kernel/testing/network';
import {
  edgeBetween,
  type Network,
  nodeOf,
  record,
  signed,
} from '@atomicity/kernel/testing/network-core';
import { ask, order, sendPart } from '@atomicity/kernel/testing/network-payment';
import { must } from '@atomicity/kernel/testing/world';
import { amount, signedAmount } from '@atomicity/kernel/units/amount';
import { ZERO_HASH } from '@atomicity/kernel/units/id';
import { WIRE_TYPES } from '@atomicity/kernel/wire/body-codecs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkNetworkLaws, checkSettled, countEvents, ownBalances } from './network-laws.ts';
import { comeBack, hopsOf, LINE, line, says, windUp } from './scenes.ts';

function pay(network: Network, from = 'alice', to = 'dave', route: readonly string[] = LINE) {
  const intent = ask(network, to, 100n);
  order(network, from, intent);
  return sendPart(network, intent, route, 100n);
}

/** Alice has paid Dave a hundred, and four of fees. */
function paid() {
  const network = line();
  const voucher = pay(network);
  settle(network);
  const [alice, bob] = [nodeOf(network, 'alice'), nodeOf(network, 'bob')];
  const hop = must(hopsOf(network, 'alice')[0], 'hop');
  return { network, voucher, alice, bob, hop, edge: edgeBetween(network, 'alice', 'bob') };
}

describe('Design report §5.2, P3: a refund', () => {
  it('is no word of the protocol: no object, event, state or reason is one', () => {
    const words = [
      ...WIRE_TYPES,
      ...BOOK_EVENT_TYPES,
      ...BOOK_REFUSALS.map(({ reason }) => reason),
    ];
    expect(words.filter((word) => /refund|reimburse|chargeback|revers/i.test(word))).toEqual([]);
  });

  it('is not a release after the fact: what is a debt does not lapse, whoever says so', () => {
    const { network, alice, bob, hop } = paid();
    const theirs = must(bob.book.state.hops.get(hop.terms.voucher), 'hop');
    const lapsed = { transition: 'lapsed', reason: 'expired', finalize: null } as const;
    const byPayee = signed(network, bob, { ...hopReceiptOf(theirs, 'active'), ...lapsed });
    const byPayer = signed(network, alice, { ...hopReceiptOf(hop, 'active'), ...lapsed });
    for (const [node, object] of [
      [alice, byPayee] as const,
      [bob, byPayer] as const,
      [bob, byPayee] as const,
    ]) {
      expect(record(node, object)).toMatchObject({
        kind: 'rejected',
        refusal: { reason: 'hop_already_active' },
      });
    }
    windUp(network);
    checkSettled(network);
    expect(ownBalances(network, 'alice')).toEqual({ bob: -104n });
  });

  it('is not a void: a hop was never a hold that its payee may void', () => {
    const { network, bob, voucher, alice } = paid();
    const body = {
      v: 1,
      type: 'VoidReceipt',
      intent: voucher.body.intent,
      voucher: voucher.id,
      noteVoid: null,
      nonce: network.world.nonce(),
    } as const;
    for (const node of [alice, bob]) {
      expect(record(node, signed(network, bob, body))).toMatchObject({
        kind: 'rejected',
        refusal: { reason: 'hold_unknown' },
      });
    }
    expect(ownBalances(network, 'bob')).toMatchObject({ alice: 104n });
  });

  it('is not the debtor’s to write: neither as a settlement nor as a state of the edge', () => {
    const { network, alice, edge } = paid();
    const settlement = signed(network, alice, {
      v: 1,
      type: 'SettlementReceipt',
      edge,
      creditor: alice.party.id,
      request: null,
      amount: amount(104n),
      rail: 'cash',
      evidence: testHash('nothing'),
      at: alice.book.now,
      nonce: network.world.nonce(),
    });
    expect(record(alice, settlement)).toMatchObject({
      kind: 'rejected',
      refusal: { reason: 'settles_more_than_owed' },
    });
    const { a, b } = must(alice.book.state.edges.get(edge), 'edge').terms;
    const state = {
      v: 1,
      type: 'EdgeState',
      edge,
      a,
      b,
      sequence: 1,
      previous: ZERO_HASH,
      at: alice.book.now,
      balance: signedAmount(0n),
      carry: signedAmount(0n),
      open: [],
      nonce: network.world.nonce(),
    } as const;
    expect(() => signed(network, alice, state)).toThrow(/missing_signature/);
    expect(ownBalances(network, 'alice')).toEqual({ bob: -104n });
  });

  it('is not the same voucher again, nor the same payment backwards: giving back is a new payment', () => {
    const { network, voucher, alice } = paid();
    expect(record(alice, voucher)).toEqual({ kind: 'duplicate' });
    pay(network, 'dave', 'alice', [...LINE].reverse());
    settle(network);
    checkSettled(network);
    // Alice is paid a hundred by Dave; what she paid stays paid, and each way cost its fees.
    expect(ownBalances(network, 'alice')).toEqual({ bob: -4n });
    expect(ownBalances(network, 'dave')).toEqual({ carol: -4n });
    const deliveries = ['alice', 'dave'].map((name) =>
      countEvents(nodeOf(network, name), 'DeliveryFinalized'),
    );
    expect(deliveries).toEqual([1, 1]);
  });
});

describe('Design report §5.2: what lapses', () => {
  it('moved nothing: its events have no legs, balances are as before, and all credit is free again', () => {
    const lost = fc.constantFrom('held', 'active*', 'active', 'lapsed', 'voucher');
    const life = fc.record({
      lost,
      from: fc.constantFrom('alice', 'bob', 'carol', 'dave'),
      silent: fc.constantFrom('bob', 'carol', 'dave'),
      waits: fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 6 }),
    });
    fc.assert(
      fc.property(life, ({ lost: what, from, silent, waits }) => {
        const network = line();
        pay(network);
        settle(network);
        const before = LINE.map((name) => ownBalances(network, name));
        const counts = network.nodes.map(({ book }) => book.events.length);
        nodeOf(network, silent).mode = 'silent';
        pay(network);
        for (const ms of [0, ...waits]) {
          pump(network, (message) => {
            const { body } = message.object;
            const isIt = what === 'voucher' ? body.type === 'CapacityVoucher' : says(message, what);
            return isIt && message.from.name === from ? 'drop' : 'deliver';
          });
          advance(network, ms);
          resend(network);
        }
        windUp(network);
        checkNetworkLaws(network);
        const legs = network.nodes.flatMap(({ book }, i) =>
          book.events.slice(counts[i]).filter(({ data }) => 'legs' in data),
        );
        expect(legs).toEqual([]);
        expect(LINE.map((name) => ownBalances(network, name))).toEqual(before);
        comeBack(network);
        checkSettled(network);
        pay(network);
        settle(network);
        expect(ownBalances(network, 'dave')).toEqual({ carol: 200n });
      }),
      { numRuns: 60 },
    );
  });
});
