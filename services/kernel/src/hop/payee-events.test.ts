// Goal: what a payer's answer to a claim makes at the payee. Method: each answer in each state of a hop,
// with exact outcomes.
import { describe, expect, test } from 'vitest';
import {
  claimedLine,
  createLine,
  decideAt,
  eventsOf,
  heldByCarol,
  hopAt,
  said,
  setClock,
} from '../testing/hop-table.ts';
import { testHash } from '../testing/keys.ts';
import { refused } from '../testing/table.ts';
import { must } from '../testing/world.ts';
import { unixMs } from '../units/time.ts';

describe('the payer answers a claim', () => {
  test('active: the middle hop’s debt exists at its end too', () => {
    const { line, voucher, claim } = claimedLine();
    const { alice, bob } = line;
    bob.book.accept(claim);
    alice.book.accept(said(line, bob, voucher.id, 'active'));
    const answer = said(line, alice, voucher.id, 'active');
    expect(eventsOf(decideAt(bob, answer))).toEqual([['HopActivated', voucher.id]]);
    bob.book.accept(answer);
    expect(decideAt(bob, answer)).toEqual({ kind: 'duplicate' });
    const other = said(line, alice, voucher.id, 'active', { at: unixMs(1) });
    expect(decideAt(bob, other)).toEqual(refused('hop_already_active', '/body/voucher'));
    const denial = said(line, alice, voucher.id, 'active', {
      transition: 'lapsed',
      reason: 'expired',
      finalize: null,
    });
    expect(decideAt(bob, denial)).toEqual(refused('hop_already_active', '/body/voucher'));
  });

  test('lapsed: the payee has nothing, whatever it paid onward', () => {
    const { line, voucher, claim } = claimedLine();
    const { alice, bob } = line;
    bob.book.accept(claim);
    setClock(alice, hopAt(alice, voucher.id).terms.deadline);
    alice.book.lapse();
    const denial = said(line, alice, voucher.id, 'lapsed');
    expect(decideAt(bob, denial)).toMatchObject({
      kind: 'accepted',
      events: [
        { type: 'HopLapsed', data: { why: 'denied', reason: 'expired', receipt: denial.id } },
      ],
    });
    bob.book.accept(denial);
    expect(decideAt(bob, denial)).toEqual({ kind: 'duplicate' });
    const answer = said(line, alice, voucher.id, 'lapsed', { at: unixMs(1) });
    expect(decideAt(bob, answer)).toEqual(refused('hop_lapsed', '/body/voucher'));
  });

  test('not before there is one: an unclaimed hop lapses by its own time', () => {
    const line = createLine();
    const { voucher } = heldByCarol(line);
    const { alice, bob } = line;
    setClock(alice, hopAt(alice, voucher.id).terms.deadline);
    alice.book.lapse();
    expect(decideAt(bob, said(line, alice, voucher.id, 'lapsed'))).toEqual(
      refused('hop_not_claimed', '/body/voucher'),
    );
  });

  test('with the same receipt, and after what it said before', () => {
    const { line, onward, claim } = claimedLine();
    const { bob, carol } = line;
    bob.book.accept(claim);
    const { finalize } = claim.body;
    const other = { ...must(finalize, 'receipt').object, nonce: line.network.world.nonce() };
    const swapped = said(line, bob, onward, 'active', {
      finalize: { ...must(finalize, 'receipt'), object: other },
    });
    expect(decideAt(carol, swapped)).toEqual(refused('receipt_terms_mismatch', '/body/finalize'));
    const before = testHash('active*');
    carol.book.state = {
      ...carol.book.state,
      hops: carol.book.state.hops.set(onward, { ...hopAt(carol, onward), commitReceipt: before }),
    };
    expect(decideAt(carol, said(line, bob, onward, 'active'))).toEqual(
      refused('prev_receipt_mismatch', '/body/prev', { expected: before }),
    );
  });

  test('a claimed hop waits for it however long it takes', () => {
    const { line, onward, claim } = claimedLine();
    const { bob, carol } = line;
    bob.book.accept(claim);
    const answer = said(line, bob, onward, 'active');
    setClock(carol, carol.book.now + 30 * 86_400_000);
    carol.book.lapse();
    expect(hopAt(carol, onward).status).toBe('claimed');
    expect(eventsOf(decideAt(carol, answer))).toEqual([['DeliveryFinalized', '']]);
  });
});
