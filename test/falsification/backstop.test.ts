// Goal: a backstop is a hop like any other. Method: an issuer of credit on demand opens edges where a
// path lacks credit; then everything is tried that a hop may not do, and everything that a privileged
// role might hope for: more time, more credit, another price, a debt without the receipt.
import { hopReceiptOf } from '@atomicity/kernel/hop/hop-receipt';
import { delegation, edge } from '@atomicity/kernel/testing/accounts';
import { testKey } from '@atomicity/kernel/testing/keys';
import { advance, pump, settle } from '@atomicity/kernel/testing/network';
import {
  createNetwork,
  type Network,
  nodeOf,
  record,
  signed,
} from '@atomicity/kernel/testing/network-core';
import { receiptFor } from '@atomicity/kernel/testing/network-node';
import { ask, order, partOver, sendPart } from '@atomicity/kernel/testing/network-payment';
import { type Change, must, own, START } from '@atomicity/kernel/testing/world';
import { amount } from '@atomicity/kernel/units/amount';
import { unixMs } from '@atomicity/kernel/units/time';
import { describe, expect, it } from 'vitest';
import { checkNetworkLaws, checkSettled, countEvents, ownBalances } from './network-laws.ts';
import { hopsOf, OVER_BOB, windUp } from './scenes.ts';

const DEMAND = ['alice', 'bob', 'oscar', 'dave'];

/** Bob may owe Dave ten only; Oscar is there, with edges to nobody. */
function withoutCredit(): Network {
  return createNetwork({
    names: ['alice', 'bob', 'dave', 'oscar'],
    edges: [
      ['alice', 'bob'],
      ['bob', 'dave', { limitA: amount(10n), limitB: amount(10n) }],
    ],
    policies: { oscar: { feeBps: 500, feeFlat: amount(3n) } },
  });
}

/** Credit on demand: Oscar and a party sign an edge, for a short time and at a price. */
function onDemand(network: Network, other: string, change: Change<'EdgeAgreement'> = {}) {
  const [oscar, party] = [nodeOf(network, 'oscar'), nodeOf(network, other)];
  const terms = {
    limitA: amount(200n),
    limitB: amount(200n),
    rateBps: 900,
    expiresAt: unixMs(START + network.elapsedMs + 600_000),
    ...change,
  };
  const agreement = edge(network.world, oscar.party, party.party, terms);
  for (const node of [oscar, party]) node.book.accept(agreement);
  const edges = network.edges as Map<string, typeof agreement.id>;
  edges.set(`oscar ${other}`, agreement.id).set(`${other} oscar`, agreement.id);
}

/** Both edges that the path lacks. */
function backstop(network: Network, change: Change<'EdgeAgreement'> = {}): void {
  onDemand(network, 'bob', change);
  onDemand(network, 'dave', change);
}

function pay(network: Network, route: readonly string[] = DEMAND, value = 100n) {
  const intent = ask(network, 'dave', value);
  order(network, 'alice', intent);
  return { intent, voucher: sendPart(network, intent, route, value) };
}

describe('Design report §2.5, P6: a backstop', () => {
  it('makes a payment possible that failed, by edges opened on demand, at its published price', () => {
    const network = withoutCredit();
    pay(network, OVER_BOB);
    settle(network);
    windUp(network);
    expect(ownBalances(network, 'dave')).toEqual({ bob: 0n });
    backstop(network);
    pay(network);
    settle(network);
    checkSettled(network);
    // Oscar's 3 + 5 % of 100 is his; Bob's is 1 + 1 %. Nothing else is kept by anybody.
    expect(ownBalances(network, 'oscar')).toEqual({ bob: 108n, dave: -100n });
    expect(ownBalances(network, 'alice')).toEqual({ bob: -110n });
  });

  it('is bound by its limits, its haircut and its expiry like any edge', () => {
    const cases: readonly (readonly [Change<'EdgeAgreement'>, bigint, string])[] = [
      [{}, 193n, 'edge_limit_exceeded'],
      [{ haircutBps: 5_000 }, 100n, 'edge_limit_exceeded'],
      [{ expiresAt: unixMs(START + 58_000) }, 100n, 'hold_outlives_edge'],
    ];
    for (const [change, value, reason] of cases) {
      const network = withoutCredit();
      backstop(network, change);
      const { voucher } = pay(network, DEMAND, value);
      settle(network);
      expect(must(nodeOf(network, 'alice').book.state.hops.get(voucher.id), 'hop')).toMatchObject({
        status: 'lapsed',
        lapse: { reason },
      });
      windUp(network);
      checkSettled(network);
      expect(countEvents(nodeOf(network, 'oscar'), 'HopActivated')).toBe(0);
    }
  });

  it('that falls silent lapses like any hop: no insurance is drawn, nobody is paid', () => {
    const network = withoutCredit();
    backstop(network);
    nodeOf(network, 'oscar').mode = 'silent';
    pay(network);
    pump(network);
    windUp(network);
    checkNetworkLaws(network);
    expect(hopsOf(network, 'alice').map(({ status }) => status)).toEqual(['lapsed']);
    expect(ownBalances(network, 'dave')).toEqual({ bob: 0n, oscar: 0n });
    expect(ownBalances(network, 'oscar')).toEqual({ bob: 0n, dave: 0n });
  });

  it('cannot make a debt of its promise: without the receiver’s receipt Bob’s book takes nothing', () => {
    const network = withoutCredit();
    backstop(network);
    nodeOf(network, 'dave').mode = 'silent';
    const { intent } = pay(network);
    pump(network);
    const oscar = nodeOf(network, 'oscar');
    const [, incoming] = hopsOf(network, 'oscar');
    const { part, voucher } = must(incoming, 'hop').terms;
    const key = testKey('oscar promises');
    const { body } = receiptFor(network, nodeOf(network, 'dave'), intent.id, [
      { part, amount: 100n },
    ]);
    const promise = network.world.object(
      { ...body, delivery: { ...must(body.delivery, 'delivery'), finalizeKey: key.id } },
      own(key),
    );
    const claim = signed(network, oscar, {
      ...hopReceiptOf(must(incoming, 'hop'), 'held'),
      transition: 'active',
      prev: must(nodeOf(network, 'bob').book.state.hops.get(voucher), 'hop').heldReceipt,
      finalize: { object: promise.body, sig: must(promise.signatures[0], 'signature').sig },
    });
    expect(record(nodeOf(network, 'bob'), claim)).toMatchObject({
      refusal: { reason: 'finalize_key_mismatch' },
    });
    windUp(network);
    checkNetworkLaws(network);
    expect(countEvents(nodeOf(network, 'bob'), 'HopActivated')).toBe(0);
    expect(ownBalances(network, 'bob')).toEqual({ alice: 0n, dave: 0n, oscar: 0n });
  });

  it('does not make a payment twice: what lapsed on one way is paid once on the other', () => {
    const network = withoutCredit();
    const intent = ask(network, 'dave', 100n);
    order(network, 'alice', intent);
    nodeOf(network, 'bob').mode = 'silent';
    sendPart(network, intent, OVER_BOB, 100n);
    pump(network);
    backstop(network);
    // While the first is open, the order leaves nothing for the second.
    const second = partOver(network, intent, DEMAND, 100n);
    expect(record(nodeOf(network, 'alice'), second)).toMatchObject({
      refusal: { reason: 'order_amount_exceeded' },
    });
    advance(network, 60_000);
    nodeOf(network, 'bob').mode = 'works';
    sendPart(network, intent, DEMAND, 100n);
    settle(network);
    windUp(network);
    checkSettled(network);
    expect(ownBalances(network, 'alice')).toEqual({ bob: -110n });
    expect(countEvents(nodeOf(network, 'dave'), 'DeliveryFinalized')).toBe(1);
  });

  it('is optional: a network without one, and one whose issuer is a stranger, pay as before', () => {
    const network = withoutCredit();
    expect(delegation(network.world, nodeOf(network, 'oscar').party).body.roles).toEqual(['party']);
    nodeOf(network, 'oscar').mode = 'down';
    pay(network, OVER_BOB, 10n);
    settle(network);
    checkSettled(network);
    expect(ownBalances(network, 'dave')).toEqual({ bob: 10n });
  });
});
