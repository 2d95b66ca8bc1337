// Goal: what a hop may forward, and for how long and how much. Method: a decide table of vouchers that
// differ in one thing from the right one.
import { describe, expect, test } from 'vitest';
import type { Decision } from '../book/decision.ts';
import {
  createLine,
  decideAt,
  heldByBob,
  hopAt,
  type Line,
  rerouted,
} from '../testing/hop-table.ts';
import { testHash, testKey } from '../testing/keys.ts';
import { edgeBetween, signed } from '../testing/network-core.ts';
import { release } from '../testing/network-node.ts';
import { ask, order, sendPart } from '../testing/network-payment.ts';
import { refused } from '../testing/table.ts';
import { type Built, type Change, must, through } from '../testing/world.ts';
import { amount } from '../units/amount.ts';
import { unixMs } from '../units/time.ts';
import { objectId } from '../wire/object-id.ts';
import type { Route } from '../wire/objects.ts';
import { hopReceiptOf } from './hop-receipt.ts';

type Voucher = Built<'CapacityVoucher'>;

const other = testKey('another finalize key').id;

/** A line with its voucher as bob would forward it, before the changes. */
function onward(line: Line, incoming: Voucher, change: Change<'CapacityVoucher'> = {}): Voucher {
  const { bob, carol, network } = line;
  const hop = hopAt(bob, incoming.id);
  const { hops: _hops, ...route } = must(incoming.body.route, 'route');
  return signed(network, bob, {
    ...incoming.body,
    edge: edgeBetween(network, 'bob', 'carol'),
    from: bob.party.id,
    to: carol.party.id,
    fee: amount(0n),
    at: bob.book.now,
    expiresAt: hop.terms.deadline,
    policyHash: null,
    prevReceipt: objectId(hopReceiptOf(hop, 'held')),
    route: { ...route, hops: [], seenAt: carol.book.now },
    nonce: network.world.nonce(),
    ...change,
  });
}

describe('the book of a hop that forwards', () => {
  test('holds what came in on the next edge, and remembers what it forwards', () => {
    const line = createLine();
    const incoming = heldByBob(line);
    const voucher = onward(line, incoming);
    expect(decideAt(line.bob, voucher)).toMatchObject({
      kind: 'accepted',
      events: [{ type: 'HopHeld', data: { side: 'payer', incoming: incoming.id, fee: 0n } }],
    });
    line.bob.book.accept(voucher);
    expect(hopAt(line.bob, incoming.id).outgoing).toBe(voucher.id);
    expect(decideAt(line.bob, voucher)).toEqual({ kind: 'duplicate' });
  });

  type ForwardRow = {
    readonly name: string;
    readonly given?: (line: Line, incoming: Voucher) => void;
    readonly change?: (line: Line, incoming: Voucher) => Change<'CapacityVoucher'>;
    readonly route?: Partial<Route>;
    readonly gives: Decision | ((line: Line, incoming: Voucher) => Decision);
  };
  const rows: readonly ForwardRow[] = [
    {
      name: 'a part that did not come in here',
      change: ({ network, carol }, { body }) => ({
        route: {
          ...must(body.route, 'route'),
          part: network.world.nonce(),
          seenAt: carol.book.now,
          hops: [],
        },
      }),
      gives: refused('incoming_unknown', '/body/route/part'),
    },
    {
      name: 'a part without saying that it is one',
      given: (line) => {
        const { network, bob, asked, order: ordered } = line;
        const body = { ...ordered.body, payer: bob.party.id, nonce: network.world.nonce() };
        bob.book.accept(network.world.object(body, through(bob.party)));
        expect(asked.id).toBe(body.intent);
      },
      change: () => ({ prevReceipt: null }),
      gives: refused('prev_receipt_mismatch', '/body/prevReceipt'),
    },
    {
      name: 'a part that it has released',
      given: ({ network, bob }, { id }) => release(network, bob, hopAt(bob, id), 'released'),
      gives: refused('incoming_ended', '/body/route/part'),
    },
    {
      name: 'a probe as a payment',
      route: { probe: true },
      gives: refused('route_mismatch', '/body/route'),
    },
    {
      name: 'a part of another amount',
      change: () => ({ amount: amount(999n) }),
      gives: refused('amount_mismatch', '/body/amount', { expected: '1000' }),
    },
    {
      name: 'a part for another key',
      route: { finalizeKey: other },
      gives: refused('finalize_key_mismatch', '/body/route/finalizeKey'),
    },
    {
      name: 'a part with the receipt of another',
      change: () => ({ prevReceipt: testHash('receipt') }),
      gives: refused('prev_receipt_mismatch', '/body/prevReceipt'),
    },
    {
      name: 'a part for less than the published fee',
      change: () => ({ fee: amount(1n) }),
      gives: refused('fee_mismatch', '/body/fee', { expected: '11', kept: '10' }),
    },
    {
      name: 'a part for a millisecond longer than it came',
      change: ({ bob }, { id }) => ({
        expiresAt: unixMs(hopAt(bob, id).terms.deadline + 1),
      }),
      gives: ({ bob }, { id }) => {
        const { deadline } = hopAt(bob, id).terms;
        return refused('hop_outlives_incoming', '/body/expiresAt', {
          expiresAt: deadline + 1,
          deadline,
        });
      },
    },
  ];

  test.each(rows)('$name is not forwarded', ({ given, change, route, gives }) => {
    const line = createLine();
    const incoming = heldByBob(line);
    const ready = onward(line, incoming);
    given?.(line, incoming);
    const changed = rerouted(line, ready, {}, route);
    const voucher = rerouted(line, changed, change?.(line, incoming) ?? {}, route);
    expect(decideAt(line.bob, voucher)).toEqual(
      typeof gives === 'function' ? gives(line, incoming) : gives,
    );
  });

  test('what came in for the hop itself goes no further', () => {
    const line = createLine();
    const { network, alice, bob } = line;
    const asked = ask(network, 'bob', 100n);
    order(network, 'alice', asked);
    bob.mode = 'silent';
    const incoming = sendPart(network, asked, ['alice', 'bob'], 100n);
    bob.book.accept(incoming);
    expect(alice.book.state.hops.size).toBe(1);
    expect(decideAt(bob, onward(line, incoming))).toEqual(
      refused('policy_unknown', '/body/policyHash'),
    );
  });
});
