// Goal: what a payee holds: a hop under its published policy, by its own clock. Method: decide tables with exact
// outcomes at each boundary.
import { describe, expect, test } from 'vitest';
import { policyHash } from '../routing/fee-policy.ts';
import { feePolicy, offerOf } from '../testing/hop-statements.ts';
import {
  claimedLine,
  createLine,
  decideAt,
  first,
  heldByBob,
  hopAt,
  type Line,
  ROUTE,
  rerouted,
  said,
  setClock,
} from '../testing/hop-table.ts';
import { advance, pump } from '../testing/network.ts';
import { edgeBetween, signed } from '../testing/network-core.ts';
import { ask, order, sendPart } from '../testing/network-payment.ts';
import { refused } from '../testing/table.ts';
import { type Built, HOUR, must, through } from '../testing/world.ts';
import { amount } from '../units/amount.ts';
import { unixMs } from '../units/time.ts';
import { OFFER_TTL_MAX } from '../wire/value-codecs.ts';
import { LAPSE_MEMORY_MS } from './hop.ts';
import { declineReceiptOf } from './hop-receipt.ts';
import { payeeDeadline } from './routed-voucher.ts';

type Voucher = Built<'CapacityVoucher'>;

describe('the payee’s book', () => {
  const bobNow = ({ bob }: Line) => bob.book.now;

  test('holds a part under a policy of the hop, for the payer’s time less its own margin', () => {
    const line = createLine();
    const voucher = first(line, { ttlMs: 30_000 });
    expect(decideAt(line.bob, voucher)).toMatchObject({
      kind: 'accepted',
      events: [
        {
          type: 'HopHeld',
          data: { side: 'payee', incoming: null, deadline: bobNow(line) + 30_000 - 1_000 },
        },
      ],
    });
  });

  test('counts from the newest reading of its clock that the payer had seen', () => {
    const line = createLine();
    line.alice.readingAgeMs = 4_000;
    const voucher = first(line, { ttlMs: 30_000 });
    setClock(line.bob, bobNow(line) + 2_000);
    const seenAt = bobNow(line) - 6_000;
    expect(voucher.body.route?.seenAt).toBe(seenAt);
    expect(decideAt(line.bob, voucher)).toMatchObject({
      events: [{ data: { at: bobNow(line), deadline: seenAt + 29_000 } }],
    });
    setClock(line.bob, seenAt + 29_000 - 1);
    expect(decideAt(line.bob, voucher)).toMatchObject({ kind: 'accepted' });
    setClock(line.bob, seenAt + 29_000);
    expect(decideAt(line.bob, voucher)).toEqual(
      refused('voucher_stale', '/body/route/seenAt', {
        deadline: seenAt + 29_000,
        now: seenAt + 29_000,
      }),
    );
  });

  test('wants more time than its margin, and a reading that its clock has given', () => {
    const line = createLine();
    expect(decideAt(line.bob, first(line, { ttlMs: 1_001 }))).toMatchObject({ kind: 'accepted' });
    expect(decideAt(line.bob, first(line, { ttlMs: 1_000 }))).toEqual(
      refused('ttl_too_short', '/body/expiresAt', { ttlMs: 1_000, marginMs: 1_000 }),
    );
    const ahead = rerouted(line, first(line), {}, { seenAt: unixMs(bobNow(line) + 1) });
    const facts = { seenAt: bobNow(line) + 1, now: bobNow(line) };
    expect(decideAt(line.bob, ahead)).toEqual(
      refused('seen_at_ahead', '/body/route/seenAt', facts),
    );
    setClock(line.bob, bobNow(line) + 1);
    expect(decideAt(line.bob, ahead)).toMatchObject({ kind: 'accepted' });
    expect(decideAt(line.bob, first(line, { ttlMs: 86_400_001 }))).toEqual(
      refused('hold_too_long', '/body/expiresAt', { holdMsMax: 86_400_000 }),
    );
  });

  test('ends a hold before the edge does, by its own clock', () => {
    const line = createLine();
    const { state } = line.bob.book;
    const id = edgeBetween(line.network, 'alice', 'bob');
    const edge = must(state.edges.get(id), 'edge');
    const terms = { ...edge.terms, expiresAt: unixMs(bobNow(line) + 29_000) };
    line.bob.book.state = { ...state, edges: state.edges.set(id, { ...edge, terms }) };
    expect(decideAt(line.bob, first(line, { ttlMs: 30_000 }))).toMatchObject({ kind: 'accepted' });
    expect(decideAt(line.bob, first(line, { ttlMs: 30_001 }))).toEqual(
      refused('hold_outlives_edge', '/body/expiresAt'),
    );
  });

  test('takes no policy that the hop has not published, or long ago', () => {
    const line = createLine();
    const { bob, carol, network } = line;
    const strange = policyHash(feePolicy(carol.party));
    const hop = { party: carol.party.id, policyHash: strange };
    const named = rerouted(line, first(line), { policyHash: strange }, { hops: [hop] });
    expect(decideAt(bob, named)).toEqual(refused('policy_unknown', '/body/policyHash'));
    const policy = feePolicy(bob.party, { feeBps: 50 });
    bob.book.accept(offerOf(network.world, bob.party, policy, { at: bobNow(line), sequence: 2 }));
    expect(decideAt(bob, first(line))).toMatchObject({ kind: 'accepted' });
    setClock(bob, bobNow(line) + OFFER_TTL_MAX);
    expect(decideAt(bob, first(line))).toEqual(refused('policy_unknown', '/body/policyHash'));
  });

  test('takes no less than its own fee, for an amount that its policy has a fee for', () => {
    const line = createLine();
    const short = rerouted(line, first(line), { fee: amount(10n) });
    expect(decideAt(line.bob, short)).toEqual(
      refused('fee_mismatch', '/body/fee', { expected: '11', kept: '10' }),
    );
    const huge = rerouted(line, first(line), { amount: amount(2_000_000_000n) });
    expect(decideAt(line.bob, huge)).toEqual(refused('amount_outside_policy', '/body/amount'));
  });

  test('takes vouchers of the payer alone, and no grants', () => {
    const line = createLine();
    const { network, alice, bob, carol } = line;
    const { body } = first(line);
    const by = { ...through(carol.party), by: alice.party.identity };
    expect(decideAt(bob, network.world.object(body, by))).toEqual(
      refused('key_unknown', '/signatures', {
        party: alice.party.id,
        key: carol.party.key.id,
      }),
    );
    expect(
      decideAt(bob, { ...first(line), body: { ...body, grant: aGrant(line) } } as Voucher),
    ).toEqual(refused('route_with_grant', '/body/grant'));
  });

  test('counts holds with all others on the edge, less the haircut', () => {
    const line = createLine({
      edges: { limitA: amount(1_011n), limitB: amount(1_011n) },
    });
    expect(decideAt(line.bob, first(line))).toMatchObject({ kind: 'accepted' });
    line.bob.book.accept(first(line, {}, 1n));
    expect(decideAt(line.bob, first(line))).toEqual(refused('edge_limit_exceeded', '/body/amount'));
    const cut = createLine({
      edges: { limitA: amount(1_011n), limitB: amount(1_011n), haircutBps: 1 },
    });
    expect(decideAt(cut.bob, first(cut))).toEqual(refused('edge_limit_exceeded', '/body/amount'));
  });

  test('of a part that came in before it takes no other voucher', () => {
    const line = createLine();
    const voucher = heldByBob(line);
    const again = rerouted(line, voucher, { nonce: line.network.world.nonce() });
    expect(decideAt(line.bob, again)).toEqual(
      refused('part_already_held', '/body/route/part', { voucher: voucher.id }),
    );
  });

  test('long after a voucher has been forgotten it is stale', () => {
    const line = createLine();
    const voucher = heldByBob(line);
    setClock(line.bob, bobNow(line) + HOUR);
    line.bob.book.lapse();
    const ended = bobNow(line);
    const word = said(line, line.bob, voucher.id, 'lapsed');
    setClock(line.bob, ended + LAPSE_MEMORY_MS - 1);
    ask(line.network, 'bob', 1n);
    expect(decideAt(line.bob, voucher)).toEqual({ kind: 'duplicate' });
    expect(said(line, line.bob, voucher.id, 'lapsed').id).toBe(word.id);
    setClock(line.bob, ended + LAPSE_MEMORY_MS);
    ask(line.network, 'bob', 1n);
    expect(line.bob.book.state.hops.size).toBe(0);
    expect(decideAt(line.bob, voucher)).toMatchObject({
      kind: 'rejected',
      refusal: { reason: 'voucher_stale' },
    });
    // Nothing that contradicts its first word comes into the book either.
    const route = must(voucher.body.route, 'route');
    const until = unixMs(payeeDeadline({ ...voucher.body, route }, line.bob.marginMs));
    const again = declineReceiptOf(voucher, 'voucher_stale', bobNow(line), until);
    const other = signed(line.network, line.bob, must(again, 'decline'));
    expect(decideAt(line.bob, other)).toMatchObject({ refusal: { reason: 'voucher_stale' } });
    expect(decideAt(line.bob, word)).toEqual(refused('receipt_terms_mismatch', '/body'));
    setClock(line.alice, line.alice.book.now + HOUR);
    line.alice.book.lapse();
    setClock(line.alice, line.alice.book.now + 8 * 24 * HOUR);
    ask(line.network, 'alice', 1n);
    expect(line.alice.book.state.orders.size).toBe(0);
    expect(decideAt(line.alice, voucher)).toEqual(refused('order_unknown', '/body/intent'));
  });
});

describe('for 7 days', () => {
  const hour = ({ network }: Line) => {
    advance(network, HOUR);
    for (const { name } of network.nodes) ask(network, name, 1n);
  };

  test('a payer remembers a hop that lapsed, which its payee has forgotten after an hour', () => {
    const line = createLine();
    const voucher = heldByBob(line);
    advance(line.network, 60_000);
    hour(line);
    hour(line);
    expect(line.bob.book.state.hops.size).toBe(0);
    expect(hopAt(line.alice, voucher.id).status).toBe('lapsed');
  });

  test('a payee remembers a claim that was denied, and what became a debt', () => {
    const { line, voucher, onward } = claimedLine();
    advance(line.network, 60_000);
    const { network, bob, carol } = line;
    carol.book.accept(said(line, bob, onward, 'lapsed', { prev: null }));
    const asked = ask(network, 'carol', 10n);
    order(network, 'alice', asked);
    sendPart(network, asked, ROUTE, 10n);
    pump(network);
    const paid = [...bob.book.state.hops.values()].filter(({ status }) => status === 'active');
    hour(line);
    hour(line);
    expect(hopAt(carol, onward).lapse?.why).toBe('denied');
    expect(paid.map(({ terms }) => hopAt(bob, terms.voucher).status)).toEqual(['active', 'active']);
    // What bob held and never claimed he has forgotten.
    expect(bob.book.state.hops.has(voucher.id)).toBe(false);
  });
});

/** Some grant; a book refuses it unread. */
function aGrant({ asked }: Line) {
  return { budget: asked.id } as unknown as NonNullable<Voucher['body']['grant']>;
}
