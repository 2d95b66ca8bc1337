// Goal: a reconciliation names exactly what differs. Method: tamper with one row, one state, one sum.
import { MemoryEventStore } from '@atomicity/event-log/memory/memory-event-store';
import { ZERO_HASH } from '@atomicity/kernel/units/id';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { booksHash } from '../projection.ts';
import { ORIGIN } from '../testing/book-world.ts';
import { busyBook } from '../testing/busy-book.ts';
import { LogHarness } from '../testing/log-harness.ts';
import { reconcile } from './reconcile.ts';

const { world } = busyBook('reconciled', 6);
const size = world.events.length;
let harness: LogHarness;
beforeEach(async () => {
  harness = await LogHarness.open(() => new MemoryEventStore());
  await harness.append(world.stream, world.events);
  await harness.settled();
});
afterEach(async () => {
  await harness.close();
});

const run = async (ledgerHash = booksHash([world.state]), ledgerSize = size) =>
  await reconcile({
    projection: harness.projector.projection,
    store: harness.store,
    order: harness.order,
    origin: ORIGIN,
    ledger: { size: ledgerSize, stateHash: ledgerHash },
  });

describe('reconcile', () => {
  it('finds nothing where projection, log and ledger agree', async () => {
    expect(await run()).toEqual({ size, differences: [] });
  });

  it('shows a changed row from both sides', async () => {
    const { file } = harness.projector.projection;
    file.run("UPDATE tasks SET spent = spent + 1 WHERE task = 'train' AND spent > 0");
    const { differences } = await run();
    expect(differences).toHaveLength(1);
    const [difference] = differences;
    if (difference?.kind !== 'row') throw new Error('a row differs');
    expect(difference.table).toBe('tasks');
    const spent = (text: string | null): bigint => BigInt(JSON.parse(text ?? '{}').spent);
    expect(spent(difference.projected)).toBe(spent(difference.replayed) + 1n);
  });

  it('shows rows that only one side has', async () => {
    const { file } = harness.projector.projection;
    file.run('DELETE FROM notes WHERE note_index = 0');
    file.run("INSERT INTO streams VALUES ('00', 1, 3)");
    const kinds = (await run()).differences.map((difference) =>
      difference.kind === 'row'
        ? [difference.table, difference.projected !== null, difference.replayed !== null]
        : [],
    );
    expect(kinds).toEqual([
      ['streams', true, false],
      ...kinds.slice(1).map(() => ['notes', false, true]),
    ]);
    expect(kinds.length).toBeGreaterThan(1);
  });

  it('shows a broken sum without needing the replay', async () => {
    const { file } = harness.projector.projection;
    const changed = file.run(
      "UPDATE balances SET net = '1' WHERE party = ? AND denomination = 'USD/6'",
      world.providers[0] ?? '',
    );
    expect(changed).toBe(1);
    const { differences } = await run();
    expect(differences.map(({ kind }) => kind)).toEqual(['sum', 'sum', 'row']);
    expect(differences.slice(0, 2)).toMatchObject([{ rule: 'conservation' }, { rule: 'edges' }]);
  });

  it('shows a ledger in another state, and leaves one of another size out', async () => {
    const { differences } = await run(ZERO_HASH);
    expect(differences).toEqual([
      { kind: 'state', source: 'ledger', hash: ZERO_HASH, replayed: booksHash([world.state]) },
    ]);
    expect((await run(ZERO_HASH, size - 1)).differences).toEqual([]);
  });

  it('stops by name when the log is shorter than the projection', async () => {
    harness.projector.projection.file.run('UPDATE cursor SET size = size + 1');
    await harness.restart();
    await expect(run()).rejects.toMatchObject({ code: 'log_too_short' });
  });
});
