// Goal: a receiver binds itself to all of what it wants or to nothing, and is paid once. Method: decide
// tables of receipts over parts in every state, and of the answers of their payers.
import { describe, expect, test } from 'vitest';
import {
  createLine,
  decideAt,
  eventsOf,
  heldByCarol,
  hopAt,
  release,
  said,
  setClock,
} from '../testing/hop-table.ts';
import { testKey, testNonce } from '../testing/keys.ts';
import { receiptFor } from '../testing/network-node.ts';
import { finalizeKeyOf } from '../testing/network-payment.ts';
import { refused } from '../testing/table.ts';
import { receipt, twoParts } from '../testing/two-parts.ts';
import { type Built, must, own, through } from '../testing/world.ts';
import { amount } from '../units/amount.ts';
import { unixMs } from '../units/time.ts';
import { objectId } from '../wire/object-id.ts';
import { CLAIM_MEMORY_MS } from './hop.ts';
import { hopReceiptOf } from './hop-receipt.ts';

const PARTS = '/body/delivery/parts';

describe('a receipt for a delivery', () => {
  test('claims every part at once, and moves nobody’s position', () => {
    const { line, one, two } = twoParts();
    const { carol } = line;
    const object = receipt(line, one.onward, two.onward);
    const decision = decideAt(carol, object);
    expect(eventsOf(decision).map(([type]) => type)).toEqual(['HopClaimed', 'HopClaimed']);
    carol.book.accept(object);
    expect(decideAt(carol, object)).toEqual({ kind: 'duplicate' });
    expect(hopAt(carol, one.onward)).toMatchObject({
      status: 'claimed',
      claimedAt: carol.book.now,
    });
    const other = receipt(line, one.onward, two.onward);
    expect(decideAt(carol, other)).toEqual(refused('intent_already_paid', '/body/intent'));
  });

  test('of less than the receiver wants is refused, of exactly that it is not', () => {
    const { line, two } = twoParts();
    expect(decideAt(line.carol, receipt(line, two.onward))).toEqual(
      refused('below_min_deliverable', '/body', { sum: '600', minDeliverable: '900' }),
    );
    const exact = twoParts({ asks: { minDeliverable: 600n } });
    expect(decideAt(exact.line.carol, receipt(exact.line, exact.two.onward))).toMatchObject({
      kind: 'accepted',
    });
  });

  test('names parts that are held here, with their amounts', () => {
    const { line, one, two } = twoParts();
    const { carol, network, asked } = line;
    const terms = hopAt(carol, two.onward).terms;
    const part = testNonce('another part');
    const unknown = receiptFor(network, carol, asked.id, [{ part, amount: 900n }]);
    expect(decideAt(carol, unknown)).toEqual(refused('part_not_held', PARTS, { part }));
    const more = receiptFor(network, carol, asked.id, [{ part: terms.part, amount: 900n }]);
    expect(decideAt(carol, more)).toEqual(
      refused('amount_mismatch', PARTS, { part: terms.part, amount: '600' }),
    );
    carol.book.accept(release(line, carol, one.onward));
    const lapsed = hopAt(carol, one.onward).terms;
    expect(decideAt(carol, receipt(line, one.onward, two.onward))).toEqual(
      refused('hop_lapsed', PARTS, {
        part: lapsed.part,
        now: carol.book.now,
        deadline: lapsed.deadline,
      }),
    );
  });

  test('comes before the deadline of every part, to the millisecond', () => {
    const { line, one, two } = twoParts();
    const { carol } = line;
    const { deadline } = hopAt(carol, one.onward).terms;
    setClock(carol, deadline - 1);
    const inTime = receipt(line, one.onward, two.onward);
    expect(decideAt(carol, inTime)).toMatchObject({ kind: 'accepted' });
    setClock(carol, deadline);
    expect(decideAt(carol, inTime)).toMatchObject({ refusal: { reason: 'hop_lapsed' } });
  });

  test('is not for a probe', () => {
    const line = createLine({ orders: { maxProbeSpend: amount(5_000n) } });
    const { onward } = heldByCarol(line, { probe: true });
    const { part } = hopAt(line.carol, onward).terms;
    expect(decideAt(line.carol, receipt(line, onward))).toEqual(
      refused('part_not_held', PARTS, { part }),
    );
  });

  test('is signed by the key of the intent, now, for an intent that is known and offered', () => {
    const { line, one, two } = twoParts();
    const { carol, network } = line;
    const good = receipt(line, one.onward, two.onward);
    const key = testKey('another finalize key');
    const delivery = { ...must(good.body.delivery, 'delivery'), finalizeKey: key.id };
    const forged = network.world.object({ ...good.body, delivery }, own(key));
    expect(decideAt(carol, forged)).toEqual(refused('finalize_key_mismatch', '/body/finalizeKey'));
    const real = finalizeKeyOf(line.asked.id, network);
    const at = unixMs(carol.book.now - 60_001);
    expect(decideAt(carol, network.world.object({ ...good.body, at }, own(real)))).toEqual(
      refused('at_skewed', '/body/at', { at, now: carol.book.now, skewMs: 60_000 }),
    );
    expect(decideAt(line.bob, good)).toEqual(refused('intent_unknown', '/body/intent'));
    const { v: _v, ...body } = line.asked.body;
    const closed = network.world.object({ v: 1, ...body, delivery: null }, through(carol.party));
    carol.book.accept(closed);
    expect(
      decideAt(carol, network.world.object({ ...good.body, intent: closed.id }, own(real))),
    ).toEqual(refused('delivery_not_offered', '/body/intent'));
  });

  test('names no more parts and no more in all than the intent', () => {
    const { line, one, two } = twoParts();
    const { carol } = line;
    const held = must(carol.book.state.intents.get(line.asked.id), 'intent');
    const withTerms = (change: Partial<typeof held.terms>) => ({
      ...carol,
      book: {
        ...carol.book,
        state: {
          ...carol.book.state,
          intents: carol.book.state.intents.set(line.asked.id, {
            ...held,
            terms: { ...held.terms, ...change },
          }),
        },
      },
    });
    const object = receipt(line, one.onward, two.onward);
    const delivery = { ...must(held.terms.delivery, 'delivery'), partsMax: 1 };
    expect(decideAt(withTerms({ delivery }), object)).toEqual(
      refused('too_many_parts', '/body', { partsMax: 1 }),
    );
    expect(decideAt(withTerms({ amount: amount(999n) }), object)).toEqual(
      refused('delivery_exceeds_amount', '/body', { sum: '1000' }),
    );
  });
});

describe('a receiver of several parts', () => {
  /** Both parts claimed, with the answers of the payer still to come. */
  function bothClaimed() {
    const parts = twoParts();
    const { line, one, two } = parts;
    line.carol.book.accept(receipt(line, one.onward, two.onward));
    const claims = [one, two].map(({ onward }) => said(line, line.carol, onward, 'active'));
    return { ...parts, claims: claims as [Built<'HopReceipt'>, Built<'HopReceipt'>] };
  }

  test('is paid when the last payer has answered, in one event', () => {
    const { line, one, two, claims } = bothClaimed();
    const { bob, carol } = line;
    bob.book.accept(...claims);
    const answers = [one, two].map(({ onward }) => said(line, bob, onward, 'active'));
    carol.book.accept(must(answers[0], 'answer'));
    expect(hopAt(carol, one.onward).status).toBe('confirmed');
    const decision = decideAt(carol, must(answers[1], 'answer'));
    expect(decision).toMatchObject({
      events: [
        { type: 'HopConfirmed' },
        { type: 'DeliveryFinalized', data: { amount: 1_000n, missing: [] } },
      ],
    });
    carol.book.accept(must(answers[1], 'answer'));
    expect(carol.book.state.deliveries.get(line.asked.id)).toMatchObject({ ended: true });
    expect(carol.book.state.intents.get(line.asked.id)?.paid).toBe(true);
  });

  test('names the parts whose payer denied them', () => {
    const { line, one, two, claims } = bothClaimed();
    const { bob, carol } = line;
    bob.book.accept(claims[0]);
    setClock(bob, hopAt(bob, two.onward).terms.deadline);
    bob.book.lapse();
    const denial = said(line, bob, two.onward, 'lapsed');
    expect(eventsOf(decideAt(carol, denial)).map(([type]) => type)).toEqual(['HopLapsed']);
    carol.book.accept(denial);
    const { part } = hopAt(carol, two.onward).terms;
    expect(decideAt(carol, said(line, bob, one.onward, 'active'))).toMatchObject({
      events: [
        { type: 'HopConfirmed' },
        {
          type: 'DeliveryFinalized',
          data: { amount: 400n, missing: [{ part, amount: 600n }] },
        },
      ],
    });
  });

  test('is paid for the others when one payer never answers: it gives that claim up after 14 days', () => {
    const { line, one, two, claims } = bothClaimed();
    const { bob, carol } = line;
    bob.book.accept(claims[0]);
    carol.book.accept(said(line, bob, one.onward, 'active'));
    const { part, deadline } = hopAt(carol, two.onward).terms;
    const givenUp = () => release(line, carol, two.onward, { reason: 'unanswered' });
    setClock(carol, deadline + CLAIM_MEMORY_MS - 1);
    expect(decideAt(carol, givenUp())).toEqual(refused('hop_already_claimed', '/body/voucher'));
    setClock(carol, deadline + CLAIM_MEMORY_MS);
    const word = givenUp();
    expect(decideAt(carol, word)).toMatchObject({
      events: [
        { type: 'HopLapsed', data: { why: 'denied', reason: 'unanswered', receipt: word.id } },
        {
          type: 'DeliveryFinalized',
          data: { amount: 400n, missing: [{ part, amount: 600n }] },
        },
      ],
    });
    carol.book.accept(word);
    expect(decideAt(carol, word)).toEqual({ kind: 'duplicate' });
    const hop = hopAt(carol, two.onward);
    expect(objectId(hopReceiptOf(hop, 'lapsed'))).toBe(word.id);
    expect(word.body.prev).toBe(objectId(hopReceiptOf(hop, 'active')));
    const held = [...carol.book.state.edges.values()].map(
      (edge) => edge.heldFromA + edge.heldFromB,
    );
    expect(held).toEqual([0n]);
  });

  test('has nothing, and no event, when every payer denied it', () => {
    const { line, one, two } = bothClaimed();
    const { bob, carol } = line;
    setClock(bob, hopAt(bob, two.onward).terms.deadline);
    bob.book.lapse();
    for (const { onward } of [one, two]) carol.book.accept(said(line, bob, onward, 'lapsed'));
    expect(carol.book.events.some(({ type }) => type === 'DeliveryFinalized')).toBe(false);
    expect(carol.book.state.deliveries.get(line.asked.id)).toMatchObject({
      vouchers: [],
      ended: true,
    });
    expect(carol.book.state.intents.get(line.asked.id)?.paid).toBe(false);
  });

  test('is told by a late denial too', () => {
    const { line, one, two, claims } = bothClaimed();
    const { bob, carol } = line;
    bob.book.accept(claims[0]);
    setClock(bob, hopAt(bob, two.onward).terms.deadline);
    bob.book.lapse();
    carol.book.accept(said(line, bob, one.onward, 'active'));
    expect(decideAt(carol, said(line, bob, two.onward, 'lapsed'))).toMatchObject({
      events: [{ type: 'HopLapsed' }, { type: 'DeliveryFinalized', data: { amount: 400n } }],
    });
  });
});
