// Goal: what a payee may say of a voucher, and what the books make of it. Method: each statement in each
// state of a hop, at the boundaries of its time, with exact outcomes.
import { describe, expect, test } from 'vitest';
import {
  claimed,
  claimedLine,
  createLine,
  decideAt,
  eventsOf,
  heldByBob,
  heldByCarol,
  hopAt,
  release,
  said,
  setClock,
} from '../testing/hop-table.ts';
import { testHash, testKey } from '../testing/keys.ts';
import { signed } from '../testing/network-core.ts';
import { refused } from '../testing/table.ts';
import { must, own, through } from '../testing/world.ts';
import { amount } from '../units/amount.ts';
import { unixMs } from '../units/time.ts';
import { objectId } from '../wire/object-id.ts';
import { hopReceiptOf, releaseReceiptOf } from './hop-receipt.ts';

describe('the payee holds', () => {
  test('what the payer’s book then knows', () => {
    const line = createLine();
    const { id } = heldByBob(line);
    const held = said(line, line.bob, id, 'held');
    expect(decideAt(line.alice, held)).toMatchObject({
      kind: 'accepted',
      events: [{ type: 'HopAcknowledged', data: { transition: 'held', receipt: held.id } }],
    });
    line.alice.book.accept(held);
    expect(hopAt(line.alice, id)).toMatchObject({ status: 'held', heldReceipt: held.id });
    expect(decideAt(line.alice, held)).toEqual({ kind: 'duplicate' });
    const again = said(line, line.bob, id, 'held', { at: unixMs(1) });
    expect(decideAt(line.alice, again)).toEqual(refused('exists_with_different_terms', '/body'));
  });

  test.each([
    ['amount', { amount: amount(999n) }],
    ['fee', { fee: amount(12n) }],
    ['intent', { intent: testHash('intent') }],
    ['policyHash', { policyHash: null }],
  ] as const)('on the terms of the voucher, not another %s', (name, change) => {
    const line = createLine();
    const { id } = heldByBob(line);
    expect(decideAt(line.alice, said(line, line.bob, id, 'held', change))).toEqual(
      refused('receipt_terms_mismatch', `/body/${name}`),
    );
  });

  test('with the receipt that the voucher names before it', () => {
    const line = createLine();
    const { id } = heldByBob(line);
    const held = said(line, line.bob, id, 'held', { prev: testHash('receipt') });
    expect(decideAt(line.alice, held)).toEqual(refused('prev_receipt_mismatch', '/body/prev'));
  });

  test('and nobody else says so', () => {
    const line = createLine();
    const { id } = heldByBob(line);
    const { body } = said(line, line.bob, id, 'held');
    const byCarol = signed(line.network, line.carol, { ...body, hop: line.carol.party.id });
    expect(decideAt(line.alice, byCarol)).toEqual(refused('peer_mismatch', '/body/hop'));
    const toCarol = signed(line.network, line.bob, { ...body, peer: line.carol.party.id });
    expect(decideAt(line.alice, toCarol)).toEqual(refused('peer_mismatch', '/body/hop'));
    const by = { ...through(line.carol.party), by: line.bob.party.identity };
    expect(decideAt(line.alice, line.network.world.object(body, by))).toMatchObject({
      refusal: { reason: 'key_unknown' },
    });
    const own = signed(line.network, line.bob, body);
    expect(decideAt(line.bob, own)).toEqual(refused('peer_mismatch', '/body/hop'));
  });

  test('nothing that the payer’s book does not know', () => {
    const line = createLine();
    const { id } = heldByBob(line);
    const held = said(line, line.bob, id, 'held', { voucher: testHash('voucher') });
    expect(decideAt(line.alice, held)).toEqual(refused('hop_unknown', '/body/voucher'));
  });
});

describe('the payee claims', () => {
  test('and the debt exists, together with the claim of what the payer forwarded', () => {
    const { line, voucher, onward, claim } = claimedLine();
    const { bob, carol } = line;
    const decision = decideAt(bob, claim);
    expect(eventsOf(decision)).toEqual([
      ['HopActivated', onward],
      ['HopClaimed', voucher.id],
    ]);
    expect(decision).toMatchObject({
      events: [
        {
          data: {
            receipt: claim.id,
            legs: [
              { party: bob.party.id, delta: -1_000n },
              { party: carol.party.id, delta: 1_000n },
            ],
          },
        },
        { data: { at: bob.book.now, finalize: claim.body.finalize } },
      ],
    });
    bob.book.accept(claim);
    expect(decideAt(bob, claim)).toEqual({ kind: 'duplicate' });
    const other = said(line, carol, onward, 'active', { at: unixMs(1) });
    expect(decideAt(bob, other)).toEqual(refused('hop_already_active', '/body/voucher'));
  });

  test('until the millisecond before the payer’s deadline, and not at it', () => {
    const { line, onward, claim } = claimedLine();
    const { bob } = line;
    const { deadline } = hopAt(bob, onward).terms;
    setClock(bob, deadline - 1);
    expect(eventsOf(decideAt(bob, claim))).toHaveLength(2);
    setClock(bob, deadline);
    expect(decideAt(bob, claim)).toEqual(
      refused('hop_lapsed', '/body/voucher', { now: deadline, deadline }),
    );
    expect(hopAt(bob, onward).status).toBe('lapsed');
  });

  test('also from active*, and also before its held has arrived', () => {
    const { line, onward, claim } = claimedLine();
    const { bob } = line;
    expect(hopAt(bob, onward).heldReceipt).toBeNull();
    const { state } = bob.book;
    const committed = { ...hopAt(bob, onward), status: 'active*' as const };
    bob.book.state = { ...state, hops: state.hops.set(onward, committed) };
    expect(eventsOf(decideAt(bob, claim))).toHaveLength(2);
  });

  test('with a receipt of the key that the voucher names', () => {
    const line = createLine();
    const { onward } = heldByCarol(line);
    const receipt = claimed(line, onward);
    const key = testKey('another finalize key');
    const delivery = { ...must(receipt.body.delivery, 'delivery'), finalizeKey: key.id };
    const other = line.network.world.object({ ...receipt.body, delivery }, own(key));
    const claim = said(line, line.carol, onward, 'active', {
      finalize: { object: other.body, sig: must(other.signatures[0], 'signature').sig },
    });
    expect(decideAt(line.bob, claim)).toEqual(
      refused('finalize_key_mismatch', '/body/finalize/object/delivery/finalizeKey'),
    );
  });

  test('after what it said before', () => {
    const { line, onward, claim } = claimedLine();
    const held = said(line, line.carol, onward, 'held');
    line.bob.book.accept(held);
    const unchained = said(line, line.carol, onward, 'active', { prev: null });
    expect(decideAt(line.bob, unchained)).toEqual(
      refused('prev_receipt_mismatch', '/body/prev', { expected: held.id }),
    );
    expect(claim.body.prev).toBe(held.id);
    expect(eventsOf(decideAt(line.bob, claim))).toHaveLength(2);
  });
});

describe('the payee gives up', () => {
  test('in its own book first, in words that the book repeats', () => {
    const line = createLine();
    const { onward } = heldByCarol(line);
    const { carol } = line;
    const object = release(line, carol, onward);
    expect(decideAt(carol, object)).toMatchObject({
      kind: 'accepted',
      events: [
        {
          type: 'HopLapsed',
          data: { why: 'released', reason: 'released', receipt: object.id, at: carol.book.now },
        },
      ],
    });
    carol.book.accept(object);
    setClock(carol, carol.book.now + 5_000);
    expect(objectId(hopReceiptOf(hopAt(carol, onward), 'lapsed'))).toBe(object.id);
    expect(decideAt(carol, object)).toEqual({ kind: 'duplicate' });
    expect(carol.book.state.deliveries.size).toBe(0);
  });

  test('and the payer frees the hop with what it forwards, for the same reason', () => {
    const line = createLine();
    const { voucher, onward } = heldByCarol(line);
    const object = release(line, line.carol, onward);
    line.carol.book.accept(object);
    const decision = decideAt(line.bob, object);
    expect(eventsOf(decision)).toEqual([
      ['HopLapsed', onward],
      ['HopLapsed', voucher.id],
    ]);
    expect(decision).toMatchObject({
      events: [
        { data: { why: 'released', reason: 'released', receipt: object.id } },
        { data: { why: 'released', reason: 'released', receipt: null } },
      ],
    });
    line.bob.book.accept(object);
    expect(decideAt(line.bob, object)).toEqual({ kind: 'duplicate' });
    const again = release(line, line.carol, onward, { reason: 'probe' });
    expect(decideAt(line.bob, again)).toMatchObject({ refusal: { reason: 'hop_lapsed' } });
  });

  test('not after it claimed, nor when its time is over', () => {
    const { line, onward } = claimedLine();
    const { carol } = line;
    expect(decideAt(carol, release(line, carol, onward))).toEqual(
      refused('hop_already_claimed', '/body/voucher'),
    );
    const late = createLine();
    const held = heldByCarol(late).onward;
    const { deadline } = hopAt(late.carol, held).terms;
    setClock(late.carol, deadline);
    expect(decideAt(late.carol, release(late, late.carol, held))).toEqual(
      refused('hop_lapsed', '/body/voucher', { now: deadline, deadline }),
    );
  });

  test('not while what it forwarded is open', () => {
    const line = createLine();
    const { voucher, onward } = heldByCarol(line);
    const { bob } = line;
    expect(decideAt(bob, release(line, bob, voucher.id))).toEqual(
      refused('hop_still_forwarded', '/body/voucher', { outgoing: onward }),
    );
    const { deadline } = hopAt(bob, onward).terms;
    expect(deadline).toBe(hopAt(bob, voucher.id).terms.deadline);
    const gone = release(line, line.carol, onward);
    line.carol.book.accept(gone);
    bob.book.accept(gone);
    expect(hopAt(bob, voucher.id).status).toBe('lapsed');
  });

  test('at the time that it is, and in no other words', () => {
    const line = createLine();
    const { onward } = heldByCarol(line);
    const { carol } = line;
    const at = unixMs(carol.book.now - 60_001);
    const early = signed(
      line.network,
      carol,
      releaseReceiptOf(hopAt(carol, onward), 'released', at),
    );
    expect(decideAt(carol, early)).toEqual(
      refused('at_skewed', '/body/at', { at, now: carol.book.now, skewMs: 60_000 }),
    );
    const nonce = line.network.world.nonce();
    expect(decideAt(carol, release(line, carol, onward, { nonce }))).toEqual(
      refused('receipt_terms_mismatch', '/body'),
    );
  });

  test('a claim that comes after it is answered with it, and changes nothing', () => {
    const { line, onward, claim } = claimedLine();
    const { bob } = line;
    const lapsed = signed(line.network, line.carol, {
      ...releaseReceiptOf(hopAt(line.carol, onward), 'released', line.carol.book.now),
    });
    bob.book.accept(lapsed);
    expect(decideAt(bob, claim)).toMatchObject({ refusal: { reason: 'hop_lapsed' } });
    expect(hopReceiptOf(hopAt(bob, onward), 'lapsed')).toMatchObject({
      hop: bob.party.id,
      peer: line.carol.party.id,
      reason: 'released',
    });
  });
});
