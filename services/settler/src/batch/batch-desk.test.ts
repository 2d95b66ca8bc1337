// Goal: a batch holds exactly what moved, once, whenever the process dies. Method: a kernel's test book as
// the log, an archive in memory, and the settler over the event store in memory.
import { createHash, randomBytes } from 'node:crypto';
import { MemoryEventStore } from '@atomicity/event-log/memory/memory-event-store';
import type { RailUnit } from '@atomicity/kernel/batch/quarantine';
import type { BatchPolicy } from '@atomicity/kernel/batch/schedule';
import { decodeStateDiffs } from '@atomicity/kernel/state-diff/decode';
import {
  disagreement,
  payOn,
  proposal,
  settlementReceipt,
  settlementRequest,
} from '@atomicity/kernel/testing/edges';
import { createFleet, type Fleet } from '@atomicity/kernel/testing/test-book';
import { AGENT, CLOUD, GPU, HOUR, ORIGIN, START, STREAM } from '@atomicity/kernel/testing/world';
import { amount, signedAmount } from '@atomicity/kernel/units/amount';
import { type Hash, hashFromBytes, parseStreamId } from '@atomicity/kernel/units/id';
import { type UnixMs, unixMs } from '@atomicity/kernel/units/time';
import { describe, expect, it } from 'vitest';
import { ScriptedRail } from '../scripted-rail.ts';
import { openSettler } from '../settler.ts';
import { BatchDesk, type BatchDeskParts, type BatchLog } from './batch-desk.ts';

const ANCHORS = parseStreamId('5a'.repeat(16)) ?? expect.fail('stream');
const digest = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest();
const USD_CENTS: RailUnit = { code: 'USD', decimals: 6, min: 10n, max: 1_000_000n };

const hourly: BatchPolicy = {
  exposureCaps: [],
  safetyMarginMs: 0,
  ageMaxMs: HOUR,
  lowFee: null,
  closuresMin: 1,
  fill: null,
};

function world(options: Partial<BatchDeskParts> = {}) {
  const fleet = createFleet();
  const { book } = fleet;
  const payloads = new Map<Hash, Uint8Array>();
  const store = new MemoryEventStore();
  const clock = { now: unixMs(START + 1) };
  /** Positions of events whose payload is gone. */
  const erased = new Set<number>();
  const log: BatchLog = {
    origin: ORIGIN,
    book: STREAM,
    size: async () => book.events.length,
    async *events(from, size) {
      for (const [offset, event] of book.events.slice(from, size).entries()) {
        const { stream, type, at } = event;
        const index = from + offset;
        yield { index, stream, type, at, event: erased.has(index) ? null : event };
      }
    },
    checkpoint: async () => ({
      size: book.events.length,
      root: digest(`root ${book.events.length}`),
    }),
  };
  const keep = async (payload: Uint8Array) => {
    const hash = hashFromBytes(digest(payload));
    payloads.set(hash, payload);
    return hash;
  };
  const open = async (change: Partial<BatchDeskParts> = {}) => {
    const settler = await openSettler({
      store,
      stream: ANCHORS,
      rails: [new ScriptedRail(), Object.assign(new ScriptedRail(), { name: 'lightning' })],
      payloads: { read: async (hash) => payloads.get(hash) },
      now: () => clock.now,
      randomBytes,
    });
    const desk = new BatchDesk({
      settler,
      archive: { keep },
      log,
      book: () => book.state,
      policy: hourly,
      rails: ['scripted'],
      now: () => clock.now,
      ...options,
      ...change,
    });
    return { settler, desk };
  };
  const diffsOf = (payload: Hash | undefined) => {
    const decoded = decodeStateDiffs(payloads.get(payload ?? expect.fail('a batch')) ?? digest(''));
    if (decoded.kind !== 'decoded') throw new Error(decoded.reason);
    return decoded.diffs.map(({ edge, delta, moves }) => [edge, delta, moves]);
  };
  const pay = (to: typeof GPU, value: bigint) =>
    payOn(fleet.world, book, to === GPU ? fleet.gpuEdge : fleet.cloudEdge, AGENT, to, value);
  return { ...fleet, payloads, clock, erased, open, diffsOf, pay };
}

const later = (clock: { now: UnixMs }, ms: number) => {
  clock.now = unixMs(clock.now + ms);
};

/** What AGENT owes is a movement against a: the sign of its diff depends on who is a. */
const owed = ({ book }: Fleet, edge: Hash) => book.state.edges.get(edge)?.balance;

describe('a batch', () => {
  it('waits while nothing moves, and until it is time', async () => {
    const { open, pay, clock } = world();
    const { desk } = await open();
    later(clock, 2 * HOUR);
    expect(await desk.advance()).toBeUndefined();
    expect(desk.view?.decision).toMatchObject({ kind: 'wait', because: 'nothing_waits' });
    pay(GPU, 100n);
    clock.now = unixMs(START + HOUR - 1);
    expect(await desk.advance()).toBeUndefined();
    expect(desk.view?.closures).toHaveLength(1);
  });

  it('holds what moved in its span, and the next begins where it ends', async () => {
    const made = world();
    const { open, pay, clock, diffsOf, book } = made;
    const { desk, settler } = await open();
    pay(GPU, 100n);
    pay(GPU, 20n);
    pay(CLOUD, 7n);
    later(clock, HOUR);
    const first = await desk.advance();
    expect(first).toMatchObject({
      from: 0,
      diffs: 2,
      rails: ['scripted'],
      settles: null,
      reason: 'age_over_max',
      values: [{ denomination: 'USD/6', amount: amount(127n) }],
    });
    expect(first?.subject.size).toBe(book.events.length);
    expect(diffsOf(first?.payload)).toEqual([
      [0, owed(made, made.gpuEdge), 2],
      [1, owed(made, made.cloudEdge), 1],
    ]);
    expect(await desk.advance()).toBeUndefined();
    pay(CLOUD, 3n);
    later(clock, 2 * HOUR);
    const second = await desk.advance();
    expect(second).toMatchObject({ from: first?.subject.size, diffs: 1 });
    expect(settler.status()).toHaveLength(2);
  });

  it('is closed at once when it is asked for', async () => {
    const { open, pay } = world();
    const { desk } = await open();
    pay(GPU, 1n);
    desk.ask();
    expect((await desk.advance())?.reason).toBe('asked');
    pay(GPU, 1n);
    expect(await desk.advance()).toBeUndefined();
  });

  it('is closed once, though the process dies when only its payload is kept', async () => {
    const { open, pay, clock, payloads } = world();
    const { desk } = await open({
      settler: { closeBatch: () => Promise.reject(new Error('died')), batches: () => [] },
    });
    pay(GPU, 100n);
    later(clock, HOUR);
    await expect(desk.advance()).rejects.toThrow('died');
    expect(payloads.size).toBe(1);
    const again = await open();
    const closed = await again.desk.advance();
    expect(payloads.has(closed?.payload ?? expect.fail('a batch'))).toBe(true);
    expect(payloads.size).toBe(1);
    const third = await open();
    expect(await third.desk.advance()).toBeUndefined();
    expect(third.settler.batches()).toEqual([closed]);
  });

  it('goes on after a restart where it was', async () => {
    const { open, pay, clock, diffsOf } = world();
    const first = await open();
    pay(GPU, 100n);
    later(clock, HOUR);
    await first.desk.advance();
    pay(CLOUD, 5n);
    const second = await open();
    later(clock, HOUR);
    const batch = await second.desk.advance();
    expect(diffsOf(batch?.payload).map(([edge]) => edge)).toEqual([1]);
  });
});

describe('quarantine', () => {
  it('leaves a disputed edge out; the others go, and it goes when it is settled', async () => {
    const made = world();
    const { open, pay, clock, diffsOf, book, gpuEdge } = made;
    const { desk, settler } = await open();
    pay(GPU, 100n);
    pay(CLOUD, 7n);
    const one = proposal(book.state, gpuEdge, book.now);
    const other = { ...one, balance: signedAmount(one.balance + 1n) };
    book.accept(disagreement(made.world, one, other));
    later(clock, HOUR);
    const batch = await desk.advance();
    expect(batch?.quarantined).toEqual([{ edge: gpuEdge, reason: 'disputed' }]);
    expect(diffsOf(batch?.payload).map(([edge]) => edge)).toEqual([1]);
    expect(batch?.values).toEqual([{ denomination: 'USD/6', amount: amount(7n) }]);
    // It waits over a restart too, with all that it moved.
    expect((await open()).desk.view).toBeUndefined();
    const restarted = await open();
    await restarted.desk.advance();
    expect(restarted.desk.view?.quarantined).toEqual([{ edge: gpuEdge, reason: 'disputed' }]);
    expect(settler.batches()).toHaveLength(1);
  });
});

describe('a payment outside', () => {
  const pays = { rail: 'lightning', unit: USD_CENTS, debtors: new Set([AGENT.id]) };
  const lightning = { rail: 'lightning', target: 'https://gpu.example/invoices' };

  function requested(change: { readonly value?: bigint; readonly rail?: string } = {}) {
    const made = world({ pays });
    made.pay(GPU, 100n);
    const request = settlementRequest(made.world, GPU, made.gpuEdge, change.value ?? 60n, {
      endpoints: [{ ...lightning, rail: change.rail ?? 'lightning' }],
      expiresAt: unixMs(START + 10 * HOUR),
    });
    made.book.accept(request);
    return { ...made, request };
  }

  it('settles an open request, once', async () => {
    const { open, pay, clock, request, gpuEdge } = requested();
    const { desk, settler } = await open();
    later(clock, HOUR);
    expect(await desk.advance()).toMatchObject({
      rails: ['lightning', 'scripted'],
      settles: {
        edge: gpuEdge,
        debtor: AGENT.id,
        creditor: GPU.id,
        amount: amount(60n),
        request: request.id,
        target: lightning.target,
      },
    });
    pay(CLOUD, 1n);
    later(clock, 2 * HOUR);
    expect(await desk.advance()).toMatchObject({ settles: null, rails: ['scripted'] });
    const restarted = await open();
    pay(CLOUD, 1n);
    later(clock, 2 * HOUR);
    expect(await restarted.desk.advance()).toMatchObject({ settles: null, rails: ['scripted'] });
    expect(settler.status().filter(({ rail }) => rail === 'lightning')).toHaveLength(1);
  });

  it('is made for a request alone, and before it expires', async () => {
    const { open, clock, request, diffsOf, world: of, gpuEdge, book } = requested();
    const { desk } = await open();
    desk.ask();
    await desk.advance();
    const second = settlementRequest(of, GPU, gpuEdge, 20n, {
      endpoints: [lightning],
      expiresAt: unixMs(clock.now + 1000),
    });
    book.accept(second);
    expect(second.id).not.toBe(request.id);
    await desk.advance();
    expect(desk.view?.decision).toMatchObject({ kind: 'wait', because: 'timelock_near' });
    const margin = await open({ policy: { ...hourly, safetyMarginMs: 2_000 } });
    const batch = await margin.desk.advance();
    expect(batch).toMatchObject({ reason: 'timelock_near', diffs: 0, values: [] });
    expect(batch?.settles?.request).toBe(second.id);
    expect(diffsOf(batch?.payload)).toEqual([]);
  });

  it.each([
    ['of another rail', { rail: 'sepa' }],
    ['of more than is owed', { value: 101n }],
  ])('is not made for a request %s', async (_name, change) => {
    const { open, clock } = requested(change);
    const { desk } = await open();
    later(clock, HOUR);
    expect(await desk.advance()).toMatchObject({ settles: null, quarantined: [] });
  });

  it('is never made for a debtor that this node does not pay for', async () => {
    const { open, clock } = requested();
    const { desk } = await open({ pays: { ...pays, debtors: new Set([CLOUD.id]) } });
    later(clock, HOUR);
    expect((await desk.advance())?.settles).toBeNull();
  });

  it('is not made again for a debt that may be paid, until the creditor says what it has got', async () => {
    const { open, pay, clock, request, book, world: of, gpuEdge } = requested();
    const ask = (value: bigint) => {
      const expiresAt = unixMs(START + 10 * HOUR);
      const asked = settlementRequest(of, GPU, gpuEdge, value, {
        endpoints: [lightning],
        expiresAt,
      });
      book.accept(asked);
      return asked.id;
    };
    const paid = async () => {
      later(clock, HOUR);
      pay(CLOUD, 1n);
      const { desk } = await open();
      desk.ask();
      return (await desk.advance())?.settles?.request;
    };
    expect(await paid()).toBe(request.id);
    const again = ask(60n);
    expect(await paid()).toBeUndefined();
    // A receipt of less closes the request, and leaves the rest of it counted.
    book.accept(settlementReceipt(of, GPU, gpuEdge, 1n, { request: request.id }));
    expect(await paid()).toBeUndefined();
    book.accept(settlementReceipt(of, GPU, gpuEdge, 20n));
    const rest = ask(20n);
    expect(await paid()).toBe(rest);
    pay(GPU, 60n);
    expect(await paid()).toBe(again);
  });

  it('that cannot be exact leaves its edge out, and nothing else', async () => {
    const { open, clock, pay, gpuEdge } = requested({ value: 9n });
    const { desk } = await open();
    pay(CLOUD, 4n);
    later(clock, HOUR);
    expect(await desk.advance()).toMatchObject({
      settles: null,
      diffs: 1,
      quarantined: [{ edge: gpuEdge, reason: 'amount_not_payable' }],
    });
  });
});

it('a span with an erased movement goes out without diffs, and says so; later ones are whole', async () => {
  const { open, pay, clock, erased, book, diffsOf } = world();
  pay(GPU, 100n);
  erased.add(book.events.findIndex(({ type }) => type === 'PaymentFinalized'));
  pay(CLOUD, 7n);
  const warnings: string[] = [];
  const { desk } = await open({ onWarning: (code) => warnings.push(code) });
  later(clock, HOUR);
  expect(await desk.advance()).toMatchObject({ diffs: 0, values: [] });
  expect(warnings).toEqual(['payload_erased']);
  pay(GPU, 5n);
  later(clock, HOUR);
  const batch = await desk.advance();
  expect(batch?.quarantined).toEqual([]);
  expect(diffsOf(batch?.payload).map(([edge, , moves]) => [edge, moves])).toEqual([[0, 1]]);
});
