// Goal: the projection depends on the events only. Method: one book over three stores, rebuilds,
// restarts at every cut, an erasure, each compared row by row and byte by byte.
import { join } from 'node:path';
import { ClusterEventStore } from '@atomicity/event-log/memory/cluster-event-store';
import { MemoryEventStore } from '@atomicity/event-log/memory/memory-event-store';
import type { EventStore } from '@atomicity/event-log/port';
import { openSqliteEventStore } from '@atomicity/event-log/sqlite/sqlite-event-store';
import { encodeState, stateHash } from '@atomicity/kernel/book/state-codec';
import { hashFromBytes } from '@atomicity/kernel/units/id';
import { afterEach, describe, expect, it } from 'vitest';
import { loggedEvent } from './logged-event.ts';
import { Projection } from './projection.ts';
import { dumpDigest, dumpRows } from './reconcile/dump.ts';
import { ORIGIN } from './testing/book-world.ts';
import { busyBook } from './testing/busy-book.ts';
import { LogHarness } from './testing/log-harness.ts';

type MakeStore = (directory: string) => Promise<EventStore> | EventStore;

const stores: readonly (readonly [string, MakeStore])[] = [
  ['memory', () => new MemoryEventStore()],
  ['cluster', () => new ClusterEventStore()],
  ['sqlite', (directory) => openSqliteEventStore({ directory: join(directory, 'log') })],
];

const opened: LogHarness[] = [];
const open = async (make: MakeStore, options = {}): Promise<LogHarness> => {
  const harness = await LogHarness.open(make, options);
  opened.push(harness);
  return harness;
};
afterEach(async () => {
  for (const harness of opened.splice(0)) await harness.close();
});

const { world } = busyBook('one book');

describe.each(stores)('over the %s store', (name, make) => {
  it('gives the rows of any other store, and the same again when rebuilt', async () => {
    const harness = await open(make, { snapshotEvery: 20 });
    await harness.append(world.stream, world.events);
    await harness.settled();
    const { projection } = harness.projector;
    const live = [...dumpRows(projection.file)];
    const states = projection.encodeStates();
    const reference = await open(() => new MemoryEventStore());
    await reference.append(world.stream, world.events, 1);
    await reference.settled();
    expect(live, name).toEqual([...dumpRows(reference.projector.projection.file)]);
    expect(live.length).toBeGreaterThan(80);
    expect(states).toEqual([encodeState(world.state)]);
    await harness.projector.rebuild();
    expect(dumpDigest(projection.file)).toBe(dumpDigest(reference.projector.projection.file));
    expect(projection.encodeStates()).toEqual(states);
  });
});

describe('a projector that lets events gather', () => {
  it('lets nobody who waits for an event wait longer, nor whoever stops it', async () => {
    const harness = await open(() => new MemoryEventStore(), { gatherMs: 3_600_000 });
    for (let start = 0; start < world.events.length; start += 10) {
      await harness.append(world.stream, world.events.slice(start, start + 10), 1);
      await harness.settled();
    }
    expect(harness.projector.projection.encodeStates()).toEqual([encodeState(world.state)]);
    await harness.projector.stop();
  });
});

describe('a projection', () => {
  it('stands where it stood after a restart between any two events', async () => {
    const harness = await open(() => new MemoryEventStore(), { snapshotEvery: 10 });
    await harness.append(world.stream, world.events);
    await harness.settled();
    const { projection } = harness.projector;
    const path = join(harness.directory, 'projection.sqlite.cuts');
    let cut = new Projection(path, ORIGIN);
    let index = 0;
    for await (const event of harness.store.readAll('start')) {
      cut.apply([loggedEvent(index, event)]);
      index += 1;
      if (index % 9 === 0) cut.checkpoint(hashFromBytes(harness.order.rootAt(index)));
      if (index % 4 !== 0) continue;
      cut.close();
      cut = new Projection(path, ORIGIN);
      expect(cut.size).toBe(index);
      for await (const missed of harness.order.events(cut.nextIndex, index - cut.nextIndex)) {
        cut.apply([loggedEvent(missed.index, missed)]);
      }
    }
    expect(dumpDigest(cut.file)).toBe(dumpDigest(projection.file));
    expect(cut.encodeStates()).toEqual(projection.encodeStates());
    cut.close();
  });

  it('goes on from its snapshot when its process starts again', async () => {
    const harness = await open(() => new ClusterEventStore(), { snapshotEvery: 10 });
    const half = Math.floor(world.events.length / 2);
    await harness.append(world.stream, world.events.slice(0, half));
    await harness.settled();
    await harness.restart();
    await harness.append(world.stream, world.events.slice(half));
    await harness.settled();
    const reference = await open(() => new MemoryEventStore());
    await reference.append(world.stream, world.events);
    await reference.settled();
    expect([...dumpRows(harness.projector.projection.file)]).toEqual([
      ...dumpRows(reference.projector.projection.file),
    ]);
  });

  it('records log size, log root and state hash in each checkpoint', async () => {
    const harness = await open(() => new MemoryEventStore());
    await harness.append(world.stream, world.events);
    await harness.settled();
    const checkpoint = await harness.projector.checkpoint();
    expect(checkpoint.size).toBe(world.events.length);
    expect(checkpoint.root).toBe(hashFromBytes(harness.order.rootAt(world.events.length)));
    expect(checkpoint.stateHash).toBe(harness.projector.projection.stateHash());
    expect(harness.projector.projection.lastCheckpoint()).toEqual(checkpoint);
    const book = harness.projector.projection.book(world.stream);
    expect(book && stateHash(book)).toBe(stateHash(world.state));
  });

  it('passes over the streams of other services, and counts them', async () => {
    const harness = await open(() => new MemoryEventStore());
    const other = { ...world.events[0], eventId: world.draw(), type: 'AnchorPlanned' };
    await harness.append('f'.repeat(32), [other as (typeof world.events)[number]]);
    await harness.append(world.stream, world.events);
    await harness.settled();
    expect(harness.projector.projection.size).toBe(world.events.length + 1);
    expect(harness.projector.projection.encodeStates()).toEqual([encodeState(world.state)]);
  });

  it('refuses a hole in the log and stays where it was', async () => {
    const harness = await open(() => new MemoryEventStore());
    await harness.append(world.stream, world.events.slice(0, 3));
    await harness.settled();
    const { projection } = harness.projector;
    const before = dumpDigest(projection.file);
    const [event] = await harness.order.entries(0, 1);
    if (event === undefined) throw new Error('no event');
    const repeated = { ...event, payload: world.events[0]?.payload ?? null, salt: null };
    expect(() => projection.apply([loggedEvent(5, repeated)])).toThrow('log_gap');
    expect(() => projection.apply([loggedEvent(3, repeated)])).toThrow('revisions have no gaps');
    expect([projection.size, projection.nextIndex]).toEqual([3, 3]);
    expect(dumpDigest(projection.file)).toBe(before);
  });
});
