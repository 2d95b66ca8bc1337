// Goal: an erased payload is gone from the store and the book still opens, with the same state.
// Method: erase an intent's payload through the writer, restart with and without the snapshot.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryEventStore } from '@atomicity/event-log/memory/memory-event-store';
import { stateHash } from '@atomicity/kernel/book/state-codec';
import { eventId } from '@atomicity/kernel/log/envelope';
import { delegation } from '@atomicity/kernel/testing/accounts';
import { intent } from '@atomicity/kernel/testing/payments';
import {
  createWorld,
  GPU,
  HOUR,
  OPERATOR,
  START,
  STREAM,
  through,
} from '@atomicity/kernel/testing/world';
import { unixMs } from '@atomicity/kernel/units/time';
import { afterAll, describe, expect, it } from 'vitest';
import { inAWord, openTestWriter } from '../testing/test-writer.ts';
import { type BookSnapshots, FileSnapshots, MemorySnapshots } from './snapshots.ts';

const directory = mkdtempSync(join(tmpdir(), 'atomicity-snapshots-'));
afterAll(() => rmSync(directory, { recursive: true }));
let files = 0;

async function erased(snapshots: BookSnapshots) {
  const world = createWorld();
  const store = new MemoryEventStore();
  const { writer, clock } = await openTestWriter(store, { snapshots });
  const asked = intent(world, GPU, 5n, { expiresAt: unixMs(START + HOUR) });
  for (const object of [delegation(world, GPU), delegation(world, OPERATOR), asked]) {
    expect(inAWord(await writer.submit(object.id, object))).toBe('accepted');
  }
  // Nothing needs the intent any more once it has expired.
  clock.time += 3 * HOUR;
  const target = await idAt(store, 3);
  const erasure = world.object(
    { v: 1, type: 'PayloadErasure', eventId: target, reason: 'request', nonce: world.nonce() },
    through(OPERATOR),
  );
  expect(inAWord(await writer.submit(erasure.id, erasure))).toBe('accepted');
  return { world, store, writer, clock, asked };
}

async function idAt(store: MemoryEventStore, revision: number) {
  for await (const { eventId } of store.readStream(STREAM, revision, 1)) return eventId;
  throw new Error('no event');
}

async function payloads(store: MemoryEventStore): Promise<readonly (string | null)[]> {
  const texts: (string | null)[] = [];
  for await (const { payload } of store.readStream(STREAM, 0, 100)) texts.push(payload);
  return texts;
}

describe.each([
  ['in memory', () => new MemorySnapshots()],
  ['in a file', () => new FileSnapshots(directory, `book-${files++}`)],
] as const)('given an erased payload and a snapshot %s', (_name, snapshotsOf) => {
  it('the answer comes after payload and salt are gone, and the rest stays', async () => {
    const { store } = await erased(snapshotsOf());
    const texts = await payloads(store);
    expect(texts.map((text) => text === null)).toEqual([false, false, false, true, false]);
  });

  it('a restart gives the same state, and knows the erased command’s id', async () => {
    const snapshots = snapshotsOf();
    const { store, writer, clock, asked, world } = await erased(snapshots);
    const restarted = await openTestWriter(store, { snapshots }, clock.time);
    expect(stateHash(restarted.writer.flushedState())).toBe(stateHash(writer.flushedState()));
    const other = intent(world, GPU, 6n, { expiresAt: unixMs(START + 50 * HOUR) });
    expect(inAWord(await restarted.writer.submit(asked.id, other))).toBe(
      'exists_with_different_payload',
    );
  });
});

it('without the snapshot the book refuses to open, and says why', async () => {
  const { store } = await erased(new MemorySnapshots());
  await expect(openTestWriter(store)).rejects.toMatchObject({
    code: 'payload_erased',
    outcome: 'not_applied',
    facts: { revision: 3 },
  });
});

it('a store that lacks what the snapshot has seen is refused', async () => {
  const snapshots = new MemorySnapshots();
  await erased(snapshots);
  await expect(openTestWriter(new MemoryEventStore(), { snapshots })).rejects.toMatchObject({
    code: 'stream_behind_snapshot',
    facts: { snapshotRevision: 4, streamRevision: -1 },
  });
});

it('an erasure that the log holds is repeated at the next start', async () => {
  const snapshots = new MemorySnapshots();
  const { store, clock } = await erased(snapshots);
  const asked: string[] = [];
  store.erasePayload = async (id) => {
    asked.push(id);
    return 'already_erased';
  };
  await openTestWriter(store, { snapshots }, clock.time);
  expect(asked).toEqual([await idAt(store, 3)]);
});

it('an order for an id that nothing has yet does not touch the event that takes it later', async () => {
  const world = createWorld();
  const store = new MemoryEventStore();
  const { writer, clock } = await openTestWriter(store, { snapshots: new MemorySnapshots() });
  for (const object of [delegation(world, GPU), delegation(world, OPERATOR)]) {
    expect(inAWord(await writer.submit(object.id, object))).toBe('accepted');
  }
  const asked = intent(world, GPU, 5n, { expiresAt: unixMs(START + HOUR) });
  const early = world.object(
    {
      v: 1,
      type: 'PayloadErasure',
      eventId: eventId(STREAM, asked.id, 0),
      reason: 'too early',
      nonce: world.nonce(),
    },
    through(OPERATOR),
  );
  expect(inAWord(await writer.submit(early.id, early))).toBe('accepted');
  expect(inAWord(await writer.submit(asked.id, asked))).toBe('accepted');
  const restarted = await openTestWriter(store, {}, clock.time);
  expect(stateHash(restarted.writer.flushedState())).toBe(stateHash(writer.flushedState()));
  expect((await payloads(store)).every((text) => text !== null)).toBe(true);
});
