// Goal: one cycle of a fleet, from keys to attestation. Method: submit every object in order, look
// at every event type and at the totals on the way.
import { expect, test } from 'vitest';
import { attestation, erasure, pairClose, periodClose } from '../testing/closes.ts';
import { granted, intent, receipt, voidReceipt } from '../testing/payments.ts';
import { advance, createFleet } from '../testing/test-book.ts';
import { CLOUD, GPU, HOUR } from '../testing/world.ts';
import { decodeState, encodeState, stateHash } from './state-codec.ts';

test('a period is granted, paid, voided, lapsed, closed and attested', () => {
  const { world, book, gpuEdge, cloudEdge, budget, period } = createFleet();
  const hold = (payee: typeof GPU, value: bigint) => {
    const asked = intent(world, payee, value);
    book.accept(asked);
    const edge = payee === GPU ? gpuEdge : cloudEdge;
    const voucher = granted(world, book.state, asked, edge, budget, { at: book.now });
    book.accept(voucher);
    return voucher;
  };
  const paid = hold(GPU, 100n);
  const voided = hold(GPU, 50n);
  const lapsed = hold(CLOUD, 300n);
  expect(book.state.budgets.get(budget)).toMatchObject({ committed: 450n, spent: 0n });
  book.accept(receipt(world, book.state, paid), voidReceipt(world, voided));
  advance(book, 2 * HOUR);
  expect(book.lapse().map((event) => event.type)).toEqual(['HoldLapsed']);
  expect(book.state.budgets.get(budget)).toMatchObject({ committed: 0n, spent: 100n });
  book.accept(pairClose(world, book.state, period, CLOUD));
  const close = periodClose(world, book.state, budget, { final: true });
  book.accept(close);
  const closed = book.state.periods.get(period)?.closed;
  expect(closed?.statuses).toEqual(['spent', 'void', 'unspent']);
  expect(closed?.periodTotals).toEqual({ total: 100n, categories: [100n, 0n] });
  book.accept(attestation(world, book.state, budget, 0));
  expect(book.state.bound.size).toBe(0);
  const paidEvent = book.events.find((event) => event.type === 'PaymentFinalized');
  book.accept(erasure(world, paidEvent?.eventId ?? period));
  expect(book.state.holds.size + book.state.ended.size).toBe(0);
  const text = encodeState(book.state);
  expect(encodeState(decodeState(text))).toBe(text);
  expect(stateHash(book.state)).toMatch(/^[0-9a-f]{64}$/);
  expect(lapsed.body.grant?.index).toBe(2);
});
