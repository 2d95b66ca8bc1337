/**
 * The contract of the event-store port as one suite. Every adapter and every fake runs it, so that code
 * tested on a fake meets the same promises on the real thing. Adapter files add only what is theirs.
 */

import { createHash } from 'node:crypto';
import { type Hash, parseStreamId, type StreamId } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { disclosureHashHex, payloadCommitmentHex } from './envelope/seal-event.ts';
import {
  type EventStore,
  NEW_STREAM,
  type NewEvent,
  OperatingError,
  type Position,
  type StoredEvent,
} from './port.ts';

export type StoreUnderTest = {
  readonly store: EventStore;
  /** Releases what the factory made (folders); the suite closes the store itself. */
  readonly cleanup: () => Promise<void>;
};

/** A stream id that is the same in every run. */
export function exampleStream(n: number): StreamId {
  const stream = parseStreamId(n.toString(16).padStart(32, '0'));
  if (stream === undefined) throw new RangeError(`no stream for ${n}`);
  return stream;
}

/** An event whose id depends on `name` alone: two calls with other content make a conflict. */
export function exampleEvent(name: string, parts: Partial<NewEvent> = {}): NewEvent {
  return {
    eventId: createHash('sha256').update(name).digest('hex') as Hash,
    type: 'HoldPlaced',
    at: unixMs(1_795_251_960_000),
    payload: JSON.stringify({ name }),
    disclosure: null,
    ...parts,
  };
}

export function exampleEvents(prefix: string, count: number): NewEvent[] {
  return Array.from({ length: count }, (_, n) => exampleEvent(`${prefix}-${n}`));
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

const STREAM = exampleStream(1);
const OTHER = exampleStream(2);
const appended = (firstRevision: number, count: number) => ({
  kind: 'appended',
  firstRevision,
  lastRevision: firstRevision + count - 1,
  nextRevision: firstRevision + count,
});
const already = (firstRevision: number, count: number) => ({
  ...appended(firstRevision, count),
  kind: 'already_appended',
});

/** Runs the contract over stores made by `factory`. */
export function eventStoreContract(name: string, factory: () => Promise<StoreUnderTest>): void {
  describe(`${name}: event store contract`, () => {
    let made: StoreUnderTest;
    const use = (): EventStore => made.store;
    beforeEach(async () => {
      made = await factory();
    });
    afterEach(async () => {
      await made.store.close();
      await made.cleanup();
    });
    appendTests(use);
    idempotenceTests(use);
    envelopeTests(use);
    readTests(use);
    subscriptionTests(use);
    erasureTests(use);
    closeTests(use);
  });
}

function appendTests(use: () => EventStore): void {
  test('appends at the expected revision and continues there', async () => {
    expect(await use().append(STREAM, NEW_STREAM, exampleEvents('a', 3))).toEqual(appended(0, 3));
    expect(await use().append(STREAM, 2, exampleEvents('b', 2))).toEqual(appended(3, 2));
    expect(await use().append(OTHER, NEW_STREAM, exampleEvents('c', 1))).toEqual(appended(0, 1));
  });

  test.each([-1, 1, 7])('refuses expected revision %i of a stream at 0', async (expected) => {
    await use().append(STREAM, NEW_STREAM, exampleEvents('a', 1));
    const answer = await use().append(STREAM, expected, exampleEvents('b', 1));
    expect(answer).toEqual({ kind: 'wrong_expected_revision', actual: 0 });
    expect(await collect(use().readStream(STREAM, 0, 10))).toHaveLength(1);
  });

  test('refuses a revision in a stream that does not exist', async () => {
    const answer = await use().append(STREAM, 0, exampleEvents('a', 1));
    expect(answer).toEqual({ kind: 'wrong_expected_revision', actual: -1 });
  });

  test('appends sent together are decided in the order they were sent', async () => {
    const store = use();
    const sent = Array.from({ length: 50 }, (_, n) =>
      store.append(STREAM, n - 1, [exampleEvent(`n${n}`)]),
    );
    const answers = await Promise.all(sent);
    expect(answers).toEqual(answers.map((_, n) => appended(n, 1)));
  });

  test('of two appends at one revision exactly one is written', async () => {
    const store = use();
    const answers = await Promise.all([
      store.append(STREAM, NEW_STREAM, exampleEvents('a', 2)),
      store.append(STREAM, NEW_STREAM, exampleEvents('b', 2)),
    ]);
    expect(answers).toEqual([appended(0, 2), { kind: 'wrong_expected_revision', actual: 1 }]);
  });

  test.each<[string, NewEvent[]]>([
    ['no events', []],
    ['an id that is no hash', [exampleEvent('a', { eventId: 'ff' as Hash })]],
    ['the same id twice', [exampleEvent('a'), exampleEvent('a')]],
    ['a type with a space', [exampleEvent('a', { type: 'Hold Placed' })]],
    ['a time before the epoch', [exampleEvent('a', { at: -1 as NewEvent['at'] })]],
    ['a lone surrogate', [exampleEvent('a', { payload: '"\ud800"' })]],
    ['a salt of zeros', [exampleEvent('a', { salt: new Uint8Array(32) })]],
    ['a short salt', [exampleEvent('a', { salt: new Uint8Array(31).fill(1) })]],
    ['a payload above 256 KiB', [exampleEvent('a', { payload: `"${'é'.repeat(131_072)}"` })]],
  ])('refuses %s and writes nothing', async (_, events) => {
    const failure = await use()
      .append(STREAM, NEW_STREAM, events)
      .then(
        () => undefined,
        (error: unknown) => error,
      );
    expect(failure).toBeInstanceOf(OperatingError);
    expect(failure).toMatchObject({ code: 'invalid_event', outcome: 'not_applied' });
    expect(await collect(use().readAll('start'))).toEqual([]);
  });
}

function idempotenceTests(use: () => EventStore): void {
  test('the same append again is a no-op, at the same and at any later revision', async () => {
    const events = exampleEvents('a', 3);
    await use().append(STREAM, NEW_STREAM, events);
    expect(await use().append(STREAM, NEW_STREAM, events)).toEqual(already(0, 3));
    await use().append(STREAM, 2, exampleEvents('b', 1));
    for (const revision of [NEW_STREAM, 2, 3, 99]) {
      expect(await use().append(STREAM, revision, events)).toEqual(already(0, 3));
    }
    expect(await collect(use().readStream(STREAM, 0, 10))).toHaveLength(4);
  });

  test('a retry sent before the first answer is a no-op too', async () => {
    const events = exampleEvents('a', 2);
    const store = use();
    const answers = await Promise.all([
      store.append(STREAM, NEW_STREAM, events),
      store.append(STREAM, NEW_STREAM, events),
      store.append(STREAM, 1, events),
    ]);
    expect(answers).toEqual([appended(0, 2), already(0, 2), already(0, 2)]);
  });

  test('a retry decided at a later time is the same command: the stored time stands', async () => {
    await use().append(STREAM, NEW_STREAM, [exampleEvent('a')]);
    const later = exampleEvent('a', { at: unixMs(1_795_251_960_001) });
    expect(await use().append(STREAM, 0, [later])).toEqual(already(0, 1));
    const [event] = await collect(use().readStream(STREAM, 0, 1));
    expect(Buffer.from(event?.envelope ?? []).toString()).toContain('"at":1795251960000,');
  });

  test.each<[string, StreamId, number, NewEvent[], string]>([
    ['payload', STREAM, 1, [exampleEvent('a-0', { payload: '{"x":1}' })], 'a-0'],
    ['type', STREAM, 1, [exampleEvent('a-0', { type: 'HoldVoided' })], 'a-0'],
    ['disclosure', STREAM, 1, [exampleEvent('a-0', { disclosure: '{}' })], 'a-0'],
    ['stream', OTHER, -1, [exampleEvent('a-0')], 'a-0'],
    ['order', STREAM, 1, [exampleEvent('a-1'), exampleEvent('a-0')], 'a-0'],
    ['extent, new last', STREAM, 1, [exampleEvent('a-1'), exampleEvent('new')], 'a-1'],
    ['extent, new first', STREAM, 1, [exampleEvent('new'), exampleEvent('a-1')], 'a-1'],
  ])('refuses a stored id with another %s', async (_, stream, expected, events, named) => {
    await use().append(STREAM, NEW_STREAM, exampleEvents('a', 2));
    const answer = await use().append(stream, expected, events);
    const { eventId } = exampleEvent(named);
    expect(answer).toEqual({ kind: 'exists_with_different_payload', eventId });
    expect(await collect(use().readAll('start'))).toHaveLength(2);
  });
}

function envelopeTests(use: () => EventStore): void {
  test('the envelope commits to stream, revision, type, time, payload and disclosure', async () => {
    const disclosure = '{"core":"x"}';
    const salt = new Uint8Array(32).fill(7);
    const event = exampleEvent('a', { disclosure, salt, payload: '{"text":"é€😀"}' });
    await use().append(STREAM, NEW_STREAM, [event]);
    const [stored] = await collect(use().readAll('start'));
    expect(stored?.payload).toBe(event.payload);
    expect(stored?.disclosure).toBe(disclosure);
    expect(Buffer.from(stored?.salt ?? [])).toEqual(Buffer.from(salt));
    expect(JSON.parse(Buffer.from(stored?.envelope ?? []).toString())).toEqual({
      v: 1,
      stream: STREAM,
      revision: 0,
      type: 'HoldPlaced',
      at: 1_795_251_960_000,
      payloadCommitment: payloadCommitmentHex(salt, event.payload),
      disclosure: disclosureHashHex(disclosure),
    });
  });

  test('salts drawn by the store are all different', async () => {
    await use().append(STREAM, NEW_STREAM, exampleEvents('a', 300));
    const salts = (await collect(use().readAll('start'))).map((event) =>
      Buffer.from(event.salt ?? []).toString('hex'),
    );
    expect(new Set(salts).size).toBe(300);
    expect(salts.every((salt) => salt.length === 64)).toBe(true);
  });
}

function readTests(use: () => EventStore): void {
  test('reads a stream from a revision, with a limit', async () => {
    await use().append(STREAM, NEW_STREAM, exampleEvents('a', 10));
    await use().append(OTHER, NEW_STREAM, exampleEvents('b', 3));
    const part = await collect(use().readStream(STREAM, 4, 3));
    expect(part.map((event) => event.revision)).toEqual([4, 5, 6]);
    expect(part.map((event) => event.payload)).toEqual(
      exampleEvents('a', 7)
        .slice(4)
        .map((event) => event.payload),
    );
    expect(await collect(use().readStream(STREAM, 10, 3))).toEqual([]);
    expect(await collect(use().readStream(exampleStream(9), 0, 3))).toEqual([]);
  });

  test('reads everything in one order, from any position on', async () => {
    for (let n = 0; n < 40; n += 1) {
      await use().append(n % 2 ? OTHER : STREAM, Math.floor(n / 2) - 1, [exampleEvent(`n${n}`)]);
    }
    const all = await collect(use().readAll('start'));
    expect(all.map((event) => event.payload)).toEqual(
      exampleEvents('n', 40).map((_, n) => JSON.stringify({ name: `n${n}` })),
    );
    const positions = all.map((event) => event.position);
    expect(positions).toEqual(positions.toSorted());
    expect(new Set(positions).size).toBe(40);
    const tenth = positions[9] ?? 'start';
    expect(await collect(use().readAll(tenth))).toEqual(all.slice(10));
    expect(await collect(use().readAll(tenth, 5))).toEqual(all.slice(10, 15));
    expect(await collect(use().readAll(positions[39] ?? 'start'))).toEqual([]);
  });

  test('reads envelopes in the same order, without the private part', async () => {
    await use().append(STREAM, NEW_STREAM, exampleEvents('a', 600));
    const all = await collect(use().readAll('start'));
    const batches = await collect(use().readEnvelopes('start'));
    expect(batches.flat()).toEqual(all.map(({ payload: _p, salt: _s, ...rest }) => rest));
    const tenth = all[9]?.position ?? 'start';
    const some = await collect(use().readEnvelopes(tenth, 5));
    expect(some.flat().map((event) => event.revision)).toEqual([10, 11, 12, 13, 14]);
  });
}

function subscriptionTests(use: () => EventStore): void {
  test('a subscription catches up, then follows; its checkpoint continues it', async () => {
    await use().append(STREAM, NEW_STREAM, exampleEvents('a', 300));
    const first = recorder(300);
    const running = use().subscribe('start', first.onEvents, first.signal);
    await first.reached;
    await running;
    const second = recorder(5);
    const following = use().subscribe(first.checkpoint(), second.onEvents, second.signal);
    await use().append(STREAM, 299, exampleEvents('b', 3));
    await use().append(STREAM, 302, exampleEvents('c', 2));
    await second.reached;
    await following;
    const revisions = [...first.events, ...second.events].map((event) => event.revision);
    expect(revisions).toEqual(Array.from({ length: 305 }, (_, n) => n));
  });

  test('a subscription ends when it is aborted, when the handler throws, and on close', async () => {
    const abort = new AbortController();
    const idle = use().subscribe('start', async () => {}, abort.signal);
    abort.abort();
    await idle;
    await use().append(STREAM, NEW_STREAM, exampleEvents('a', 1));
    const failing = async (): Promise<void> => {
      throw new Error('handler');
    };
    const { signal } = new AbortController();
    await expect(use().subscribe('start', failing, signal)).rejects.toThrow('handler');
    const open = use().subscribe('start', async () => {}, signal);
    await use().close();
    await open;
  });
}

function recorder(count: number) {
  const abort = new AbortController();
  const events: StoredEvent[] = [];
  let last: Position | undefined;
  const { promise: reached, resolve } = Promise.withResolvers<void>();
  const onEvents = async (batch: readonly StoredEvent[], checkpoint: Position): Promise<void> => {
    events.push(...batch);
    last = checkpoint;
    if (events.length < count) return;
    abort.abort();
    resolve();
  };
  const checkpoint = (): Position | 'start' => last ?? 'start';
  return { events, onEvents, signal: abort.signal, reached, checkpoint };
}

function erasureTests(use: () => EventStore): void {
  test('erasing takes payload and salt and leaves envelope, disclosure and the rest', async () => {
    const events = exampleEvents('a', 3).map((event) => ({ ...event, disclosure: '{"d":1}' }));
    await use().append(STREAM, NEW_STREAM, events);
    const before = await collect(use().readAll('start'));
    const eventId = exampleEvent('a-1').eventId;
    expect(await use().erasePayload(eventId)).toBe('erased');
    expect(await use().erasePayload(eventId)).toBe('already_erased');
    expect(await use().erasePayload(exampleEvent('nobody').eventId)).toBe('unknown');
    const after = await collect(use().readAll('start'));
    const expected = before.map((event) =>
      event.eventId === eventId ? { ...event, payload: null, salt: null } : event,
    );
    expect(after).toEqual(expected);
    expect(await collect(use().readStream(STREAM, 1, 1))).toEqual([expected[1]]);
    expect(await use().append(STREAM, 2, events)).toEqual(already(0, 3));
  });
}

function closeTests(use: () => EventStore): void {
  test('a closed store refuses, and closing again does nothing', async () => {
    const pending = use().append(STREAM, NEW_STREAM, exampleEvents('a', 1));
    await use().close();
    await use().close();
    expect(await pending).toEqual(appended(0, 1));
    await expect(use().append(STREAM, 0, exampleEvents('b', 1))).rejects.toMatchObject({
      code: 'store_closed',
      outcome: 'not_applied',
    });
    await expect(collect(use().readAll('start'))).rejects.toMatchObject({ code: 'store_closed' });
  });
}
