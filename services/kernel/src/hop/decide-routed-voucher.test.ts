// Goal: what a sender may hold for a payment across books. Method: a decide table on a line alice – bob
// – carol whose clocks are hours apart, with exact outcomes at each boundary.
import { describe, expect, test } from 'vitest';
import type { Decision } from '../book/decision.ts';
import { limitChange } from '../testing/accounts.ts';
import {
  createLine,
  decideAt,
  first,
  type Line,
  rerouted,
  setClock,
  withoutHosting,
} from '../testing/hop-table.ts';
import { testHash, testKey } from '../testing/keys.ts';
import { edgeBetween } from '../testing/network-core.ts';
import { intent as anIntent, voucher as directVoucher } from '../testing/payments.ts';
import { refused } from '../testing/table.ts';
import { type Change, must } from '../testing/world.ts';
import { AMOUNT_MAX, amount } from '../units/amount.ts';
import { parseDenomination } from '../units/denomination.ts';
import { unixMs } from '../units/time.ts';
import type { Route } from '../wire/objects.ts';

const EUR = must(parseDenomination('EUR/6'), 'denomination');
const other = testKey('another finalize key').id;

describe('the sender’s book', () => {
  test('holds a part of an order, until the voucher expires by its own clock', () => {
    const line = createLine();
    const voucher = first(line);
    const { intent, edge, from, to, denomination, expiresAt, policyHash: hash } = voucher.body;
    const route = must(voucher.body.route, 'route');
    const { part, finalizeKey, probe, hops } = route;
    expect(decideAt(line.alice, voucher)).toEqual({
      kind: 'accepted',
      events: [
        {
          type: 'HopHeld',
          data: {
            voucher: voucher.id,
            side: 'payer',
            intent,
            part,
            edge,
            from,
            to,
            denomination,
            amount: 1_000n,
            fee: 11n,
            policyHash: hash,
            finalizeKey,
            probe,
            hops,
            prevReceipt: null,
            incoming: null,
            at: line.alice.book.now,
            deadline: expiresAt,
          },
        },
      ],
    });
    line.alice.book.accept(voucher);
    expect(decideAt(line.alice, voucher)).toEqual({ kind: 'duplicate' });
  });

  type SenderRow = {
    readonly name: string;
    readonly given?: (line: Line) => void;
    readonly route?: Partial<Route>;
    readonly change?: (line: Line) => Change<'CapacityVoucher'>;
    readonly gives: Decision | ((line: Line) => Decision);
  };
  const now = ({ alice }: Line) => alice.book.now;
  const rows: readonly SenderRow[] = [
    {
      name: 'an edge that is not open here',
      change: () => ({ edge: testHash('edge') }),
      gives: refused('edge_unknown', '/body/edge'),
    },
    {
      name: 'an intent that nobody ordered to pay',
      change: () => ({ intent: testHash('intent') }),
      gives: refused('order_unknown', '/body/intent'),
    },
    {
      name: 'an edge to somebody else',
      change: ({ carol }) => ({ to: carol.party.id }),
      gives: refused('not_on_edge', '/body/from'),
    },
    {
      name: 'another denomination',
      change: () => ({ denomination: EUR }),
      gives: refused('denomination_mismatch', '/body/denomination'),
    },
    {
      name: 'nothing',
      change: () => ({ amount: amount(0n) }),
      gives: refused('amount_zero', '/body/amount'),
    },
    {
      name: 'a route to somebody else than the receiver of the order',
      change: () => ({ policyHash: null }),
      route: { hops: [] },
      gives: refused('receiver_mismatch', '/body/route/hops'),
    },
    {
      name: 'another finalize key than the order’s',
      route: { finalizeKey: other },
      gives: refused('finalize_key_mismatch', '/body/route/finalizeKey'),
    },
    {
      name: 'at its expiry',
      change: (line) => ({ at: unixMs(now(line) - 1), expiresAt: now(line) }),
      gives: (line) =>
        refused('expired', '/body/expiresAt', { now: now(line), expiresAt: now(line) }),
    },
    {
      name: 'longer than the order',
      change: ({ order: { body } }) => ({ expiresAt: unixMs(body.expiresAt + 1) }),
      gives: refused('order_expired', '/body/expiresAt'),
    },
    {
      name: 'signed a while ago',
      change: (line) => ({ at: unixMs(now(line) - 60_001) }),
      gives: (line) =>
        refused('at_skewed', '/body/at', {
          at: now(line) - 60_001,
          now: now(line),
          skewMs: 60_000,
        }),
    },
    {
      name: 'more than the payee lets the payer owe',
      given: ({ alice, bob, network }) => {
        const edge = edgeBetween(network, 'alice', 'bob');
        alice.book.accept(limitChange(network.world, bob.party, edge, amount(1_010n), 1));
      },
      gives: refused('edge_limit_exceeded', '/body/amount'),
    },
    {
      name: 'more than is left of the order',
      given: (line) => line.alice.book.accept(first(line, {}, 1n)),
      gives: refused('order_amount_exceeded', '/body/amount', { inUse: '1' }),
    },
    {
      name: 'more fees than the order allows',
      change: () => ({ fee: amount(1_001n) }),
      gives: refused('order_fee_exceeded', '/body/fee', { inUse: '0' }),
    },
    {
      name: 'a probe beyond what probes may cost',
      route: { probe: true },
      gives: refused('probe_spend_exceeded', '/body/amount', { spent: '0' }),
    },
  ];

  test.each(rows)('$name is refused', ({ given, route, change, gives }) => {
    const line = createLine();
    given?.(line);
    const voucher = rerouted(line, first(line), change?.(line) ?? {}, route);
    expect(decideAt(line.alice, voucher)).toEqual(
      typeof gives === 'function' ? gives(line) : gives,
    );
  });

  test('an edge with both ends, or none, in other books is not on a route', () => {
    const line = createLine();
    const { alice, bob } = line;
    expect(decideAt(withoutHosting(alice), first(line))).toEqual(
      refused('edge_not_remote', '/body/edge'),
    );
    const { hosted } = bob.book.state;
    const terms = must(hosted.get(bob.party.id), 'hosting');
    const state = { ...alice.book.state, hosted: hosted.set(alice.party.id, terms) };
    const both = { ...alice, book: { ...alice.book, state } };
    expect(decideAt(both, first(line))).toEqual(refused('edge_not_remote', '/body/edge'));
  });

  test('a hold is no longer than the book allows, and ends before the edge does', () => {
    const long = createLine({ orders: { expiresAt: unixMs(1_760_000_000_000) } });
    const day = 86_400_000;
    expect(decideAt(long.alice, first(long, { ttlMs: day }))).toMatchObject({ kind: 'accepted' });
    expect(decideAt(long.alice, first(long, { ttlMs: day + 1 }))).toEqual(
      refused('hold_too_long', '/body/expiresAt', { holdMsMax: day }),
    );
    const { now: at } = long.alice.book;
    const short = createLine({ edges: { expiresAt: unixMs(at + 10_000) } });
    expect(decideAt(short.alice, first(short, { ttlMs: 10_000 }))).toMatchObject({
      kind: 'accepted',
    });
    expect(decideAt(short.alice, first(short, { ttlMs: 10_001 }))).toEqual(
      refused('hold_outlives_edge', '/body/expiresAt'),
    );
  });

  test('a part leaves once, whatever became of it', () => {
    const line = createLine();
    const voucher = first(line, {}, 100n);
    line.alice.book.accept(voucher);
    const again = rerouted(line, voucher, { nonce: line.network.world.nonce() });
    const fact = { voucher: voucher.id };
    expect(decideAt(line.alice, again)).toEqual(
      refused('part_already_held', '/body/route/part', fact),
    );
    setClock(line.alice, voucher.body.expiresAt);
    const { now: at } = line.alice.book;
    const later = rerouted(line, again, { at, expiresAt: unixMs(at + 60_000) });
    expect(decideAt(line.alice, later)).toEqual(
      refused('part_already_held', '/body/route/part', fact),
    );
  });

  test('open and paid parts share the amount of the order; what lapses is free again', () => {
    const line = createLine();
    const one = first(line, {}, 600n);
    line.alice.book.accept(one);
    expect(decideAt(line.alice, first(line, {}, 401n))).toEqual(
      refused('order_amount_exceeded', '/body/amount', { inUse: '600' }),
    );
    expect(decideAt(line.alice, first(line, {}, 400n))).toMatchObject({ kind: 'accepted' });
    setClock(line.alice, one.body.expiresAt);
    expect(decideAt(line.alice, first(line))).toMatchObject({ kind: 'accepted' });
  });

  test('probes count for good, before they are sent, and apart from the parts', () => {
    const line = createLine({ orders: { maxProbeSpend: amount(224n) } });
    const probe = () => first(line, { probe: true }, 100n);
    const [one, two] = [probe(), probe()];
    line.alice.book.accept(one, two, first(line));
    setClock(line.alice, one.body.expiresAt);
    line.alice.book.lapse();
    const spent = [...line.alice.book.state.orders.values()][0]?.probeSpend;
    expect(spent).toBe(2n * (100n + 2n));
    expect(decideAt(line.alice, first(line, { probe: true }, 20n))).toEqual(
      refused('probe_spend_exceeded', '/body/amount', { spent: '204' }),
    );
    expect(decideAt(line.alice, first(line, { probe: true }, 18n))).toMatchObject({
      kind: 'accepted',
    });
  });

  test('the largest amounts are refused, not thrown', () => {
    const line = createLine({
      value: AMOUNT_MAX,
      orders: { maxFee: amount(AMOUNT_MAX) },
      edges: { limitA: amount(AMOUNT_MAX), limitB: amount(AMOUNT_MAX) },
    });
    const huge = (value: bigint) =>
      rerouted(
        line,
        first(line, {}, 1n),
        { amount: amount(value), fee: amount(0n) },
        {
          part: line.network.world.nonce(),
        },
      );
    line.alice.book.accept(huge(AMOUNT_MAX));
    expect(decideAt(line.alice, huge(1n))).toEqual(refused('edge_limit_exceeded', '/body/amount'));
  });

  test('who equivocated sends and takes nothing', () => {
    const line = createLine();
    const { alice, bob } = line;
    const proof = testHash('proof');
    alice.book.state = {
      ...alice.book.state,
      equivocators: alice.book.state.equivocators.set(bob.party.id, proof),
    };
    expect(decideAt(alice, first(line))).toEqual(
      refused('party_equivocated', '/body', { party: bob.party.id }),
    );
  });

  test('a voucher without a route is not for an edge to another book', () => {
    const line = createLine();
    const { network, alice, bob } = line;
    const asked = anIntent(network.world, bob.party, 5n);
    alice.book.accept(asked);
    const edge = edgeBetween(network, 'alice', 'bob');
    const direct = directVoucher(network.world, asked, edge, alice.party, { at: now(line) });
    expect(decideAt(alice, direct)).toEqual(refused('route_missing', '/body/route'));
  });
});
