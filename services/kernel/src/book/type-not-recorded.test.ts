// Goal: what only travels between neighbours never enters a book. Method: a decide table.
import { expect, test } from 'vitest';
import { decideRow, type Row, refused } from '../testing/table.ts';
import { AGENT, GPU, through, USD } from '../testing/world.ts';

const rows: readonly Row[] = [
  {
    name: 'a reading of a clock',
    when: ({ world, book }) =>
      world.object(
        {
          v: 1,
          type: 'ClockReading',
          party: GPU.id,
          peer: AGENT.id,
          at: book.now,
          nonce: world.nonce(),
        },
        through(GPU),
      ),
    gives: refused('type_not_recorded', '/body/type'),
  },
  {
    name: 'a hint to a neighbour',
    when: ({ world }) =>
      world.object(
        {
          v: 1,
          type: 'RoutingSignal',
          origin: GPU.id,
          region: '0a1b',
          denomination: USD,
          magnitude: 6,
          observed: 'success',
          sample: 3,
          sequence: 1,
          ttlMs: 120_000,
          nonce: world.nonce(),
        },
        through(GPU),
      ),
    gives: refused('type_not_recorded', '/body/type'),
  },
];

test.each(rows)('$name', (row) => {
  const { expected, actual } = decideRow(row);
  expect(actual).toEqual(expected);
});
