// Goal: each book is safe by what it knows itself. Method: books cut off from everybody; books that are
// told whatever others ever said, of their own payments and of strangers'; neighbours that equivocate;
// clocks hours apart. Nothing is asked of a third party, and nothing depends on one.
import { decideLapses } from '@atomicity/kernel/book/decide';
import { hopReceiptOf } from '@atomicity/kernel/hop/hop-receipt';
import { advance, pump, resend, settle } from '@atomicity/kernel/testing/network';
import {
  edgeBetween,
  keep,
  type Network,
  nodeOf,
  record,
  send,
  signed,
} from '@atomicity/kernel/testing/network-core';
import { ask, order, partOver, sendPart } from '@atomicity/kernel/testing/network-payment';
import { must } from '@atomicity/kernel/testing/world';
import { amount } from '@atomicity/kernel/units/amount';
import { unixMs } from '@atomicity/kernel/units/time';
import type { VerifiedObject } from '@atomicity/kernel/wire/verified';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkNetworkLaws, checkSettled, ownBalances } from './network-laws.ts';
import {
  comeBack,
  diamond,
  hopsOf,
  LINE,
  line,
  OVER_BOB,
  untilDeadline,
  windUp,
} from './scenes.ts';

function pay(network: Network, route: readonly string[] = LINE, value = 100n) {
  const intent = ask(network, 'dave', value);
  order(network, 'alice', intent);
  return sendPart(network, intent, route, value);
}

describe('P7: a book cut off from everybody', () => {
  it('frees its credit by its own clock alone, to the millisecond, wherever the payment stands', () => {
    for (let messages = 1; messages < 12; messages += 1) {
      const network = line({ offsetsMs: { alice: -7_000_000, bob: 3_000_000, carol: 1 } });
      pay(network);
      let left = messages;
      pump(network, () => (left-- > 0 ? 'deliver' : 'drop'));
      for (const node of network.nodes) {
        const lapsing = (at: number) =>
          decideLapses(node.book.state, unixMs(at)).flatMap(({ type, data }) =>
            type === 'HopLapsed' ? [data.voucher] : [],
          );
        for (const { status, terms } of hopsOf(network, node.name)) {
          const isOpen = status === 'held' || status === 'active*';
          expect(lapsing(terms.deadline - 1).includes(terms.voucher)).toBe(false);
          expect(lapsing(terms.deadline).includes(terms.voucher)).toBe(isOpen);
        }
      }
      windUp(network);
      checkSettled(network);
    }
  });

  it('needs nobody to agree with it: what it holds, owes and answers follows from its own record', () => {
    const network = line();
    pay(network);
    settle(network);
    const before = hopsOf(network, 'bob').map((hop) => hopReceiptOf(hop, 'active'));
    for (const name of ['alice', 'carol', 'dave']) nodeOf(network, name).mode = 'down';
    advance(network, 86_400_000);
    expect(hopsOf(network, 'bob').map((hop) => hopReceiptOf(hop, 'active'))).toEqual(before);
    expect(ownBalances(network, 'bob')).toEqual({ alice: 104n, carol: -102n });
  });
});

/** Everything that is said in some payments over a network of strangers with the same people. */
function chatter(seed: number): readonly VerifiedObject[] {
  const said: VerifiedObject[] = [];
  for (const network of [line(), diamond({ offsetsMs: { bob: seed } })]) {
    const hear = () =>
      pump(network, ({ object }) => {
        said.push(object);
        return said.length % 11 === seed % 11 ? 'drop' : 'deliver';
      });
    pay(network, network.edges.has('bob carol') ? LINE : OVER_BOB);
    hear();
    advance(network, 70_000);
    resend(network);
    hear();
  }
  return said;
}

describe('P7: a book that is told anything', () => {
  it('never throws, never breaks its own sums, and never pays for other people’s words', () => {
    const strangers = chatter(1);
    const tell = fc.record({
      own: fc.boolean(),
      pick: fc.nat(),
      node: fc.nat(),
      ms: fc.integer({ min: 0, max: 3_000 }),
    });
    fc.assert(
      fc.property(fc.array(tell, { maxLength: 50 }), (tells) => {
        const network = line();
        pay(network);
        const heard: VerifiedObject[] = [];
        let held = 6;
        pump(network, ({ object }) => {
          heard.push(object);
          return held-- > 0 ? 'deliver' : 'delay';
        });
        for (const { own, pick, node, ms } of tells) {
          const from = own ? heard : strangers;
          const to = must(network.nodes[node % network.nodes.length], 'node');
          record(to, must(from[pick % from.length], 'object'));
          advance(network, ms);
          checkNetworkLaws(network);
        }
        comeBack(network);
        checkNetworkLaws(network);
        const paid = -(ownBalances(network, 'alice')['bob'] ?? 0n);
        expect([0n, 104n]).toContain(paid);
      }),
      { numRuns: 60 },
    );
  });
});

describe('P7: neighbours that equivocate', () => {
  it('one part, two vouchers: the second finds the place taken, at both ends', () => {
    const network = line();
    const first = pay(network);
    const second = signed(network, nodeOf(network, 'alice'), {
      ...first.body,
      nonce: network.world.nonce(),
    });
    pump(network);
    for (const name of ['alice', 'bob']) {
      expect(record(nodeOf(network, name), second)).toMatchObject({
        kind: 'rejected',
        refusal: { reason: 'part_already_held', facts: { voucher: first.id } },
      });
    }
    settle(network);
    checkSettled(network);
    expect(ownBalances(network, 'dave')).toEqual({ carol: 100n });
  });

  it('one hold, forwarded two ways past the hop’s own book, is that hop’s loss and nobody else’s', () => {
    const network = diamond();
    const intent = ask(network, 'dave', 100n, { minDeliverable: 50n });
    order(network, 'alice', intent);
    sendPart(network, intent, OVER_BOB, 50n);
    const bob = nodeOf(network, 'bob');
    bob.mode = 'silent';
    pump(network);
    const [incoming] = hopsOf(network, 'bob');
    const { terms } = must(incoming, 'hop');
    const twice = [1, 2].map(() =>
      signed(network, bob, {
        ...partOver(network, intent, ['bob', 'dave'], 50n).body,
        prevReceipt: signed(network, bob, hopReceiptOf(must(incoming, 'hop'), 'held')).id,
        expiresAt: terms.deadline,
        route: {
          part: terms.part,
          finalizeKey: terms.finalizeKey,
          seenAt: nodeOf(network, 'dave').book.now,
          probe: false,
          hops: [],
        },
      }),
    );
    expect(record(bob, must(twice[0], 'voucher')).kind).toBe('accepted');
    expect(record(bob, must(twice[1], 'voucher'))).toMatchObject({
      refusal: { reason: 'part_already_held' },
    });
    for (const voucher of twice) {
      keep(bob, voucher);
      send(network, bob, nodeOf(network, 'dave'), voucher);
    }
    bob.mode = 'works';
    settle(network);
    windUp(network);
    checkSettled(network);
    // Dave took one of the two; Alice paid once.
    expect(ownBalances(network, 'dave')).toEqual({ bob: 50n, carol: 0n });
    expect(ownBalances(network, 'alice')).toEqual({ bob: -52n, carol: 0n });
  });

  it('an edge’s limit is each end’s own to keep: the payee does not take what the payer should not hold', () => {
    const network = line();
    const intent = ask(network, 'dave', 2_000_000n);
    order(network, 'alice', intent);
    const over = partOver(network, intent, LINE, 1_000_000n);
    for (const name of ['alice', 'bob']) {
      expect(record(nodeOf(network, name), over)).toMatchObject({
        kind: 'rejected',
        refusal: { reason: 'edge_limit_exceeded' },
      });
    }
  });
});

describe('P7: clocks', () => {
  it('may be hours apart, and readings of them old: only what is left of a window shrinks', () => {
    const skew = fc.integer({ min: -9_000_000, max: 9_000_000 });
    fc.assert(
      fc.property(skew, skew, skew, skew, fc.integer({ min: 0, max: 4_000 }), (a, b, c, d, age) => {
        const network = line({ offsetsMs: { alice: a, bob: b, carol: c, dave: d } });
        for (const node of network.nodes) node.readingAgeMs = age;
        pay(network);
        nodeOf(network, 'dave').mode = 'silent';
        pump(network);
        const left = network.nodes.flatMap((node) =>
          hopsOf(network, node.name).map((hop) => untilDeadline(node, hop)),
        );
        // alice; bob: payer and payee; carol: payer and payee; dave. A payee gives up first.
        const [sender, bobOut, bobIn, carolOut, carolIn, dave] = left;
        expect([sender, bobIn, bobOut, carolIn, carolOut, dave]).toEqual([
          60_000,
          59_000 - age,
          59_000 - age,
          58_000 - 2 * age,
          58_000 - 2 * age,
          57_000 - 3 * age,
        ]);
        nodeOf(network, 'dave').mode = 'works';
        settle(network);
        checkSettled(network);
        expect(ownBalances(network, 'dave')).toEqual({ carol: 100n });
      }),
      { numRuns: 40 },
    );
  });

  it('a hop forwards for the time that it was given, and not for a millisecond more', () => {
    const network = line();
    const bob = nodeOf(network, 'bob');
    bob.mode = 'silent';
    pay(network);
    pump(network);
    const incoming = must(hopsOf(network, 'bob')[0], 'hop');
    const { intent, part, finalizeKey, fee, deadline, hops } = incoming.terms;
    const carol = nodeOf(network, 'carol');
    const forward = (expiresAt: number) =>
      signed(network, bob, {
        v: 1,
        type: 'CapacityVoucher',
        intent,
        edge: edgeBetween(network, 'bob', 'carol'),
        from: bob.party.id,
        to: carol.party.id,
        denomination: incoming.terms.denomination,
        amount: incoming.terms.amount,
        fee: amount(fee - 2n),
        at: bob.book.now,
        expiresAt: unixMs(expiresAt),
        policyHash: hops[1]?.policyHash ?? null,
        prevReceipt: signed(network, bob, hopReceiptOf(incoming, 'held')).id,
        grant: null,
        route: { part, finalizeKey, seenAt: carol.book.now, probe: false, hops: hops.slice(1) },
        nonce: network.world.nonce(),
      });
    expect(record(bob, forward(deadline + 1))).toMatchObject({
      kind: 'rejected',
      refusal: { reason: 'hop_outlives_incoming' },
    });
    expect(record(bob, forward(deadline)).kind).toBe('accepted');
  });

  it('a payer cannot claim to have seen a reading that the payee’s clock has not shown yet', () => {
    const network = line();
    const intent = ask(network, 'dave', 100n);
    order(network, 'alice', intent);
    const alice = nodeOf(network, 'alice');
    const honest = partOver(network, intent, LINE, 100n);
    const ahead = signed(network, alice, {
      ...honest.body,
      route: {
        ...must(honest.body.route, 'route'),
        seenAt: unixMs(nodeOf(network, 'bob').book.now + 1),
      },
    });
    expect(record(nodeOf(network, 'bob'), ahead)).toMatchObject({
      kind: 'rejected',
      refusal: { reason: 'seen_at_ahead' },
    });
    expect(record(nodeOf(network, 'bob'), honest).kind).toBe('accepted');
  });
});
