// Goal: a log is read in full while its node writes it, and the node never notices.
// Method: a real store and sequencer, and a reader opened beside them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { taggedTextHash } from '@atomicity/kernel/codec/tagged-hash';
import { parseStreamId, type StreamId } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { nodeNoteSigner } from '../checkpoint/node-signer.ts';
import type { NewEvent } from '../port.ts';
import { openSqliteEventStore, type SqliteEventStore } from '../sqlite/sqlite-event-store.ts';
import { LogReader } from './log-reader.ts';
import { openSequencer, type Sequencer } from './sequencer.ts';

const directory = mkdtempSync(join(tmpdir(), 'atomicity-reader-'));
const stream = parseStreamId('5'.repeat(32)) as StreamId;
const signer = nodeNoteSigner('test.example/reader', new Uint8Array(32).fill(7));
let store: SqliteEventStore;
let sequencer: Sequencer;
let appended = 0;

async function append(count: number): Promise<void> {
  const events = Array.from({ length: count }, (_, i): NewEvent => {
    const n = appended + i;
    const eventId = taggedTextHash('Event', String(n));
    return { eventId, type: 'Tested', at: unixMs(n), payload: `{"n":${n}}`, disclosure: null };
  });
  await store.append(stream, appended - 1, events);
  appended += count;
}

beforeAll(async () => {
  store = await openSqliteEventStore({ directory });
  sequencer = await openSequencer({ store, directory, signer });
  await append(600);
  await sequencer.checkpoint();
  await append(7);
});

afterAll(async () => {
  await sequencer.close();
  await store.close();
  rmSync(directory, { recursive: true });
});

it('shows the checkpoint, and counts what stands behind the tree', async () => {
  const reader = new LogReader(directory);
  expect([reader.origin, reader.size]).toEqual([signer.name, 600]);
  expect(reader.latest()?.note).toBe(sequencer.latest()?.note);
  expect(reader.checkpointNotes(0, 600)).toEqual([sequencer.latest()?.note]);
  expect(Buffer.from(reader.rootAt(600)).equals(sequencer.rootAt(600))).toBe(true);
  expect(await reader.catchUp()).toBe(607);
  expect(await reader.catchUp()).toBe(607);
  await reader.close();
});

it('gives the same events under the same indexes as the sequencer', async () => {
  const reader = new LogReader(directory);
  await reader.catchUp();
  await sequencer.catchUp();
  const read = [];
  const sequenced = [];
  for await (const event of reader.events(590)) read.push(event);
  for await (const event of sequencer.events(590)) sequenced.push(event);
  expect(read).toEqual(sequenced);
  for (const { eventId, index, position } of read) {
    expect(reader.indexOf(eventId)).toBe(index);
    expect(await reader.entry(index)).toEqual({ position });
  }
  expect(await reader.entry(607)).toBeUndefined();
  await reader.close();
});

it('changes nothing and fences nobody off', async () => {
  const reader = new LogReader(directory);
  await expect(reader.store.append(stream, appended - 1, [])).rejects.toMatchObject({
    code: 'store_read_only',
  });
  await append(1);
  expect((await sequencer.checkpoint()).size).toBe(608);
  await reader.close();
});
