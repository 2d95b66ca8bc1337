// Goal: a statement adds up. Method: a book of payments, read as a whole and cut at every time.
import { MemoryEventStore } from '@atomicity/event-log/memory/memory-event-store';
import { afterEach, describe, expect, it } from 'vitest';
import { readBalances } from '../rows/read-rows.ts';
import { BookWorld } from '../testing/book-world.ts';
import { LogHarness } from '../testing/log-harness.ts';
import { accountStatement, type StatementLine } from './account-statement.ts';
import { formatDecimal, statementCsv } from './statement-csv.ts';

let harness: LogHarness;
afterEach(async () => {
  await harness.close();
});

async function book(): Promise<BookWorld> {
  const world = new BookWorld('statement');
  world.pay({ provider: 0, units: 1_500_000n, fee: 1n, ending: 'spent' });
  world.advance(1_000);
  world.pay({ provider: 1, units: 250_000n, ending: 'spent' });
  world.pay({ provider: 1, units: 900_000n, ending: 'void' });
  world.advance(1_000);
  world.pay({ provider: 0, units: 7n, ending: 'spent' });
  harness = await LogHarness.open(() => new MemoryEventStore());
  await harness.append(world.stream, world.events);
  await harness.settled();
  return world;
}

const moves = (lines: readonly StatementLine[]) =>
  lines.map(({ kind, debit, credit, balance }) => [kind, debit, credit, balance]);

describe('a statement', () => {
  it('lists what moved, between the opening and the closing balance', async () => {
    const world = await book();
    const { file, asOf } = harness.projector.projection;
    const whole = { party: world.agent, from: 0, to: world.now + 1 };
    const { lines, logIndex } = accountStatement(file, asOf.logIndex, whole);
    expect(logIndex).toBe(world.events.length - 1);
    expect(moves(lines)).toEqual([
      ['opening', 0n, 0n, 0n],
      ['payment', 1_500_001n, 0n, -1_500_001n],
      ['payment', 250_000n, 0n, -1_750_001n],
      ['payment', 7n, 0n, -1_750_008n],
      ['closing', 0n, 0n, -1_750_008n],
    ]);
    expect(lines.map(({ counterparty }) => counterparty)).toEqual([
      null,
      world.providers[0],
      world.providers[1],
      world.providers[0],
      null,
    ]);
    expect(readBalances(file, world.agent)).toMatchObject([{ net: '-1750008' }]);
    expect(accountStatement(file, asOf.logIndex, { ...whole, party: 'pk:nobody' }).lines).toEqual(
      [],
    );
  });

  it('cut at any time, continues where the one before ended', async () => {
    const world = await book();
    const { file, asOf } = harness.projector.projection;
    for (const cut of new Set(world.events.flatMap(({ at }) => [at, at + 1]))) {
      const read = (from: number, to: number) =>
        accountStatement(file, asOf.logIndex, { party: world.agent, from, to }).lines;
      const [early, late] = [read(0, cut), read(cut, world.now + 1)];
      expect(late[0]?.balance).toBe(early.at(-1)?.balance);
      expect(early.length + late.length).toBe(read(0, world.now + 1).length + 2);
    }
  });

  it('as CSV is exact and quoted', async () => {
    const world = await book();
    const { file, asOf } = harness.projector.projection;
    const query = { party: world.providers[1] ?? '', from: 0, to: world.now + 1 };
    const statement = accountStatement(file, asOf.logIndex, query);
    const event = statement.lines[1]?.event;
    expect([...statementCsv(statement)].join('')).toBe(
      [
        'time,kind,event,counterparty,denomination,debit,credit,balance',
        ',opening,,,USD/6,,,0.000000',
        `2023-11-14T22:13:21.000Z,payment,${event},${world.agent},USD/6,0.000000,0.250000,0.250000`,
        ',closing,,,USD/6,,,0.250000',
        '',
      ].join('\r\n'),
    );
  });

  it('writes decimals without rounding', () => {
    expect(formatDecimal(-1n, 6)).toBe('-0.000001');
    expect(formatDecimal(2n ** 63n - 1n, 0)).toBe('9223372036854775807');
    expect(formatDecimal(2n ** 63n - 1n, 9)).toBe('9223372036.854775807');
  });
});
