// Goal: the laws of an edge with two books. Method: random lives of a debtor between two creditors,
// whose messages are late, doubled and out of order; every book is recomputed from its events.
// fast-check prints seed and path on failure.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeEvent, encodeEvent } from '../book/event-codec.ts';
import type { RecordedEvent } from '../book/events.ts';
import { evolve } from '../book/evolve.ts';
import { type BookState, emptyBook } from '../book/state.ts';
import { decodeState, encodeState } from '../book/state-codec.ts';
import { canonicalJson, parseAnyJson } from '../codec/canonical-json.ts';
import {
  bookOf,
  createEnds,
  DEBTOR,
  deliver,
  type End,
  type Ends,
  edgeIn,
  FROM,
  holdHop,
  move,
  peerOn,
  propose,
  settle,
  settleDown,
  stepHop,
  TO,
} from '../testing/edge-ends.ts';
import { advance, type TestBook } from '../testing/test-book.ts';
import { HOUR, ORIGIN, STREAM } from '../testing/world.ts';
import { amount } from '../units/amount.ts';
import type { Hash } from '../units/id.ts';
import { creditEventCodecs } from './event-codecs.ts';
import { balanceOf, positionsOf } from './positions.ts';

type Step =
  | { readonly do: 'pay'; readonly to: boolean; readonly back: boolean; readonly value: number }
  | { readonly do: 'step'; readonly which: number }
  | { readonly do: 'settle'; readonly to: boolean; readonly back: boolean; readonly value: number }
  | { readonly do: 'move'; readonly value: number }
  | { readonly do: 'propose'; readonly to: boolean }
  | { readonly do: 'deliver'; readonly which: number; readonly keep: boolean }
  | { readonly do: 'wait'; readonly hours: number };

const value = fc.integer({ min: 1, max: 500_000 });
const part = fc.integer({ min: 1, max: 50_000 });
const which = fc.nat(20);
const bool = fc.boolean();
const is = <T extends string>(name: T) => fc.constant(name);
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: is('pay'), to: bool, back: bool, value }) },
    { weight: 8, arbitrary: fc.record({ do: is('step'), which }) },
    { weight: 4, arbitrary: fc.record({ do: is('settle'), to: bool, back: bool, value: part }) },
    { weight: 2, arbitrary: fc.record({ do: is('move'), value: part }) },
    { weight: 4, arbitrary: fc.record({ do: is('propose'), to: bool }) },
    { weight: 6, arbitrary: fc.record({ do: is('deliver'), which, keep: bool }) },
    { weight: 2, arbitrary: fc.record({ do: is('wait'), hours: fc.nat(400) }) },
  ),
  { minLength: 5, maxLength: 60 },
);
const clocks = fc.record({ debtor: fc.nat(25_000), from: fc.nat(25_000), to: fc.nat(25_000) });
const RUNS = { numRuns: 80, verbose: 1 } as const;

function live(ends: Ends, step: Step): void {
  const id = 'to' in step && step.to ? ends.toEdge : ends.fromEdge;
  const back = 'back' in step && step.back;
  const creditor = back ? DEBTOR : peerOn(ends, id, DEBTOR);
  if (step.do === 'pay') {
    holdHop(ends, id, back ? peerOn(ends, id, DEBTOR) : DEBTOR, amount(BigInt(step.value)));
  } else if (step.do === 'step') {
    const hop = ends.hops[step.which % Math.max(ends.hops.length, 1)];
    if (hop !== undefined) stepHop(ends, hop);
  } else if (step.do === 'settle') settle(ends, id, creditor, amount(BigInt(step.value)));
  else if (step.do === 'move') move(ends, amount(BigInt(step.value)));
  else if (step.do === 'propose') propose(ends, id);
  else if (step.do === 'deliver') deliver(ends, step.which, step.keep);
  else for (const book of Object.values(ends.books)) advance(book, step.hours * HOUR);
}

const terms = { rateBps: 50_000 };

function play(
  script: readonly Step[],
  offsets: { readonly [E in End]?: number } = {},
  after: (ends: Ends) => void = () => undefined,
): Ends {
  const ends = createEnds(terms, offsets);
  // Debts to begin with: the debtor owes one creditor, and is owed by the other.
  holdHop(ends, ends.fromEdge, DEBTOR, amount(300_000n));
  holdHop(ends, ends.toEdge, TO, amount(200_000n));
  settleDown(ends);
  for (const step of script) {
    live(ends, step);
    after(ends);
  }
  settleDown(ends);
  after(ends);
  return ends;
}

/** What each event moves, by edge and party, from its legs alone. */
function movesOf(event: RecordedEvent): readonly (readonly [string, string, bigint])[] {
  switch (event.type) {
    case 'HopActivated':
    case 'EdgeStateAgreed':
    case 'SettlementRecorded': {
      const { edge, legs } = event.data;
      return legs.map(({ party, delta }) => [edge, party, delta]);
    }
    case 'CreditReassigned':
      return event.data.legs.map(({ edge, party, delta }) => [edge, party, delta]);
    default:
      return [];
  }
}

/** Conservation in every event, and balances that are the sums of the legs. */
function checkBook({ state, events }: TestBook): void {
  const sums = new Map<string, bigint>();
  for (const event of events) {
    const byEdge = new Map<string, bigint>();
    for (const [edge, party, delta] of movesOf(event)) {
      byEdge.set(edge, (byEdge.get(edge) ?? 0n) + delta);
      sums.set(`${edge} ${party}`, (sums.get(`${edge} ${party}`) ?? 0n) + delta);
    }
    for (const sum of byEdge.values()) expect(sum).toBe(0n);
  }
  let total = 0n;
  for (const edge of state.edges.values()) {
    for (const party of [edge.terms.a, edge.terms.b]) {
      const id = `${edge.terms.edge} ${party}`;
      expect(balanceOf(edge, party)).toBe(sums.get(id) ?? 0n);
    }
  }
  for (const { id } of [DEBTOR, FROM, TO]) {
    for (const position of positionsOf(state, id).values()) total += position;
  }
  expect(total).toBe(0n);
}

const books = (ends: Ends): readonly TestBook[] => Object.values(ends.books);

function atBothEnds(ends: Ends, id: Hash) {
  return [ends.books.debtor, bookOf(ends, peerOn(ends, id, DEBTOR))].map((book) =>
    edgeIn(book, id),
  );
}

describe('in every life of an edge with two books', () => {
  test('lives are eventful: carry accrues, states agree and do not, debts move', () => {
    const seen = new Set<string>();
    const verdicts = new Set<string>();
    let carried = false;
    for (const script of fc.sample(steps, { numRuns: 150, seed: 1 })) {
      const ends = play(script);
      for (const verdict of ends.verdicts) verdicts.add(verdict);
      for (const event of books(ends).flatMap((book) => book.events)) {
        seen.add(event.type);
        if (event.type === 'EdgeStateAgreed' && event.data.carry !== 0n) carried = true;
      }
    }
    const out = ['EdgeDisputed', 'SettlementRequested'];
    const all = Object.keys(creditEventCodecs).filter((type) => !out.includes(type));
    expect(all.filter((type) => !seen.has(type))).toEqual([]);
    expect([...verdicts].sort()).toEqual(['agree', 'disagree', 'in_motion', 'refused']);
    expect(carried).toBe(true);
  });

  test('every event adds up to zero on every edge, and balances are the sums of legs', () => {
    fc.assert(
      fc.property(steps, clocks, (script, offsets) => {
        play(script, offsets, (ends) => books(ends).forEach(checkBook));
      }),
      RUNS,
    );
  });

  test('once everything has arrived both ends have one balance, and agree on a state', () => {
    fc.assert(
      fc.property(steps, clocks, (script, offsets) => {
        const ends = play(script, offsets);
        for (const id of [ends.fromEdge, ends.toEdge]) {
          const [one, other] = atBothEnds(ends, id);
          expect(one?.balance).toBe(other?.balance);
          expect(one?.state?.terms).toEqual(other?.state?.terms);
          for (const book of books(ends)) advance(book, 1);
          const before = ends.verdicts.length;
          propose(ends, id);
          settleDown(ends);
          expect(ends.verdicts.slice(before)).toEqual(['agree']);
          const [first, second] = atBothEnds(ends, id);
          expect(first?.balance).toBe(second?.balance);
          expect(first?.state?.terms.balance).toBe(first?.balance);
        }
      }),
      RUNS,
    );
  });

  test('replaying the stored events gives the live state, from any snapshot on, byte for byte', () => {
    const stored = (event: RecordedEvent): RecordedEvent => {
      const { stream, revision, at, eventId, type } = event;
      const json = parseAnyJson(canonicalJson(encodeEvent(event)))?.value ?? null;
      return { ...decodeEvent(type, json), stream, revision, at, eventId };
    };
    fc.assert(
      fc.property(steps, fc.nat(), (script, cut) => {
        for (const { state, events } of books(play(script))) {
          const half = cut % events.length;
          const replay = (from: BookState, some: readonly RecordedEvent[]) =>
            some.map(stored).reduce(evolve, from);
          const middle = replay(emptyBook(STREAM, ORIGIN), events.slice(0, half));
          const restored = decodeState(encodeState(middle));
          expect(encodeState(restored)).toBe(encodeState(middle));
          expect(encodeState(replay(restored, events.slice(half)))).toBe(encodeState(state));
        }
      }),
      RUNS,
    );
  });
});
