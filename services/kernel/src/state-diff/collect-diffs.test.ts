// Goal: what a span's diffs say beyond the balances, and when they cannot be collected. Method: logs of a
// few events made by hand, with the numbers worked out beside them.
import { describe, expect, test } from 'vitest';
import type { BookEvent } from '../book/events.ts';
import type { Leg } from '../credit/leg.ts';
import { testHash } from '../testing/keys.ts';
import { AGENT, GPU, START, STREAM, USD } from '../testing/world.ts';
import { AMOUNT_MAX, amount, signedAmount } from '../units/amount.ts';
import type { Denomination } from '../units/denomination.ts';
import type { Hash, StreamId } from '../units/id.ts';
import { unixMs } from '../units/time.ts';
import {
  COLLECT_REFUSALS,
  collectStateDiffs,
  isDiffEventType,
  type LoggedDiffEvent,
  StateDiffCollector,
} from './collect-diffs.ts';

const FIRST = testHash('first edge');
const SECOND = testHash('second edge');
const OTHER_BOOK = '0f'.repeat(16) as StreamId;
const EUR = 'EUR/2' as Denomination;
const YEAR = 31_536_000_000;

const legs = (delta: bigint): readonly Leg[] => [
  { party: AGENT.id, delta: signedAmount(delta) },
  { party: GPU.id, delta: signedAmount(-delta) },
];

/** Events by what matters of them here; the rest of their data is another's. */
const opened = (edge: Hash, change: object = {}) =>
  ({
    type: 'EdgeOpened',
    data: {
      edge,
      a: AGENT.id,
      b: GPU.id,
      denomination: USD,
      limitA: amount(9n),
      limitB: amount(9n),
      expiresAt: unixMs(START + YEAR),
      ...change,
    },
  }) as BookEvent;
const paid = (edge: Hash, delta: bigint) =>
  ({ type: 'PaymentFinalized', data: { edge, legs: legs(delta) } }) as unknown as BookEvent;
const settled = (edge: Hash, delta: bigint) =>
  ({ type: 'SettlementRecorded', data: { edge, legs: legs(delta) } }) as unknown as BookEvent;
const agreed = (edge: Hash, delta: bigint) =>
  ({ type: 'EdgeStateAgreed', data: { edge, legs: legs(delta) } }) as unknown as BookEvent;
const disputed = (edge: Hash) => ({ type: 'EdgeDisputed', data: { edge } }) as unknown as BookEvent;
const limited = (edge: Hash, grantor: string, limit: bigint) =>
  ({ type: 'EdgeLimitChanged', data: { edge, grantor, limit } }) as unknown as BookEvent;

type Entry =
  | BookEvent
  | { readonly erased: BookEvent }
  | { readonly at: number; readonly event: BookEvent };

/** A log of one book, an event a second. */
function log(...entries: readonly Entry[]): LoggedDiffEvent[] {
  return entries.map((entry, index) => {
    const event = 'erased' in entry ? entry.erased : 'event' in entry ? entry.event : entry;
    const at = unixMs('at' in entry ? entry.at : START + 1_000 * index);
    const kept = 'erased' in entry ? null : event;
    return { index, stream: STREAM, at, type: event.type, event: kept };
  });
}

const whole = (events: readonly LoggedDiffEvent[], from = 0) =>
  collectStateDiffs(events, { from, size: events.length });

describe('a diff says', () => {
  test('how much and how often an edge moved, seen from a', () => {
    const events = log(
      opened(FIRST),
      opened(SECOND),
      paid(SECOND, -30n),
      paid(FIRST, 7n),
      paid(SECOND, 10n),
    );
    expect(whole(events)).toEqual({
      kind: 'collected',
      from: 0,
      size: 5,
      registrySize: 2,
      diffs: [
        { edge: 0, delta: 7n, moves: 1, flags: 0 },
        { edge: 1, delta: -20n, moves: 2, flags: 0 },
      ],
      values: [{ denomination: USD, amount: 27n }],
    });
  });

  test('that it came back to where it was', () => {
    const events = log(opened(FIRST), paid(FIRST, 5n), paid(FIRST, -5n));
    expect(whole(events)).toMatchObject({
      diffs: [{ edge: 0, delta: 0n, moves: 2, flags: 0 }],
      values: [],
    });
  });

  test('settled, disputed', () => {
    const events = log(opened(FIRST), opened(SECOND), settled(FIRST, -4n), disputed(SECOND));
    expect(whole(events)).toMatchObject({
      diffs: [
        { edge: 0, delta: -4n, moves: 1, flags: 4 },
        { edge: 1, delta: 0n, moves: 1, flags: 2 },
      ],
    });
  });

  test('closed, once both limits are 0', () => {
    const one = log(opened(FIRST), paid(FIRST, 5n), limited(FIRST, AGENT.id, 0n));
    expect(whole(one)).toMatchObject({ diffs: [{ flags: 0 }] });
    const both = log(
      opened(FIRST),
      paid(FIRST, 5n),
      limited(FIRST, AGENT.id, 0n),
      limited(FIRST, GPU.id, 0n),
    );
    expect(whole(both)).toMatchObject({ diffs: [{ flags: 1 }] });
    // Limits from before the span count too.
    const before = log(limited(FIRST, GPU.id, 0n), settled(FIRST, 5n)).map((entry) => ({
      ...entry,
      index: entry.index + 2,
    }));
    const events = [...log(opened(FIRST, { limitA: amount(0n) })), ...before];
    expect(collectStateDiffs(events, { from: 3, size: 4 })).toMatchObject({
      diffs: [{ flags: 5 }],
    });
  });

  test('closed, once the span moved an edge after it had expired', () => {
    const short = opened(FIRST, { expiresAt: unixMs(START + 2_000) });
    const events = log(short, paid(FIRST, 5n), settled(FIRST, -5n), opened(SECOND));
    expect(collectStateDiffs(events, { from: 0, size: 2 })).toMatchObject({
      diffs: [{ flags: 0 }],
    });
    expect(collectStateDiffs(events, { from: 0, size: 3 })).toMatchObject({
      diffs: [{ flags: 5 }],
    });
  });

  test('nothing of an edge that only agreed on where it stands', () => {
    expect(whole(log(opened(FIRST), agreed(FIRST, 0n)))).toMatchObject({ diffs: [], values: [] });
    expect(whole(log(opened(FIRST), agreed(FIRST, 3n)))).toMatchObject({ diffs: [{ delta: 3n }] });
  });
});

test('edges are numbered as the log opened them, in each of its books; values are by denomination', () => {
  const events = log(
    opened(FIRST),
    opened(FIRST, { denomination: EUR }),
    paid(FIRST, 1n),
    paid(FIRST, 2n),
  );
  const [one, two, three, four] = events;
  if (!one || !two || !three || !four) throw new Error('no events');
  const mixed = [one, { ...two, stream: OTHER_BOOK }, three, { ...four, stream: OTHER_BOOK }];
  expect(whole(mixed)).toMatchObject({
    registrySize: 2,
    diffs: [
      { edge: 0, delta: 1n },
      { edge: 1, delta: 2n },
    ],
    values: [
      { denomination: EUR, amount: 2n },
      { denomination: USD, amount: 1n },
    ],
  });
  const collector = new StateDiffCollector();
  for (const entry of mixed) collector.add(entry);
  expect([collector.numberOf(OTHER_BOOK, FIRST), collector.numberOf(STREAM, SECOND)]).toEqual([
    1,
    undefined,
  ]);
  expect(collector.edges[1]).toMatchObject({
    number: 1,
    stream: OTHER_BOOK,
    edge: FIRST,
    denomination: EUR,
  });
});

test('events that move no edge need no payload and may be left out', () => {
  const types = ['HoldPlaced', 'AnchorPlanned', 'PayloadErased'];
  expect(types.filter(isDiffEventType)).toEqual([]);
  const events = log(opened(FIRST), paid(FIRST, 1n)).map((entry) => ({
    ...entry,
    index: 2 * entry.index,
  }));
  const between = types.map((type) => ({ index: 1, stream: STREAM, at: START, type, event: null }));
  for (const other of between) {
    const all = [...events, other].sort((left, right) => left.index - right.index);
    expect(collectStateDiffs(all, { from: 0, size: 9 })).toEqual(
      collectStateDiffs(events, { from: 0, size: 9 }),
    );
  }
});

describe('refused is', () => {
  const erased = log(opened(FIRST), { erased: paid(FIRST, 5n) }, paid(FIRST, 2n));

  /** A log that opens more edges than a payload has room for, and disputes each. */
  function* crowd(): Generator<LoggedDiffEvent> {
    for (let i = 0; i < 2 * 262_145; i += 1) {
      const edge = `${i >> 1}` as Hash;
      const event = i % 2 === 0 ? opened(edge) : disputed(edge);
      yield { index: i, stream: STREAM, at: START, type: event.type, event };
    }
  }

  const rows = [
    ['a span with an erased movement', whole(erased), 'payload_erased', 1, 'PaymentFinalized'],
    [
      'any span after an erased opening',
      whole(log({ erased: opened(FIRST) }, paid(SECOND, 1n)), 1),
      'payload_erased',
      0,
      'EdgeOpened',
    ],
    [
      'a movement of an edge that was not opened',
      whole(log(paid(FIRST, 1n))),
      'edge_not_opened',
      0,
      'PaymentFinalized',
    ],
    [
      'a limit of an edge that was not opened',
      whole(log(limited(FIRST, GPU.id, 1n))),
      'edge_not_opened',
      0,
      'EdgeLimitChanged',
    ],
    [
      'an edge opened twice in one book',
      whole(log(opened(FIRST), opened(FIRST))),
      'edge_not_opened',
      1,
      'EdgeOpened',
    ],
    [
      'more edges than a payload has room for',
      collectStateDiffs(crowd(), { from: 0, size: 2 * 262_145 }),
      'too_many_diffs',
      null,
      '262145 edges',
    ],
    [
      'a delta beyond 2^63−1',
      whole(log(opened(FIRST), paid(FIRST, AMOUNT_MAX), paid(FIRST, 1n))),
      'delta_out_of_range',
      null,
      'edge 0',
    ],
    [
      'a value beyond 2^63−1',
      whole(log(opened(FIRST), opened(SECOND), paid(FIRST, AMOUNT_MAX), paid(SECOND, -1n))),
      'value_out_of_range',
      null,
      USD,
    ],
  ] as const;

  test.each(rows)('%s', (_name, collected, reason, index, what) => {
    expect(collected).toEqual({ kind: 'refused', reason, index, what });
  });

  test('every reason has a row', () => {
    expect([...new Set(rows.map(([, , reason]) => reason as string))]).toEqual(
      COLLECT_REFUSALS.map(({ reason }) => reason),
    );
  });

  test('only the span that the erased movement is in', () => {
    expect(collectStateDiffs(erased, { from: 0, size: 1 })).toMatchObject({
      kind: 'collected',
      diffs: [],
    });
    expect(collectStateDiffs(erased, { from: 2, size: 3 })).toMatchObject({
      diffs: [{ delta: 2n }],
    });
    const collector = new StateDiffCollector();
    for (const entry of erased.slice(0, 2)) collector.add(entry);
    expect(collector.cut(2)).toMatchObject({ reason: 'payload_erased' });
    for (const entry of erased.slice(2)) collector.add(entry);
    expect(collector.cut(3)).toMatchObject({ kind: 'collected', diffs: [{ delta: 2n, moves: 1 }] });
  });

  test('nothing where a sum leaves 64 bits on the way and comes back', () => {
    const there = [paid(FIRST, AMOUNT_MAX), paid(FIRST, AMOUNT_MAX), paid(FIRST, -AMOUNT_MAX)];
    expect(whole(log(opened(FIRST), ...there))).toMatchObject({
      diffs: [{ delta: AMOUNT_MAX, moves: 3 }],
    });
  });
});

test('what is out of order is a mistake of the caller', () => {
  const [one, two] = log(opened(FIRST), paid(FIRST, 1n));
  if (!one || !two) throw new Error('no events');
  const collector = new StateDiffCollector(1);
  collector.add(one);
  expect(() => collector.add(one)).toThrow(new RangeError('index is 1 or more, not 0'));
  collector.add(two);
  expect(() => collector.cut(1)).toThrow(new RangeError('size is 2 or more, not 1'));
  expect(collector.cut(2)).toMatchObject({ from: 1, size: 2 });
  expect(() => collector.add(two)).toThrow(new RangeError('index is 2 or more, not 1'));
  expect(() => collector.cut(1)).toThrow(RangeError);
});

test('a party that is b sees the edge from the other side', () => {
  const turned = opened(FIRST, { a: GPU.id, b: AGENT.id });
  expect(whole(log(turned, paid(FIRST, 5n)))).toMatchObject({ diffs: [{ delta: -5n }] });
});
