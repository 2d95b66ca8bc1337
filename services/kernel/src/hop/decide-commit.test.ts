// Goal: a signal turns exactly the parts active* that the receiver has. Method: decide tables of signals in
// the books of receiver, hop and sender.
import { describe, expect, test } from 'vitest';
import { decideAt, eventsOf, hopAt, release, said, setClock } from '../testing/hop-table.ts';
import { testKey, testNonce } from '../testing/keys.ts';
import { refused } from '../testing/table.ts';
import { receipt, signal, twoParts } from '../testing/two-parts.ts';
import { unixMs } from '../units/time.ts';
import { OFFER_TTL_MAX } from '../wire/value-codecs.ts';

const PARTS = '/body/delivery/parts';

describe('a commit signal', () => {
  test('turns the parts of the receiver active*, and gives nobody more time', () => {
    const { line, one, two, partOf } = twoParts();
    const { carol } = line;
    const object = signal(line, [partOf(one), partOf(two)]);
    expect(eventsOf(decideAt(carol, object)).map(([type]) => type)).toEqual([
      'HopCommitted',
      'HopCommitted',
    ]);
    carol.book.accept(object);
    expect(decideAt(carol, object)).toEqual({ kind: 'duplicate' });
    const hop = hopAt(carol, one.onward);
    expect(hop).toMatchObject({ status: 'active*', commit: { signal: object.id } });
    setClock(carol, hop.terms.deadline);
    expect(carol.book.lapse().map(({ type }) => type)).toEqual(['HopLapsed', 'HopLapsed']);
  });

  test('turns what a middle hop forwarded active* together with what came in', () => {
    const { line, one, two, partOf } = twoParts();
    const object = signal(line, [partOf(one), partOf(two)]);
    expect(new Set(eventsOf(decideAt(line.bob, object)).map(([, voucher]) => voucher))).toEqual(
      new Set([one.onward, one.voucher.id, two.onward, two.voucher.id]),
    );
    expect(eventsOf(decideAt(line.alice, object))).toHaveLength(2);
  });

  test('leaves out what has lapsed on the way', () => {
    const { line, one, two, partOf } = twoParts();
    const { bob, carol } = line;
    const object = signal(line, [partOf(one), partOf(two)]);
    const gone = release(line, carol, one.onward);
    carol.book.accept(gone);
    bob.book.accept(gone);
    expect(eventsOf(decideAt(bob, object)).map(([, voucher]) => voucher)).toEqual([
      two.onward,
      two.voucher.id,
    ]);
  });

  test('says the truth in the receiver’s own book', () => {
    const { line, one, two, partOf } = twoParts();
    const { carol } = line;
    const part = testNonce('another part');
    expect(decideAt(carol, signal(line, [partOf(one), part]))).toEqual(
      refused('part_not_held', PARTS, { part }),
    );
    carol.book.accept(release(line, carol, one.onward));
    expect(decideAt(carol, signal(line, [partOf(two)]))).toEqual(
      refused('below_min_deliverable', '/body', { sum: '600', minDeliverable: '900' }),
    );
  });

  test('may name the rest when some parts are active* already', () => {
    const { line, one, two, partOf } = twoParts();
    const { carol, bob } = line;
    const [early, late] = [signal(line, [partOf(one)]), signal(line, [partOf(two)])];
    carol.book.accept(early, late);
    bob.book.accept(early, late);
    expect(decideAt(bob, signal(line, [partOf(one)]))).toEqual(
      refused('exists_with_different_terms', '/body/parts'),
    );
  });

  test('comes from the key of the vouchers, for parts that are here', () => {
    const { line, one, partOf } = twoParts();
    const key = testKey('another finalize key');
    expect(decideAt(line.bob, signal(line, [partOf(one)], key))).toEqual(
      refused('finalize_key_mismatch', '/body/finalizeKey'),
    );
    expect(decideAt(line.bob, signal(line, [testNonce('another part')]))).toEqual(
      refused('part_not_held', '/body/parts'),
    );
  });

  test('does nothing after the receipt', () => {
    const { line, one, two, partOf } = twoParts();
    const { carol } = line;
    carol.book.accept(receipt(line, one.onward, two.onward));
    expect(decideAt(carol, signal(line, [partOf(one)]))).toEqual(
      refused('intent_already_paid', '/body/intent'),
    );
  });

  test('is acknowledged by each payer, once, and only if it was recorded', () => {
    const { line, one, two, partOf } = twoParts();
    const { bob, carol } = line;
    const object = signal(line, [partOf(one), partOf(two)]);
    bob.book.accept(object);
    const known = said(line, bob, one.onward, 'active*');
    expect(decideAt(carol, known)).toEqual(refused('hop_not_committed', '/body/voucher'));
    carol.book.accept(object);
    expect(decideAt(carol, known)).toMatchObject({
      kind: 'accepted',
      events: [{ type: 'HopAcknowledged', data: { transition: 'active*', receipt: known.id } }],
    });
    carol.book.accept(known);
    expect(decideAt(carol, known)).toEqual({ kind: 'duplicate' });
    const again = said(line, bob, one.onward, 'active*', { at: unixMs(1) });
    expect(decideAt(carol, again)).toEqual(refused('exists_with_different_terms', '/body'));
    const other = said(line, bob, two.onward, 'active*');
    carol.book.accept(receipt(line, one.onward, two.onward));
    expect(decideAt(carol, other)).toMatchObject({ kind: 'accepted' });
    const claim = said(line, carol, two.onward, 'active');
    bob.book.accept(claim);
    const paid = said(line, bob, two.onward, 'active');
    expect(paid.body.prev).toBe(other.id);
    carol.book.accept(paid);
    expect(decideAt(carol, other)).toEqual(refused('hop_already_active', '/body/voucher'));
    setClock(carol, carol.book.now + OFFER_TTL_MAX);
    expect(hopAt(carol, two.onward).status).toBe('confirmed');
  });
});
