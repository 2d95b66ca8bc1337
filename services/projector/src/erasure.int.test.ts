// Goal: after an erasure no file of the projection holds what the payload revealed, and sums stay.
// Method: search the bytes of every file before and after, rebuild, restart and compare.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MemoryEventStore } from '@atomicity/event-log/memory/memory-event-store';
import { openSqliteEventStore } from '@atomicity/event-log/sqlite/sqlite-event-store';
import type { Hash } from '@atomicity/kernel/units/id';
import { afterEach, describe, expect, it } from 'vitest';
import { erasingAfterProjection } from './erasing-store.ts';
import { Projection } from './projection.ts';
import { dumpRows } from './reconcile/dump.ts';
import { reconcile } from './reconcile/reconcile.ts';
import { readBalances, readPeriod } from './rows/read-rows.ts';
import { accountStatement } from './statement/account-statement.ts';
import { ORIGIN, type Payment } from './testing/book-world.ts';
import { orderErasure } from './testing/budget-world.ts';
import { type BusyBook, busyBook } from './testing/busy-book.ts';
import { LogHarness } from './testing/log-harness.ts';

const ERASED_TYPES = ['IntentRecorded', 'HoldPlaced', 'PaymentFinalized'];

/** What only the payloads of one payment reveal, in every way that a file may write it. */
function traces(payment: Payment): (string | Buffer)[] {
  const [amount = '0'] = payment.secrets;
  const word = Buffer.alloc(8);
  word.writeBigInt64BE(BigInt(amount));
  // SQLite keeps an integer in as few big-endian bytes as it needs: four hold this amount.
  return [...payment.secrets.slice(2), amount, payment.voucher, word.subarray(4)];
}

let harness: LogHarness;
afterEach(async () => {
  await harness.close();
});

/** Fills a log, waits until intents and holds are forgotten, and erases one payment of an attested period. */
async function erase(
  book: BusyBook,
  payments: readonly Payment[],
  whenProjected: (size: number) => Promise<void> = async () => {},
): Promise<void> {
  const { world } = book;
  await harness.append(world.stream, world.events);
  await harness.settled();
  await harness.projector.checkpoint();
  await whenProjected(world.events.length);
  world.advance(600_000);
  for (const payment of payments) {
    for (const type of ERASED_TYPES) {
      const id = payment.events.get(type);
      if (id !== undefined) orderErasure(world, id);
    }
  }
  await harness.append(world.stream, world.events.slice(harness.projector.projection.size));
  await harness.settled();
}

describe('an erasure', () => {
  it('leaves no trace of the payload in any file, and every sum as it was', async () => {
    harness = await LogHarness.open((directory) =>
      openSqliteEventStore({ directory: join(directory, 'log') }),
    );
    const book = busyBook('to be forgotten');
    const { world, budget, payments } = book;
    const [first] = payments;
    if (first === undefined) throw new Error('no payment');
    let balances: unknown;
    await erase(book, [first], async () => {
      balances = readBalances(harness.projector.projection.file, world.agent);
      // Salt, voucher, and the amount in rows and in the state: the search does find what is there.
      expect(traces(first).map((trace) => harness.filesHolding(trace).length > 0)).toEqual([
        false,
        true,
        false,
        true,
        true,
        true,
      ]);
    });
    const { projection } = harness.projector;
    for (const trace of traces(first))
      expect([trace, harness.filesHolding(trace)]).toEqual([trace, []]);
    expect(readBalances(projection.file, world.agent)).toMatchObject(
      (balances as { net: string }[]).map(({ net }) => ({ net })),
    );
    const files = readdirSync(harness.directory).filter((name) => name.startsWith('projection'));
    expect(files).toContain('projection.sqlite.carry');
    for (const name of files) {
      expect([name, statSync(join(harness.directory, name)).mode & 0o077]).toEqual([name, 0]);
    }
    const period = readPeriod(projection.file, budget, 0);
    expect(period?.count).toBe(12);
    expect(period?.authorizations.map(({ index }) => index)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
    ]);
    const statement = accountStatement(projection.file, projection.asOf.logIndex, {
      party: world.agent,
      from: 0,
      to: 2 ** 48 - 1,
    });
    // The sum is still in the books, without event, time and counterparty.
    expect(statement.lines[1]).toMatchObject({
      kind: 'erased',
      at: null,
      event: null,
      counterparty: null,
    });
  });

  it('lets a rebuild and a restart give the same rows and states', async () => {
    harness = await LogHarness.open(() => new MemoryEventStore());
    const book = busyBook('rebuilt');
    const erased = book.payments.slice(0, 2);
    await erase(book, erased);
    const store = erasingAfterProjection(harness.store, harness.projector);
    for (const { events } of erased) {
      for (const type of ERASED_TYPES) {
        const id = events.get(type);
        if (id !== undefined) expect(await store.erasePayload(id)).toBe('erased');
      }
    }
    book.world.pay({ provider: 0, units: 31_337n, ending: 'spent' });
    await harness.append(
      book.world.stream,
      book.world.events.slice(harness.projector.projection.size),
    );
    await harness.settled();
    const rows = [...dumpRows(harness.projector.projection.file)];
    const states = harness.projector.projection.encodeStates();
    await harness.projector.rebuild();
    expect([...dumpRows(harness.projector.projection.file)]).toEqual(rows);
    expect(harness.projector.projection.encodeStates()).toEqual(states);
    await harness.restart();
    await harness.settled();
    expect([...dumpRows(harness.projector.projection.file)]).toEqual(rows);
    const { projector, order } = harness;
    const compared = await reconcile({
      projection: projector.projection,
      store: harness.store,
      order,
      origin: ORIGIN,
    });
    expect(compared).toEqual({ size: book.world.events.length, differences: [] });
  });

  it('is finished by the next start when a crash came in between', async () => {
    harness = await LogHarness.open(() => new MemoryEventStore());
    const book = busyBook('crashed');
    const [first] = book.payments;
    if (first === undefined) throw new Error('no payment');
    await erase(book, [first]);
    await harness.projector.stop();
    const { projection } = harness.projector;
    // As a crash right after the commit leaves it: rows gone, files not yet rewritten.
    projection.file.run('UPDATE cursor SET erasing = 1');
    projection.close();
    const again = new Projection(harness.projectionPath, ORIGIN);
    expect(again.file.one('SELECT erasing FROM cursor')).toEqual({ erasing: 0n });
    for (const trace of traces(first)) expect(harness.filesHolding(trace)).toEqual([]);
    again.close();
  });

  it('waits in the store until the projection needs the payload no more', async () => {
    harness = await LogHarness.open(() => new MemoryEventStore());
    const { world, payments } = busyBook('in order');
    const [first] = payments;
    const id = first?.events.get('HoldPlaced');
    if (id === undefined) throw new Error('no hold');
    const before = world.events.length;
    await harness.append(world.stream, world.events);
    world.advance(600_000);
    orderErasure(world, id);
    await harness.append(world.stream, world.events.slice(before));
    const store = erasingAfterProjection(harness.store, harness.projector);
    expect(await store.erasePayload(id)).toBe('erased');
    // A start from here on never asks for the payload again, although no checkpoint was made.
    await harness.restart();
    await harness.settled();
    expect(harness.projector.projection.size).toBe(world.events.length);
    await harness.projector.stop();
    orderErasure(world, first?.events.get('IntentRecorded') ?? id);
    await harness.append(world.stream, world.events.slice(-1));
    const behind = erasingAfterProjection(harness.store, harness.projector);
    await expect(behind.erasePayload(id)).rejects.toMatchObject({ code: 'projection_behind' });
  });

  it('that comes before the projection has read the payload stops it by name', async () => {
    harness = await LogHarness.open(() => new MemoryEventStore());
    const { world, payments } = busyBook('too early');
    const id = payments[0]?.events.get('HoldPlaced') as Hash;
    await harness.projector.stop();
    await harness.append(world.stream, world.events);
    await harness.store.erasePayload(id);
    harness.projector.start();
    const reached = await harness.projector.waitForIndex(world.events.length - 1, 30_000);
    expect([reached, harness.projector.failure]).toMatchObject([false, { code: 'payload_erased' }]);
  });
});
