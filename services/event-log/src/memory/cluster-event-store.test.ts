/**
 * Goal: the cluster fake keeps the port's promises and shows the habits that it exists for.
 * Method: the contract, then each habit alone.
 */
import { expect, test } from 'vitest';
import { collect, eventStoreContract, exampleEvents, exampleStream } from '../contract.ts';
import { NEW_STREAM, type Position, type StoredEvent } from '../port.ts';
import { type AppendFault, ClusterEventStore } from './cluster-event-store.ts';

const STREAM = exampleStream(1);

eventStoreContract('cluster fake', async () => ({
  store: new ClusterEventStore(),
  cleanup: async () => {},
}));

test('an append that failed but persisted is found by appending again, also later', async () => {
  const faults: AppendFault[] = ['persisted', 'lost', 'none'];
  const store = new ClusterEventStore(() => faults.shift() ?? 'none');
  const first = exampleEvents('a', 2);
  const second = exampleEvents('b', 1);
  const unknown = { code: 'append_failed', outcome: 'unknown' };
  await expect(store.append(STREAM, NEW_STREAM, first)).rejects.toMatchObject(unknown);
  expect(await store.append(STREAM, NEW_STREAM, first)).toMatchObject({ kind: 'already_appended' });
  await expect(store.append(STREAM, 1, second)).rejects.toMatchObject(unknown);
  expect(await store.append(STREAM, 1, second)).toMatchObject({
    kind: 'appended',
    lastRevision: 2,
  });
  expect(await store.append(STREAM, 2, first)).toMatchObject({ kind: 'already_appended' });
  expect(await collect(store.readStream(STREAM, 0, 9))).toHaveLength(3);
});

test('positions are sparse, and the feed moves its checkpoint without events', async () => {
  const store = new ClusterEventStore();
  await store.append(STREAM, NEW_STREAM, exampleEvents('a', 3));
  store.foreignRecords(100);
  const abort = new AbortController();
  const checkpoints: Position[] = [];
  const events: StoredEvent[] = [];
  const running = store.subscribe(
    'start',
    async (batch, checkpoint) => {
      events.push(...batch);
      checkpoints.push(checkpoint);
      if (checkpoints.length === 10) abort.abort();
    },
    abort.signal,
  );
  await running;
  expect(events).toHaveLength(3);
  const positions = new Set(events.map((event) => event.position));
  expect(checkpoints.some((checkpoint) => !positions.has(checkpoint))).toBe(true);
  const strides = new Set(
    events.slice(1).map((event, n) => {
      const before = events[n]?.position ?? '';
      return Number.parseInt(event.position.slice(2), 16) - Number.parseInt(before.slice(2), 16);
    }),
  );
  expect(strides.size).toBe(2);
});
