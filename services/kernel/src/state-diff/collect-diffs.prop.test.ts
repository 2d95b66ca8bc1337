// Goal: a span's diffs are what its book's balances moved, in every life of a book, in logs of several
// books. Method: random lives, whose events go into one log; the states at both ends of random spans.
// fast-check prints seed and path on failure.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RecordedEvent } from '../book/events.ts';
import { evolve } from '../book/evolve.ts';
import { type BookState, emptyBook } from '../book/state.ts';
import {
  createEnds,
  DEBTOR,
  deliver,
  type Ends,
  holdHop,
  move,
  peerOn,
  propose,
  settle,
  settleDown,
  stepHop,
} from '../testing/edge-ends.ts';
import { pump } from '../testing/network.ts';
import { createNetwork, type Network } from '../testing/network-core.ts';
import { ask, order, sendPart } from '../testing/network-payment.ts';
import { beginLife, live, type Step } from '../testing/script.ts';
import { advance, createFleet } from '../testing/test-book.ts';
import { createWorld, HOUR, ORIGIN } from '../testing/world.ts';
import { amount } from '../units/amount.ts';
import type { StreamId } from '../units/id.ts';
import {
  type CollectedDiffs,
  collectStateDiffs,
  type LoggedDiffEvent,
  StateDiffCollector,
} from './collect-diffs.ts';
import { decodeStateDiffs } from './decode.ts';
import { encodeStateDiffs } from './encode.ts';

const RUNS = { numRuns: 40, verbose: 1 } as const;

type Log = readonly RecordedEvent[];

const logged = (log: Log): readonly LoggedDiffEvent[] =>
  log.map((event, index) => ({
    index,
    stream: event.stream,
    at: event.at,
    type: event.type,
    event,
  }));

/** Events of several books in one log: each book keeps its order. */
function interleave(books: readonly Log[], draw: () => number): Log {
  const rest = books.map((events) => [...events]);
  const log: RecordedEvent[] = [];
  for (;;) {
    const open = rest.filter((events) => events.length > 0);
    if (open.length === 0) return log;
    const next = open[draw() % open.length]?.shift();
    if (next !== undefined) log.push(next);
  }
}

/** The books of a log after its first `size` events. */
function statesAt(log: Log, size: number): ReadonlyMap<StreamId, BookState> {
  const states = new Map<StreamId, BookState>();
  for (const event of log.slice(0, size)) {
    const before = states.get(event.stream) ?? emptyBook(event.stream, ORIGIN);
    states.set(event.stream, evolve(before, event));
  }
  return states;
}

/** The edges of a log in the order in which it opened them. */
const openingsOf = (log: Log) =>
  log.flatMap((event) =>
    event.type === 'EdgeOpened' ? [{ stream: event.stream, edge: event.data.edge }] : [],
  );

function mustCollect(collected: CollectedDiffs) {
  if (collected.kind === 'refused') throw new Error(`${collected.reason}: ${collected.what}`);
  return collected;
}

/** Holds the collected diffs of a span against the balances that the books evolve to. */
function checkSpan(log: Log, from: number, size: number): void {
  const collected = mustCollect(collectStateDiffs(logged(log), { from, size }));
  const [before, after] = [statesAt(log, from), statesAt(log, size)];
  const openings = openingsOf(log.slice(0, size));
  expect(collected.registrySize).toBe(openings.length);
  const sums = new Map<string, bigint>();
  for (const [number, { stream, edge }] of openings.entries()) {
    const end = after.get(stream)?.edges.get(edge);
    const moved = (end?.balance ?? 0n) - (before.get(stream)?.edges.get(edge)?.balance ?? 0n);
    const diff = collected.diffs.find((one) => one.edge === number);
    expect(diff?.delta ?? 0n).toBe(moved);
    if (moved === 0n || end === undefined) continue;
    const { denomination } = end.terms;
    sums.set(denomination, (sums.get(denomination) ?? 0n) + (moved < 0n ? -moved : moved));
  }
  const values = collected.values.map((one) => [one.denomination as string, one.amount as bigint]);
  expect(values).toEqual([...sums].sort(([one], [two]) => (one < two ? -1 : 1)));
  const decoded = decodeStateDiffs(encodeStateDiffs(collected));
  expect(decoded).toMatchObject({ kind: 'decoded', diffs: collected.diffs });
}

const spans = fc.tuple(fc.nat(10_000), fc.nat(10_000));
const draws = fc.infiniteStream(fc.nat(1_000));

function checkSpans(log: Log, cuts: readonly (readonly [number, number])[]): void {
  checkSpan(log, 0, log.length);
  for (const [one, two] of cuts) {
    const [from = 0, size = 0] = [one, two]
      .map((at) => at % (log.length + 1))
      .sort((a, b) => a - b);
    checkSpan(log, from, size);
  }
}

const which = fc.nat(50);
const fleetSteps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('hold' as const),
        gpu: fc.boolean(),
        value: fc.integer({ min: 1, max: 260 }),
        task: fc.boolean(),
      }),
    },
    { weight: 5, arbitrary: fc.record({ do: fc.constant('pay' as const), which }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('limit' as const), value: fc.nat(900) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(900_000) }) },
  ),
  { minLength: 5, maxLength: 30 },
);

function fleetLog(script: readonly Step[]): Log {
  const life = beginLife(createFleet({ world: createWorld({ crypto: 'none' }) }));
  for (const step of script) live(life, step);
  return life.fleet.book.events;
}

type EndStep = { readonly do: number; readonly to: boolean; readonly value: number };

/** Payments, settlements, reassignments and states between three books of one debtor. */
function endsLog(script: readonly EndStep[]): readonly Log[] {
  const ends: Ends = createEnds({ rateBps: 9_000 });
  for (const { do: what, to, value } of script) {
    const id = to ? ends.toEdge : ends.fromEdge;
    const hop = ends.hops[value % Math.max(ends.hops.length, 1)];
    if (what < 3) holdHop(ends, id, DEBTOR, amount(BigInt(1 + value)));
    else if (what < 8 && hop !== undefined) stepHop(ends, hop);
    else if (what === 8) settle(ends, id, peerOn(ends, id, DEBTOR), amount(BigInt(1 + value)));
    else if (what === 9) move(ends, amount(BigInt(1 + value)));
    else if (what === 10) propose(ends, id);
    else if (what === 12) settleDown(ends);
    else if (what === 11) for (const book of Object.values(ends.books)) advance(book, 300 * HOUR);
    else deliver(ends, value, to);
  }
  // The three books call their streams the same: here they are in one log.
  return Object.values(ends.books).map(({ events }, i) =>
    events.map((event) => ({ ...event, stream: `${i}`.repeat(32) as StreamId })),
  );
}

const endSteps: fc.Arbitrary<readonly EndStep[]> = fc.array(
  fc.record({ do: fc.nat(14), to: fc.boolean(), value: fc.nat(50_000) }),
  { minLength: 10, maxLength: 80 },
);

function networkLog(amounts: readonly number[]): readonly Log[] {
  const wide = { limitA: amount(10n ** 12n), limitB: amount(10n ** 12n) };
  const network: Network = createNetwork({
    names: ['alice', 'bob', 'carol'],
    edges: [
      ['alice', 'bob', wide],
      ['bob', 'carol', wide],
      ['alice', 'carol', wide],
    ],
  });
  for (const value of amounts) {
    const asked = ask(network, 'carol', BigInt(2 * value), {
      minDeliverable: BigInt(2 * value),
      partsMax: 2,
    });
    order(network, 'alice', asked);
    for (const route of [
      ['alice', 'bob', 'carol'],
      ['alice', 'carol'],
    ] as const) {
      sendPart(network, asked, route, amount(BigInt(value)));
    }
    pump(network);
  }
  return network.nodes.map(({ book }) => book.events);
}

describe('the diffs of any span are what the balances moved', () => {
  test('in the life of a fleet', () => {
    fc.assert(
      fc.property(fleetSteps, fc.array(spans, { maxLength: 2 }), (script, cuts) => {
        checkSpans(fleetLog(script), cuts);
      }),
      RUNS,
    );
  });

  test('with settlements, reassignments and carry, of three books in one log', () => {
    fc.assert(
      fc.property(endSteps, draws, fc.array(spans, { maxLength: 2 }), (script, stream, cuts) => {
        const log = interleave(endsLog(script), () => stream.next().value ?? 0);
        checkSpans(log, cuts);
      }),
      RUNS,
    );
  });

  test('with deliveries of several parts, of three nodes in one log', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 9_999 }), { minLength: 1, maxLength: 3 }),
        draws,
        fc.array(spans, { maxLength: 2 }),
        (amounts, stream, cuts) => {
          const log = interleave(networkLog(amounts), () => stream.next().value ?? 0);
          expect(log.some(({ type }) => type === 'DeliveryFinalized')).toBe(true);
          checkSpans(log, cuts);
        },
      ),
      { numRuns: 8, verbose: 1 },
    );
  });

  test('lives are eventful: every kind of event that moves an edge occurs', () => {
    const seen = new Set<string>();
    for (const script of fc.sample(endSteps, { numRuns: 60, seed: 1 })) {
      for (const { type } of endsLog(script).flat()) seen.add(type);
    }
    for (const { type } of networkLog([5]).flat()) seen.add(type);
    const types = ['HopActivated', 'EdgeStateAgreed', 'CreditReassigned', 'SettlementRecorded'];
    expect([...types, 'DeliveryFinalized'].filter((type) => !seen.has(type))).toEqual([]);
  });
});

test('carry is a movement', () => {
  const script = [0, 12, 10, 12, 11, 10, 12].map((what) => ({ do: what, to: true, value: 40_000 }));
  const log = endsLog(script).flat();
  const states = log.flatMap((event, index) =>
    event.type === 'EdgeStateAgreed' ? [{ index, carry: event.data.carry }] : [],
  );
  const carried = states.filter(({ carry }) => carry !== 0n);
  expect([states.length, carried.length]).toEqual([4, 2]);
  for (const { index, carry } of carried) {
    checkSpan(log, index, index + 1);
    const collected = collectStateDiffs(logged(log), { from: index, size: index + 1 });
    expect(collected).toMatchObject({ diffs: [{ delta: carry, moves: 1 }] });
  }
});

test('one collector cut again and again gives what each span gives alone', () => {
  fc.assert(
    fc.property(
      endSteps,
      draws,
      fc.array(fc.nat(10_000), { maxLength: 6 }),
      (script, stream, at) => {
        const log = interleave(endsLog(script), () => stream.next().value ?? 0);
        const cuts = [...at.map((one) => one % (log.length + 1)), log.length].sort((a, b) => a - b);
        const collector = new StateDiffCollector();
        let from = 0;
        for (const size of cuts) {
          for (const entry of logged(log).slice(from, size)) collector.add(entry);
          expect(collector.cut(size)).toEqual(collectStateDiffs(logged(log), { from, size }));
          from = size;
        }
        expect(collector.edges.map(({ stream: book, edge }) => ({ stream: book, edge }))).toEqual(
          openingsOf(log),
        );
      },
    ),
    RUNS,
  );
});
