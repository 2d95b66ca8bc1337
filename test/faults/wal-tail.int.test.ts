/**
 * Goal, with npm alone: the files hold an append before it is acknowledged, and a torn end of the log costs
 * nothing that was. Method: after each acknowledgement the length of SQLite's log is noted; then the log is
 * cut, or filled with noise, at random places behind that length, and the store opened.
 *
 * What this does not show is a missing sync, because the page cache answers as the disk would. That the
 * writer runs with `synchronous = FULL` is checked here; that it syncs is shown by power-loss/.
 */

import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openForWriting } from '@atomicity/event-log/sqlite/database';
import { openSqliteEventStore } from '@atomicity/event-log/sqlite/sqlite-event-store';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { seeded } from './acknowledged.ts';
import { exampleEvent, exampleStream } from './example-events.ts';

const SEED = Number(process.env['SEED'] ?? 20261121);
const APPENDS = 30;
const CUTS = 40;
console.log(`wal-tail: seed ${SEED}, ${CUTS} cuts`);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'atomicity-wal-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('what was acknowledged survives any damage behind it', async () => {
  const random = seeded(SEED);
  const directory = join(folder, 'store');
  const store = await openSqliteEventStore({ directory });
  const log = join(directory, 'events.db-wal');
  const lengths: number[] = [];
  for (let n = 0; n < APPENDS; n += 1) {
    await store.append(exampleStream(1), n - 1, [exampleEvent(0, 1, n)]);
    lengths.push(statSync(log).size);
  }
  for (let cut = 0; cut < CUTS; cut += 1) {
    const copy = join(folder, `cut-${cut}`);
    cpSync(directory, copy, { recursive: true });
    rmSync(join(copy, 'events.db-shm'));
    const whole = readFileSync(join(copy, 'events.db-wal'));
    const at =
      Math.floor(lengths[0] ?? 0) + Math.floor(random() * (whole.length - (lengths[0] ?? 0)));
    const damaged = cut % 2 === 0 ? whole.subarray(0, at) : whole.fill(cut, at);
    writeFileSync(join(copy, 'events.db-wal'), damaged);
    const acknowledged = lengths.filter((length) => length <= at).length;
    const reopened = await openSqliteEventStore({ directory: copy, integrityCheck: 'full' });
    let found = 0;
    for await (const event of reopened.readStream(exampleStream(1), 0, APPENDS)) {
      expect(event.payload).toBe(exampleEvent(0, 1, event.revision).payload);
      found += 1;
    }
    expect(found).toBeGreaterThanOrEqual(acknowledged);
    await reopened.close();
  }
  await store.close();
});

test('the writer asks SQLite to sync every commit', () => {
  const database = openForWriting(folder, 'FULL');
  const pragmas = ['journal_mode', 'synchronous', 'secure_delete'].map((name) =>
    database.pragma(name, { simple: true }),
  );
  database.close();
  expect(pragmas).toEqual(['wal', 2, 1]);
});
