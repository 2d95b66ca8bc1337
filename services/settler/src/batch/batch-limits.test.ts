// Goal: no movement, however great, and no number of edges stops a batch or costs another edge its diff.
// Method: a log written by hand, a book that says what it says, the desk over a settler in memory; every batch is
// compared with sums kept beside it, and with what a desk opened anew makes of the same log.
import { createHash, randomBytes } from 'node:crypto';
import { MemoryEventStore } from '@atomicity/event-log/memory/memory-event-store';
import type { BookEvent } from '@atomicity/kernel/book/events';
import type { BookState, Edge } from '@atomicity/kernel/book/state';
import { decodeStateDiffs } from '@atomicity/kernel/state-diff/decode';
import { closureOf } from '@atomicity/kernel/testing/batch-samples';
import { testHash } from '@atomicity/kernel/testing/keys';
import { createFleet } from '@atomicity/kernel/testing/test-book';
import { AGENT, GPU, HOUR, ORIGIN, START, STREAM } from '@atomicity/kernel/testing/world';
import { AMOUNT_MAX, amount, signedAmount } from '@atomicity/kernel/units/amount';
import { type Denomination, parseDenomination } from '@atomicity/kernel/units/denomination';
import { type Hash, hashFromBytes, parseStreamId } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import { expect, test } from 'vitest';
import { ScriptedRail } from '../scripted-rail.ts';
import { openSettler } from '../settler.ts';
import { BatchDesk, type BatchLog } from './batch-desk.ts';

const ANCHORS = parseStreamId('5a'.repeat(16)) ?? expect.fail('stream');
const USD = unitOf('USD/6');
const digest = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest();
const policy = {
  exposureCaps: [],
  safetyMarginMs: 0,
  ageMaxMs: HOUR,
  lowFee: null,
  closuresMin: 1,
  // Payloads are estimated all the time.
  fill: { blobBytes: 126_976, fillMinBps: 9_000 },
};

function unitOf(text: string): Denomination {
  return parseDenomination(text) ?? expect.fail(text);
}

function world() {
  const { state: whole } = createFleet().book;
  const [sample] = [...whole.edges.values()];
  if (sample === undefined) throw new Error('the fleet has edges');
  let state: BookState = whole;
  const events: BookEvent[] = [];
  const payloads = new Map<Hash, Uint8Array>();
  const store = new MemoryEventStore();
  const put = (edge: Edge) => {
    state = { ...state, edges: state.edges.set(edge.terms.edge, edge) };
  };
  const edgeOf = (edge: Hash) => state.edges.get(edge) ?? expect.fail(edge);
  const open = (edge: Hash, denomination = USD) => {
    const limits = { limitA: amount(AMOUNT_MAX), limitB: amount(AMOUNT_MAX) };
    const ends = { a: AGENT.id, b: GPU.id, expiresAt: unixMs(START + 1_000 * HOUR) };
    const data = { edge, denomination, ...ends, ...limits };
    events.push({ type: 'EdgeOpened', data } as BookEvent);
    const terms = { ...sample.terms, ...data };
    put({ ...sample, terms, balance: signedAmount(0n), dispute: null });
  };
  const move = (edge: Hash, delta: bigint) => {
    const legs = [
      { party: AGENT.id, delta: signedAmount(delta) },
      { party: GPU.id, delta: signedAmount(-delta) },
    ];
    events.push({ type: 'EdgeStateAgreed', data: { edge, legs } } as unknown as BookEvent);
    const before = edgeOf(edge);
    put({ ...before, balance: signedAmount(before.balance + delta) });
  };
  const dispute = (edge: Hash) => {
    events.push({ type: 'EdgeDisputed', data: { edge } } as unknown as BookEvent);
    put({ ...edgeOf(edge), dispute: {} as unknown as NonNullable<Edge['dispute']> });
  };
  const log: BatchLog = {
    origin: ORIGIN,
    book: STREAM,
    size: async () => events.length,
    async *events(from, size) {
      for (const [offset, event] of events.slice(from, size).entries()) {
        const index = from + offset;
        yield { index, stream: STREAM, at: unixMs(START + index), type: event.type, event };
      }
    },
    checkpoint: async () => ({ size: events.length, root: digest(`root ${events.length}`) }),
  };
  const keep = async (payload: Uint8Array) => {
    const hash = hashFromBytes(digest(payload));
    payloads.set(hash, payload);
    return hash;
  };
  const openDesk = async (archive = { keep }) => {
    const settler = await openSettler({
      store,
      stream: ANCHORS,
      rails: [new ScriptedRail()],
      payloads: { read: async (hash) => payloads.get(hash) },
      now: () => unixMs(START + 1),
      randomBytes,
    });
    const parts = { settler, archive, log, book: () => state, policy, rails: ['scripted'] };
    return new BatchDesk({ ...parts, now: () => unixMs(START + 1) });
  };
  /** Closes a batch, with a desk opened anew unless it is given; as in a log, something is always there. */
  const close = async (given?: BatchDesk, isQuiet = false) => {
    if (!isQuiet) events.push({ type: 'NodeStarted', data: {} } as unknown as BookEvent);
    const desk = given ?? (await openDesk());
    desk.ask();
    const batch = await desk.advance();
    if (batch === undefined) return undefined;
    const decoded = decodeStateDiffs(payloads.get(batch.payload) ?? digest(''));
    if (decoded.kind !== 'decoded') throw new Error(decoded.reason);
    return { ...batch, sent: new Map(decoded.diffs.map(({ edge, delta }) => [edge, delta])) };
  };
  return { open, move, dispute, openDesk, close };
}

const sumOf = (deltas: Iterable<bigint>) =>
  [...deltas].reduce((sum, delta) => sum + (delta < 0n ? -delta : delta), 0n);
const numbered = (count: number) => Array.from({ length: count }, (_, i) => closureOf(i, 1n).edge);

test('of more disputed edges than a batch can leave out, the others go with it, in values and diffs', async () => {
  const { open, move, dispute, close } = world();
  const edges = numbered(1_030);
  for (const edge of edges) open(edge);
  for (const edge of edges) move(edge, 3n);
  for (const edge of edges) dispute(edge);
  const honest = testHash('honest');
  open(honest);
  move(honest, 5n);
  const first = (await close()) ?? expect.fail('a batch');
  expect(first.quarantined).toHaveLength(1_024);
  expect(first.sent.size).toBe(7);
  expect(first.values).toEqual([{ denomination: USD, amount: sumOf(first.sent.values()) }]);
  const left = first.quarantined.map(({ edge }) => edges.indexOf(edge));
  for (const edge of left) expect(first.sent.has(edge)).toBe(false);
});

test.each([
  ['at once', [2n]],
  ['over two spans', [1n, 1n]],
])(
  'an edge that moves beyond 2^63−1 %s waits, costs no other its diff, and goes once it may',
  async (_name, parts) => {
    const { open, move, close, openDesk } = world();
    const [wild, honest] = [testHash('wild'), testHash('honest')];
    open(wild);
    open(honest);
    move(wild, -AMOUNT_MAX);
    expect((await close())?.sent).toEqual(new Map([[0, -AMOUNT_MAX]]));
    const desk = await openDesk();
    for (const part of parts) {
      for (let i = 0n; i < part; i += 1n) move(wild, AMOUNT_MAX);
      move(honest, 7n);
      const batch = await close(desk);
      expect(batch?.sent).toEqual(new Map([[1, 7n]]));
      expect(batch?.quarantined).toEqual([{ edge: wild, reason: 'sum_out_of_range' }]);
      expect(batch?.values).toEqual([{ denomination: USD, amount: 7n }]);
    }
    move(wild, -AMOUNT_MAX);
    // As a desk would that was opened anew.
    expect((await close())?.sent).toEqual(new Map([[0, AMOUNT_MAX]]));
  },
);

test('a great movement does not keep the small ones of its denomination', async () => {
  const { open, move, close } = world();
  const edges = numbered(3);
  for (const edge of edges) open(edge);
  for (const [i, edge] of edges.entries()) move(edge, i === 0 ? AMOUNT_MAX : 4n);
  const first = await close();
  expect(first?.sent).toEqual(new Map([[1, 4n], [2, 4n]])); // biome-ignore format: pairs
  // It may go now, yet there is no span without an event.
  expect(await close(undefined, true)).toBeUndefined();
  expect((await close())?.sent).toEqual(new Map([[0, AMOUNT_MAX]]));
});

test('a batch moves more denominations than an hour has minutes', async () => {
  const { open, move, close } = world();
  const edges = numbered(1_026);
  for (const [i, edge] of edges.entries()) open(edge, unitOf(`U${i}/2`));
  for (const edge of edges) move(edge, 2n);
  const batch = await close();
  expect(batch?.values).toHaveLength(1_024);
  expect(batch?.quarantined).toHaveLength(2);
  expect((await close())?.sent.size).toBe(2);
});

test('where more cannot be added up than left out, a batch is closed all the same, without diffs', async () => {
  const { open, move, close } = world();
  const edges = numbered(1_026);
  for (const edge of edges) open(edge);
  for (const edge of edges) move(edge, AMOUNT_MAX);
  const batch = await close();
  expect(batch).toMatchObject({ diffs: 0, values: [] });
  expect(batch?.quarantined).toHaveLength(1_024);
  expect((await close())?.sent.size).toBe(1);
});

test('a desk that failed half-way closes nothing any more: one opened anew loses nothing', async () => {
  const { open, move, close, openDesk } = world();
  open(testHash('edge'));
  move(testHash('edge'), 5n);
  let calls = 0;
  const broken = await openDesk({
    keep: () => {
      calls += 1;
      return Promise.reject(new Error('disk full'));
    },
  });
  await expect(close(broken)).rejects.toThrow('disk full');
  move(testHash('edge'), 2n);
  await expect(close(broken)).rejects.toThrow('disk full');
  expect(calls).toBe(1);
  expect((await close())?.sent).toEqual(new Map([[0, 7n]]));
});
