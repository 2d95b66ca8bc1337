// Goal: what a receiver may ask for. Method: a decide table with exact outcomes.
import { expect, test } from 'vitest';
import { intent } from '../testing/payments.ts';
import { decideRow, type Row, refused } from '../testing/table.ts';
import { GPU, START } from '../testing/world.ts';

const rows: readonly Row[] = [
  {
    name: 'a receiver asks to be paid',
    when: ({ world }) => intent(world, GPU, 5n),
    gives: (_, { id, body }) => {
      if (body.type !== 'PaymentIntent') throw new Error('no intent');
      const { receiver, denomination, amount: value, expiresAt, policyHash } = body;
      const { constraints, delivery } = body;
      const terms = { receiver, denomination, amount: value, expiresAt, policyHash, delivery };
      return {
        kind: 'accepted',
        events: [{ type: 'IntentRecorded', data: { intent: id, ...terms, ...constraints } }],
      };
    },
  },
  {
    name: 'the same intent again',
    when: ({ world, book }) => {
      const object = intent(world, GPU, 5n);
      book.accept(object);
      return object;
    },
    gives: { kind: 'duplicate' },
  },
  {
    name: 'an intent over nothing',
    when: ({ world }) => intent(world, GPU, 0n),
    gives: refused('amount_zero', '/body/amount'),
  },
  {
    name: 'an intent that has expired',
    when: ({ world }) => intent(world, GPU, 5n, { expiresAt: START }),
    gives: refused('expired', '/body/expiresAt', { now: START, expiresAt: START }),
  },
];

test.each(rows)('$name', (row) => {
  const { expected, actual } = decideRow(row);
  expect(actual).toEqual(expected);
});
