// Goal: whatever an append does, nothing acknowledged is lost and nothing is recorded twice.
// Method: the cluster fake fails the n-th append, persisted or lost; the writer is reopened and every
// command retried under its id, until all are accepted; then the log is compared with a calm run.
import {
  type AppendFault,
  ClusterEventStore,
} from '@atomicity/event-log/memory/cluster-event-store';
import { MemoryEventStore } from '@atomicity/event-log/memory/memory-event-store';
import type { EventStore } from '@atomicity/event-log/port';
import { stateHash } from '@atomicity/kernel/book/state-codec';
import { delegation, edge } from '@atomicity/kernel/testing/accounts';
import { intent, voucher } from '@atomicity/kernel/testing/payments';
import { AGENT, createWorld, GPU, STREAM } from '@atomicity/kernel/testing/world';
import type { VerifiedObject } from '@atomicity/kernel/wire/verified';
import { describe, expect, it } from 'vitest';
import { inAWord, openTestWriter } from '../testing/test-writer.ts';

function commands(): readonly VerifiedObject[] {
  const world = createWorld();
  const line = edge(world, AGENT, GPU);
  const asked = Array.from({ length: 6 }, () => intent(world, GPU, 10n));
  const holds = asked.map((one) => voucher(world, one, line.id, AGENT));
  return [delegation(world, AGENT), delegation(world, GPU), line, ...asked, ...holds];
}

/** Fails the appends at these places, counted over all writers. */
function faultyStore(faults: ReadonlyMap<number, AppendFault>): EventStore {
  let append = 0;
  return new ClusterEventStore(() => faults.get(append++) ?? 'none');
}

async function eventIds(store: EventStore): Promise<string[]> {
  const ids: string[] = [];
  for await (const { eventId } of store.readStream(STREAM, 0, 1000)) ids.push(eventId);
  return ids;
}

/** Opens, submits everything at once, and does it again with a new writer after each failure. */
async function runToTheEnd(store: EventStore, objects: readonly VerifiedObject[]) {
  const acknowledged = new Set<string>();
  for (let attempt = 0; attempt < 20; attempt++) {
    const opened = await openTestWriter(store, { sliceMax: 2 }).catch(() => undefined);
    if (opened === undefined) continue;
    const { writer, fatal } = opened;
    const outcomes = await Promise.all(objects.map((object) => writer.submit(object.id, object)));
    for (const [i, outcome] of outcomes.entries()) {
      const id = objects[i]?.id ?? '';
      if (outcome.kind === 'accepted') acknowledged.add(id);
      // Acknowledged once is acknowledged for ever: later it may only be a duplicate.
      else if (acknowledged.has(id)) expect(inAWord(outcome)).not.toBe('accepted');
    }
    if (fatal.length > 0) {
      expect(writer.failure).toBe(fatal[0]);
      expect(fatal).toHaveLength(1);
      continue;
    }
    return { state: writer.flushedState(), outcomes: outcomes.map(inAWord), acknowledged };
  }
  throw new Error('the faults never ended');
}

describe.each(['persisted', 'lost'] as const)('given an append that fails %s', (kind) => {
  it.each([0, 1, 2, 3, 5, 7])(
    'at place %i, then retries lead to the log of a calm run',
    async (place) => {
      const objects = commands();
      const calm = new MemoryEventStore();
      const wanted = await runToTheEnd(calm, objects);
      const store = faultyStore(new Map([[place, kind]]));
      const got = await runToTheEnd(store, objects);
      expect(await eventIds(store)).toEqual(await eventIds(calm));
      expect(stateHash(got.state)).toBe(stateHash(wanted.state));
      expect(got.outcomes.every((word) => word === 'accepted' || word === 'duplicate')).toBe(true);
      expect(got.acknowledged.size).toBe(objects.length);
    },
  );
});

it('answers unknown to all that waited, and stopped to all after, when a flush fails', async () => {
  const objects = commands();
  const store = faultyStore(new Map([[2, 'persisted']]));
  const { writer, fatal } = await openTestWriter(store, { sliceMax: 2 });
  const outcomes = await Promise.all(objects.map((object) => writer.submit(object.id, object)));
  const answered = outcomes.map(inAWord);
  expect(answered.slice(0, 2)).toEqual(['accepted', 'accepted']);
  expect(new Set(answered.slice(2))).toEqual(new Set(['outcome_unknown', 'stopped']));
  expect(fatal).toHaveLength(1);
  const late = objects[0];
  expect(late && inAWord(await writer.submit('late', late))).toBe('stopped');
});

it('stops when another writer has appended to its stream', async () => {
  const objects = commands();
  const store = new MemoryEventStore();
  const one = await openTestWriter(store);
  const other = await openTestWriter(store);
  const [first, second] = objects;
  if (first === undefined || second === undefined) throw new Error('no commands');
  expect(inAWord(await one.writer.submit('a', first))).toBe('accepted');
  expect(inAWord(await other.writer.submit('b', second))).toBe('outcome_unknown');
  expect(other.fatal).toHaveLength(1);
  expect(one.fatal).toHaveLength(0);
});
