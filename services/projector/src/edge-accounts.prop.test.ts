// Goal: interest, reassigns and settlements reach the tables of every book that they concern, and add
// up. Method: random lives of two edges at three ends, each book with a projection of its own.

import {
  createEnds,
  DEBTOR,
  deliver,
  type Ends,
  FROM,
  holdHop,
  move,
  propose,
  settle,
  settleDown,
  stepHop,
} from '@atomicity/kernel/testing/edge-ends';
import type { TestBook } from '@atomicity/kernel/testing/test-book';
import { AGENT, HOUR, ORIGIN } from '@atomicity/kernel/testing/world';
import { amount } from '@atomicity/kernel/units/amount';
import { unixMs } from '@atomicity/kernel/units/time';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { dumpRows } from './reconcile/dump.ts';
import { amountOf, bigOf, numberOf } from './sqlite/projection-file.ts';
import { accountStatement } from './statement/account-statement.ts';
import { FedProjection } from './testing/fed-projection.ts';

type Step = {
  readonly do: 'hold' | 'pay' | 'step' | 'settle' | 'move' | 'propose' | 'deliver' | 'wait';
  readonly n: number;
  readonly value: bigint;
};

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    do: fc.constantFrom(
      'pay' as const,
      'pay' as const,
      'hold' as const,
      'step' as const,
      'settle' as const,
      'move' as const,
      'propose' as const,
      'deliver' as const,
      'wait' as const,
    ),
    n: fc.nat(7),
    value: fc.bigInt({ min: 1n, max: 5_000n }),
  }),
  { minLength: 4, maxLength: 40 },
);

function live(ends: Ends, { do: what, n, value }: Step): void {
  const edge = n % 2 === 0 ? ends.fromEdge : ends.toEdge;
  if (what === 'pay') {
    holdHop(ends, edge, AGENT, amount(value));
    const hop = ends.hops.at(-1);
    if (hop !== undefined) while (hop.stage < 4) stepHop(ends, hop);
  }
  if (what === 'hold') holdHop(ends, edge, AGENT, amount(value));
  if (what === 'settle') settle(ends, ends.fromEdge, FROM, amount(value));
  if (what === 'move') move(ends, amount(value));
  if (what === 'propose') {
    settleDown(ends);
    propose(ends, edge);
  }
  if (what === 'deliver') deliver(ends, n);
  if (what === 'step') {
    const hop = ends.hops[n % Math.max(1, ends.hops.length)];
    if (hop !== undefined) stepHop(ends, hop);
  }
  if (what === 'wait') {
    for (const book of Object.values(ends.books))
      book.now = unixMs(book.now + (n + 1) * 100 * HOUR);
  }
}

function checkRows(book: TestBook, { projection: { file } }: FedProjection): void {
  for (const [id, edge] of book.state.edges.entries()) {
    const row = file.one('SELECT * FROM edges WHERE edge = ?', id);
    if (row === undefined) throw new Error('no edge');
    expect(amountOf(row, 'balance')).toBe(edge.balance);
    expect(numberOf(row, 'state_sequence')).toBe(edge.state?.terms.sequence ?? 0);
    // What entries say moved between the two parties is what the edge says now.
    const moved = file.all(
      'SELECT * FROM entries WHERE party = ? AND counterparty = ?',
      edge.terms.a,
      edge.terms.b,
    );
    expect(moved.reduce((sum, entry) => sum + amountOf(entry, 'delta'), 0n)).toBe(edge.balance);
  }
  const net = file.all('SELECT * FROM balances').map((row) => bigOf(row, 'net'));
  expect(net.reduce((sum, one) => sum + one, 0n)).toBe(0n);
}

it('whatever happens to an edge, rows add up and come back by replay', () => {
  fc.assert(
    fc.property(steps, (list) => {
      const ends = createEnds({ rateBps: 1_000 });
      const books = Object.values(ends.books);
      const fed = books.map((book) => new FedProjection(ORIGIN, book.events));
      try {
        for (const step of list) live(ends, step);
        settleDown(ends);
        for (const [i, each] of fed.entries()) {
          each.catchUp();
          const book = books[i];
          if (book !== undefined) checkRows(book, each);
          const { file } = each.projection;
          const before = [...dumpRows(file)];
          each.projection.reset();
          each.catchUp();
          expect([...dumpRows(each.projection.file)]).toEqual(before);
        }
      } finally {
        for (const each of fed) each.close();
      }
    }),
    { numRuns: 25, verbose: 1 },
  );
});

it('a statement says why a position moved', () => {
  const ends = createEnds({ rateBps: 1_000 });
  const { debtor } = ends.books;
  const fed = new FedProjection(ORIGIN, debtor.events);
  try {
    live(ends, { do: 'pay', n: 0, value: 5_000n });
    // A state begins the time that interest is for.
    live(ends, { do: 'propose', n: 0, value: 1n });
    settleDown(ends);
    for (let i = 0; i < 3; i++) live(ends, { do: 'wait', n: 7, value: 1n });
    live(ends, { do: 'propose', n: 0, value: 1n });
    settleDown(ends);
    live(ends, { do: 'move', n: 0, value: 300n });
    live(ends, { do: 'settle', n: 0, value: 200n });
    settleDown(ends);
    fed.catchUp();
    const query = { party: DEBTOR.id, from: 0, to: Number.MAX_SAFE_INTEGER };
    const { lines } = accountStatement(fed.projection.file, 0, query);
    expect(lines.map(({ kind, debit, credit }) => [kind, debit, credit])).toEqual([
      ['opening', 0n, 0n],
      ['hop', 5_000n, 0n],
      // 5000 · 10 % · 2400 h / 8760 h = 136.98…, rounded toward zero.
      ['carry', 136n, 0n],
      ['reassign', 0n, 300n],
      ['reassign', 300n, 0n],
      ['settlement', 0n, 200n],
      ['closing', 0n, 0n],
    ]);
    expect(lines.at(-1)?.balance).toBe(-4_936n);
  } finally {
    fed.close();
  }
});
