// Goal: a payee's signed refusal binds its own book. Method: decide tables of refusals of vouchers.
import { describe, expect, test } from 'vitest';
import {
  createLine,
  decideAt,
  first,
  heldByBob,
  type Line,
  setClock,
} from '../testing/hop-table.ts';
import { signed } from '../testing/network-core.ts';
import { refused } from '../testing/table.ts';
import { type Built, type Change, must } from '../testing/world.ts';
import { type UnixMs, unixMs } from '../units/time.ts';
import { objectId } from '../wire/object-id.ts';
import { declinedReceiptOf, declineReceiptOf } from './hop-receipt.ts';
import { payeeDeadline } from './routed-voucher.ts';

function decline(
  line: Line,
  voucher: Built<'CapacityVoucher'>,
  change: Change<'HopReceipt'> = {},
  deadline?: UnixMs,
) {
  const { bob } = line;
  const route = must(voucher.body.route, 'route');
  const until = deadline ?? unixMs(payeeDeadline({ ...voucher.body, route }, bob.marginMs));
  const body = declineReceiptOf(voucher, 'edge_limit_exceeded', bob.book.now, until);
  return signed(line.network, bob, { ...must(body, 'body'), ...change });
}

describe('a payee that declines a voucher', () => {
  test('has it in its book, which gives the same words again and takes the voucher no more', () => {
    const line = createLine();
    const voucher = first(line);
    const object = decline(line, voucher);
    const { intent, part, hop, peer, amount, fee, policyHash, at, deadline } = object.body;
    expect(decideAt(line.bob, object)).toEqual({
      kind: 'accepted',
      events: [
        {
          type: 'HopDeclined',
          data: {
            voucher: voucher.id,
            intent,
            part,
            hop,
            peer,
            amount,
            fee,
            policyHash,
            reason: 'edge_limit_exceeded',
            receipt: object.id,
            at,
            deadline,
          },
        },
      ],
    });
    line.bob.book.accept(object);
    expect(decideAt(line.bob, object)).toEqual({ kind: 'duplicate' });
    const declined = must(line.bob.book.state.declined.get(voucher.id), 'declined');
    expect(objectId(declinedReceiptOf(declined))).toBe(object.id);
    expect(decideAt(line.bob, voucher)).toEqual(refused('hop_lapsed', '/body'));
    expect(decideAt(line.bob, decline(line, voucher, { reason: 'expired' }))).toEqual(
      refused('hop_unknown', '/body/voucher'),
    );
  });

  test('forgets it when the voucher could be held no more', () => {
    const line = createLine();
    const voucher = first(line);
    const object = decline(line, voucher);
    line.bob.book.accept(object);
    setClock(line.bob, object.body.deadline);
    line.bob.book.accept(decline(line, first(line)));
    expect(line.bob.book.state.declined.has(voucher.id)).toBe(false);
    expect(decideAt(line.bob, voucher)).toMatchObject({ refusal: { reason: 'voucher_stale' } });
  });

  test('is not recorded again and again by whoever has its words', () => {
    const line = createLine();
    const voucher = first(line);
    const object = decline(line, voucher);
    line.bob.book.accept(object);
    setClock(line.bob, object.body.deadline);
    line.bob.book.accept(decline(line, first(line)));
    expect(decideAt(line.bob, object)).toEqual(
      refused('voucher_stale', '/body/deadline', {
        deadline: object.body.deadline,
        now: object.body.deadline,
      }),
    );
  });

  test('frees the payer’s hold', () => {
    const line = createLine();
    const voucher = first(line);
    line.alice.book.accept(voucher);
    const object = decline(line, voucher);
    expect(decideAt(line.alice, object)).toMatchObject({
      events: [{ type: 'HopLapsed', data: { why: 'released', reason: 'edge_limit_exceeded' } }],
    });
  });

  test('does not do so for others, in other words, or for longer than a hold lasts', () => {
    const line = createLine();
    const voucher = first(line);
    const nonce = line.network.world.nonce();
    expect(decideAt(line.carol, decline(line, voucher))).toEqual(
      refused('party_not_hosted', '/body/hop'),
    );
    expect(decideAt(line.bob, decline(line, voucher, { nonce }))).toEqual(
      refused('receipt_terms_mismatch', '/body'),
    );
    const day = 86_400_000;
    const until = (ms: number) => unixMs(line.bob.book.now + ms);
    expect(decideAt(line.bob, decline(line, voucher, {}, until(day)))).toMatchObject({
      kind: 'accepted',
    });
    expect(decideAt(line.bob, decline(line, voucher, {}, until(day + 1)))).toEqual(
      refused('hold_too_long', '/body/deadline', { holdMsMax: day }),
    );
  });

  test('cannot take back a hold with it', () => {
    const line = createLine();
    const voucher = heldByBob(line);
    expect(decideAt(line.bob, decline(line, voucher))).toEqual(
      refused('receipt_terms_mismatch', '/body'),
    );
  });
});
