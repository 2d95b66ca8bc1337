// Goal: the largest amounts are refused or kept, and never break the book. Method: a side that is owed the
// most that an edge carries may spend that and its credit: twice the most, were holds not bounded too.
import { expect, test } from 'vitest';
import { delegation, edge } from '../testing/accounts.ts';
import { intent, receipt, voucher } from '../testing/payments.ts';
import { createTestBook } from '../testing/test-book.ts';
import { AGENT, createWorld, GPU } from '../testing/world.ts';
import { AMOUNT_MAX, amount } from '../units/amount.ts';

test('open holds of one side stay within what an amount can say', () => {
  const world = createWorld();
  const book = createTestBook();
  const most = amount(AMOUNT_MAX);
  const credit = edge(world, AGENT, GPU, { limitA: most, limitB: most });
  book.accept(delegation(world, AGENT), delegation(world, GPU), credit);
  const first = intent(world, AGENT, AMOUNT_MAX);
  const paid = voucher(world, first, credit.id, GPU);
  book.accept(first, paid);
  book.accept(receipt(world, book.state, paid, { at: book.now }));
  const asked = [0, 1].map(() => intent(world, GPU, AMOUNT_MAX));
  const [one, two] = asked.map((object) => voucher(world, object, credit.id, AGENT));
  if (one === undefined || two === undefined) throw new Error('no vouchers');
  book.accept(...asked, one);
  expect(book.submit(two)).toMatchObject({
    kind: 'rejected',
    refusal: { reason: 'edge_limit_exceeded', field: '/body/amount' },
  });
  book.accept(receipt(world, book.state, one, { at: book.now }));
  book.accept(two);
  book.accept(receipt(world, book.state, two, { at: book.now }));
  expect(Math.abs(Number(book.state.edges.get(credit.id)?.balance))).toBe(Number(AMOUNT_MAX));
});
