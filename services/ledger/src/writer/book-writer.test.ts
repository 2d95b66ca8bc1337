// Goal: the writer decides at once, answers only what is durable, and records nothing twice.
// Method: a store whose appends the test lets through by hand.
import { MemoryEventStore } from '@atomicity/event-log/memory/memory-event-store';
import type { AppendResult, NewEvent } from '@atomicity/event-log/port';
import { delegation, edge } from '@atomicity/kernel/testing/accounts';
import { intent, receipt, voucher } from '@atomicity/kernel/testing/payments';
import { AGENT, createWorld, GPU, HOUR, STREAM } from '@atomicity/kernel/testing/world';
import { amount } from '@atomicity/kernel/units/amount';
import type { StreamId } from '@atomicity/kernel/units/id';
import type { VerifiedObject } from '@atomicity/kernel/wire/verified';
import { describe, expect, it } from 'vitest';
import { inAWord, openTestWriter } from '../testing/test-writer.ts';
import type { BookWriter } from './book-writer.ts';
import type { CommandOutcome } from './command-outcome.ts';

/** A memory store that holds appends back until `release`. */
class HeldStore extends MemoryEventStore {
  holding = false;
  readonly appends: { readonly expected: number; readonly count: number }[] = [];
  readonly #held: (() => void)[] = [];

  override async append(
    stream: StreamId,
    expected: number,
    events: readonly NewEvent[],
  ): Promise<AppendResult> {
    this.appends.push({ expected, count: events.length });
    if (this.holding) await new Promise<void>((resolve) => this.#held.push(resolve));
    return super.append(stream, expected, events);
  }

  release(): void {
    for (const go of this.#held.splice(0)) go();
  }
}

const turn = () => new Promise<void>((next) => setImmediate(next));

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await turn();
}

const submit = (writer: BookWriter, object: VerifiedObject, commandId: string = object.id) =>
  writer.submit(commandId, object);

async function words(...outcomes: readonly Promise<CommandOutcome>[]): Promise<string[]> {
  return (await Promise.all(outcomes)).map(inAWord);
}

async function book() {
  const world = createWorld();
  const store = new HeldStore();
  const { writer, clock, fatal } = await openTestWriter(store);
  const line = edge(world, AGENT, GPU, { limitA: amount(100n), limitB: amount(100n) });
  await words(
    submit(writer, delegation(world, AGENT)),
    submit(writer, delegation(world, GPU)),
    submit(writer, line),
  );
  return { world, store, writer, clock, fatal, line: line.id };
}

describe('given appends that are under way', () => {
  it('decides on what is not durable yet, and shows only what is', async () => {
    const { world, store, writer, line } = await book();
    const before = writer.flushedState();
    store.holding = true;
    const asked = intent(world, GPU, 60n);
    const hold = voucher(world, asked, line, AGENT);
    const first = submit(writer, asked);
    await turns(2);
    const second = submit(writer, hold);
    await turns(2);
    expect(writer.flushedState()).toBe(before);
    expect(writer.pendingCount).toBe(2);
    expect(store.appends.slice(-2).map(({ count }) => count)).toEqual([1, 1]);
    store.release();
    expect(await words(first, second)).toEqual(['accepted', 'accepted']);
    expect(writer.flushedState().holds.size).toBe(1);
    expect(writer.pendingCount).toBe(0);
  });

  it('lets a refusal wait for the events that it was decided after', async () => {
    const { world, store, writer, line } = await book();
    const [one, other] = [intent(world, GPU, 60n), intent(world, GPU, 60n)];
    await words(submit(writer, one), submit(writer, other));
    store.holding = true;
    const race = [one, other].map((asked) => submit(writer, voucher(world, asked, line, AGENT)));
    let answered = 0;
    for (const outcome of race) void outcome.then(() => (answered += 1));
    await turns(4);
    expect(answered).toBe(0);
    store.release();
    expect(await words(...race)).toEqual(['accepted', 'edge_limit_exceeded']);
  });

  it('gives each append the revision after the one before', async () => {
    const { store } = await book();
    let next = -1;
    for (const { expected, count } of store.appends) {
      expect(expected).toBe(next);
      next += count;
    }
  });
});

describe('given a command id that was used', () => {
  it('answers the same object with what was recorded, also before it is durable', async () => {
    const { world, store, writer } = await book();
    store.holding = true;
    const asked = intent(world, GPU, 1n);
    const twice = [submit(writer, asked, 'same'), submit(writer, asked, 'same')];
    await turns(3);
    store.release();
    const [first, second] = await Promise.all(twice);
    expect(second).toEqual({ ...first, duplicate: true });
    expect(inAWord(await writer.submit('other', asked))).toBe('duplicate');
  });

  it('refuses another object, also after a restart', async () => {
    const { world, store, writer } = await book();
    const [one, other] = [intent(world, GPU, 1n), intent(world, GPU, 1n)];
    expect(await words(submit(writer, one, 'same'), submit(writer, other, 'same'))).toEqual([
      'accepted',
      'exists_with_different_payload',
    ]);
    const restarted = (await openTestWriter(store)).writer;
    expect(await words(submit(restarted, other, 'same'), submit(restarted, one, 'same'))).toEqual([
      'exists_with_different_payload',
      'duplicate',
    ]);
  });

  it('recalls a recorded text without an object, and nothing else', async () => {
    const { world, writer } = await book();
    const asked = intent(world, GPU, 1n);
    const other = `${asked.text} `;
    expect(writer.recall(writer.keyOf('c', asked.text), asked.text)).toBe(undefined);
    await submit(writer, asked, 'c');
    expect(writer.recall(writer.keyOf('c', other), other)).toBe(undefined);
    expect(await writer.recall(writer.keyOf('c', asked.text), asked.text)).toMatchObject({
      duplicate: true,
    });
  });
});

describe('given holds that have expired', () => {
  it('records their lapse before the next command, and a sweep records the rest', async () => {
    const { world, writer, clock, line } = await book();
    const asked = intent(world, GPU, 100n);
    const hold = voucher(world, asked, line, AGENT);
    await words(submit(writer, asked), submit(writer, hold));
    clock.time += 2 * HOUR;
    expect(inAWord(await submit(writer, receipt(world, writer.flushedState(), hold)))).toBe(
      'hold_unknown',
    );
    expect(writer.flushedState().holds.size).toBe(0);
    expect(await writer.sweep()).toBe(0);
    const again = voucher(world, asked, line, AGENT, { at: writer.flushedState().at });
    expect(inAWord(await submit(writer, again))).toBe('accepted');
    clock.time += 2 * HOUR;
    expect(await writer.sweep()).toBe(1);
    expect(writer.flushedState().holds.size).toBe(0);
  });
});

describe('given thousands of holds that expire together', () => {
  it('a sweep records all of them: nobody can make a node late by many holds', async () => {
    const world = createWorld({ crypto: 'none' });
    const { writer, clock } = await openTestWriter(new MemoryEventStore());
    const limits = { limitA: amount(2_100n), limitB: amount(2_100n) };
    const line = edge(world, AGENT, GPU, limits);
    await words(
      submit(writer, delegation(world, AGENT)),
      submit(writer, delegation(world, GPU)),
      submit(writer, line),
    );
    const asked = Array.from({ length: 2_100 }, () => intent(world, GPU, 1n));
    const holds = asked.map((one) => voucher(world, one, line.id, AGENT));
    await words(...[...asked, ...holds].map((one) => submit(writer, one)));
    expect(writer.flushedState().holds.size).toBe(2_100);
    clock.time += 2 * HOUR;
    expect(await writer.sweep()).toBe(2_100);
    expect(writer.flushedState().holds.size).toBe(0);
  });
});

describe('given too many commands', () => {
  it('refuses the excess as busy, without recording it', async () => {
    const world = createWorld();
    const { writer } = await openTestWriter(new MemoryEventStore(), { pendingMax: 2 });
    const three = [AGENT, GPU, AGENT].map((party) => submit(writer, delegation(world, party)));
    expect((await words(...three)).at(-1)).toBe('busy');
    expect(writer.accepts(2)).toBe(true);
  });

  it('takes none after stop, and stop waits for those that were taken', async () => {
    const { world, store, writer } = await book();
    store.holding = true;
    const taken = submit(writer, intent(world, GPU, 1n));
    const stopped = writer.stop();
    expect(inAWord(await submit(writer, intent(world, GPU, 1n)))).toBe('stopped');
    await turns(3);
    store.release();
    await stopped;
    expect(inAWord(await taken)).toBe('accepted');
  });
});

describe('given a clock that goes backwards', () => {
  it('keeps the book’s time and counts', async () => {
    const { world, writer, clock } = await book();
    const { at } = writer.flushedState();
    clock.time -= HOUR;
    await submit(writer, intent(world, GPU, 1n));
    expect(writer.flushedState().at).toBe(at);
    expect(writer.clock.clampedCount).toBeGreaterThan(0);
    expect(writer.clock.behindMs).toBe(HOUR);
  });
});

it('stores the signed object verbatim as the cause of its event', async () => {
  const { world, store, writer } = await book();
  const asked = intent(world, GPU, 5n);
  await submit(writer, asked);
  const last = writer.flushedState().revision;
  for await (const stored of store.readStream(STREAM, last, 1)) {
    expect(JSON.parse(stored.payload ?? '').cause).toEqual({ object: JSON.parse(asked.text) });
    expect(stored.payload?.startsWith(`{"cause":{"object":${asked.text}},"data":{`)).toBe(true);
  }
});
