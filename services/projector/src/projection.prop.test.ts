// Goal: replay = live, sums hold and erased things are gone, whatever a book has been through.
// Method: random payments, restarts, checkpoints and erasures; fast-check prints the seed.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hash } from '@atomicity/kernel/units/id';
import { ZERO_HASH } from '@atomicity/kernel/units/id';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { LoggedEvent } from './logged-event.ts';
import { Projection } from './projection.ts';
import { dumpRows } from './reconcile/dump.ts';
import { amountOf } from './sqlite/projection-file.ts';
import { BookWorld, type Ending, ORIGIN, type Payment } from './testing/book-world.ts';
import { attestPeriod, closePeriod, delegateBudget, orderErasure } from './testing/budget-world.ts';

type Step =
  | {
      readonly kind: 'pay';
      readonly provider: number;
      readonly units: bigint;
      readonly ending: Ending;
    }
  | { readonly kind: 'restart' | 'checkpoint' };

const payment = fc.record({
  kind: fc.constant('pay' as const),
  provider: fc.nat(1),
  units: fc.bigInt(100_000n, 900_000_000n),
  ending: fc.constantFrom<Ending>('spent', 'void', 'lapsed'),
});
const other = fc.record({ kind: fc.constantFrom('restart' as const, 'checkpoint' as const) });
const steps = fc.array<Step>(fc.oneof({ weight: 3, arbitrary: payment }, other), { maxLength: 12 });

/** Feeds a projection with the events of a book, as a log without a store. */
class Feed {
  readonly directory = mkdtempSync(join(tmpdir(), 'atomicity-projection-'));
  readonly world: BookWorld;
  projection = this.#open();

  constructor(world: BookWorld) {
    this.world = world;
  }

  #open(): Projection {
    return new Projection(join(this.directory, 'projection.sqlite'), ORIGIN);
  }

  logged(index: number): LoggedEvent {
    const event = this.world.events[index];
    if (event === undefined) throw new Error('no such event');
    const { eventId, type, at, payload } = event;
    const { stream } = this.world;
    const envelope = {
      v: 1,
      stream,
      revision: index,
      type,
      at,
      payloadCommitment: ZERO_HASH,
      disclosure: null,
    } as const;
    return { index, eventId, envelope, payload };
  }

  catchUp(): void {
    while (this.projection.nextIndex < this.world.events.length) {
      const { nextIndex } = this.projection;
      const size = Math.min(5, this.world.events.length - nextIndex);
      this.projection.apply(Array.from({ length: size }, (_, i) => this.logged(nextIndex + i)));
    }
  }

  restart(): void {
    this.projection.close();
    this.projection = this.#open();
  }

  holds(text: string): boolean {
    return readdirSync(this.directory).some((name) =>
      readFileSync(join(this.directory, name)).includes(text),
    );
  }

  close(): void {
    this.projection.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function assertSums({ projection }: Feed): void {
  const rows = (sql: string) => projection.file.all(sql);
  const net = rows('SELECT net FROM balances').map((row) => BigInt(row['net'] ?? 0));
  expect(net.reduce((sum, one) => sum + one, 0n)).toBe(0n);
  for (const table of ['budgets', 'categories', 'tasks']) {
    for (const row of rows(`SELECT * FROM ${table}`)) {
      const parts = ['available', 'committed', 'spent'].map((column) => amountOf(row, column));
      expect(parts.reduce((sum, one) => sum + one, 0n)).toBe(amountOf(row, 'cap'));
      expect(parts.every((part) => part >= 0n)).toBe(true);
    }
  }
}

function play(feed: Feed, budget: Hash, all: readonly Step[]): Payment[] {
  const payments: Payment[] = [];
  for (const step of all) {
    if (step.kind === 'pay') payments.push(feed.world.pay({ budget, ...step }));
    feed.catchUp();
    assertSums(feed);
    if (step.kind === 'restart') feed.restart();
    if (step.kind === 'checkpoint') feed.projection.checkpoint(ZERO_HASH);
  }
  return payments;
}

it('replay equals live, and what was erased is gone from every file', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 8 }), steps, fc.nat(), (seed, all, pick) => {
      const world = new BookWorld(seed);
      const feed = new Feed(world);
      try {
        const budget = delegateBudget(world);
        const payments = play(feed, budget, all);
        closePeriod(world, budget, true);
        attestPeriod(world, budget, 0);
        world.advance(600_000);
        const erased = payments.filter((_, i) => (pick >> i) % 2 === 1);
        for (const { events } of erased) for (const id of events.values()) orderErasure(world, id);
        feed.catchUp();
        assertSums(feed);
        for (const { secrets, voucher } of erased) {
          for (const secret of [voucher, ...secrets.slice(2)]) {
            expect([secret, feed.holds(secret)]).toEqual([secret, false]);
          }
        }
        const live = [...dumpRows(feed.projection.file)];
        const states = feed.projection.encodeStates();
        feed.projection.reset();
        if (erased.length > 0) expect(feed.projection.nextIndex).toBeGreaterThan(0);
        feed.catchUp();
        expect([...dumpRows(feed.projection.file)]).toEqual(live);
        expect(feed.projection.encodeStates()).toEqual(states);
      } finally {
        feed.close();
      }
    }),
    { numRuns: 25 },
  );
});
