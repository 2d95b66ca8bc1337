// Goal: the laws of a book hold in every life of a fleet. Method: random lives, an independent
// account recomputed from the events after each step; fast-check prints seed and path on failure.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, parseAnyJson } from '../codec/canonical-json.ts';
import { creditEventCodecs } from '../credit/event-codecs.ts';
import { positionsOf } from '../credit/positions.ts';
import { hopEventCodecs } from '../hop/event-codecs.ts';
import { eventId } from '../log/envelope.ts';
import { hold } from '../testing/holds.ts';
import { checkLaws } from '../testing/laws.ts';
import { beginLife, type Life, live, type Step } from '../testing/script.ts';
import { createFleet } from '../testing/test-book.ts';
import { createWorld, ORIGIN, PARTIES, STREAM, USD } from '../testing/world.ts';
import { amount } from '../units/amount.ts';
import { BOOK_EVENT_TYPES, decodeEvent, encodeEvent } from './event-codec.ts';
import type { RecordedEvent } from './events.ts';
import { evolve } from './evolve.ts';
import { type BookState, emptyBook } from './state.ts';
import { decodeState, encodeState, stateHash } from './state-codec.ts';

const which = fc.nat(50);

/** Steps weighted towards payments. */
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
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
    { weight: 4, arbitrary: fc.record({ do: fc.constant('pay' as const), which }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('void' as const), which }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(2_400_000) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('limit' as const), value: fc.nat(1_500) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('close' as const), pairs: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('again' as const), which }) },
  ),
  { minLength: 5, maxLength: 40 },
);

const RUNS = { numRuns: 60, verbose: 1 } as const;

const begin = (): Life => beginLife(createFleet({ world: createWorld({ crypto: 'none' }) }));

function play(script: readonly Step[], after?: (life: Life) => void): Life {
  const life = begin();
  for (const step of script) {
    live(life, step);
    after?.(life);
  }
  return life;
}

const totals = (state: BookState) => PARTIES.map(({ id }) => positionsOf(state, id).get(USD) ?? 0n);

/** The vouchers that were paid. */
const paid = (events: readonly RecordedEvent[]) =>
  events.flatMap((event) => (event.type === 'PaymentFinalized' ? [event.data.voucher] : []));

/** An event as it comes back from a store: through the text of its data. */
function stored(event: RecordedEvent): RecordedEvent {
  const { stream, revision, at, eventId, type } = event;
  const json = parseAnyJson(canonicalJson(encodeEvent(event)))?.value ?? null;
  return { ...decodeEvent(type, json), stream, revision, at, eventId };
}

describe('in every life of a fleet', () => {
  test('lives are eventful: the steps reach every kind of event', () => {
    const seen = new Set<string>();
    for (const script of fc.sample(steps, { numRuns: 200, seed: 1 })) {
      for (const event of play(script).fleet.book.events) seen.add(event.type);
    }
    // The events of edges are in credit.prop.test.ts.
    const edges = Object.keys({ ...creditEventCodecs, ...hopEventCodecs });
    const out = ['EquivocationRecorded', 'KeyRevoked', 'PayloadErased', ...edges];
    expect([...seen].sort()).toEqual(BOOK_EVENT_TYPES.filter((type) => !out.includes(type)).sort());
  });

  test('conservation holds and every level adds up to its cap', () => {
    fc.assert(
      fc.property(steps, (script) => {
        play(script, ({ fleet }) => checkLaws(fleet.book.state, fleet.book.events));
      }),
      RUNS,
    );
  });

  test('only PaymentFinalized changes positions', () => {
    fc.assert(
      fc.property(steps, (script) => {
        const { events } = play(script).fleet.book;
        let state = emptyBook(STREAM, ORIGIN);
        for (const event of events) {
          const before = totals(state);
          state = evolve(state, event);
          const moved = totals(state).join() !== before.join();
          expect(moved).toBe(event.type === 'PaymentFinalized');
        }
      }),
      RUNS,
    );
  });

  test('replaying the stored events gives the live state, byte for byte', () => {
    fc.assert(
      fc.property(steps, (script) => {
        const { book } = play(script).fleet;
        const replayed = book.events.map(stored).reduce(evolve, emptyBook(STREAM, ORIGIN));
        expect(encodeState(replayed)).toBe(encodeState(book.state));
        expect(stateHash(replayed)).toBe(stateHash(book.state));
      }),
      RUNS,
    );
  });

  test('a snapshot taken anywhere goes on like the live state', () => {
    fc.assert(
      fc.property(steps, fc.nat(), (script, cut) => {
        const { book } = play(script).fleet;
        const at = cut % book.events.length;
        const middle = book.events.slice(0, at).reduce(evolve, emptyBook(STREAM, ORIGIN));
        const text = encodeState(middle);
        const restored = decodeState(text);
        expect(encodeState(restored)).toBe(text);
        const end = book.events.slice(at).reduce(evolve, restored);
        expect(encodeState(end)).toBe(encodeState(book.state));
      }),
      RUNS,
    );
  });

  test('everything submitted again, in any order, is paid and held at most once', () => {
    fc.assert(
      fc.property(steps, fc.infiniteStream(fc.nat()), (script, draws) => {
        const { fleet, submitted } = play(script);
        const { book } = fleet;
        const before = { totals: totals(book.state), paid: paid(book.events).length };
        const shuffled = [...submitted].sort(() => (draws.next().value % 2) - 0.5);
        for (const object of [...shuffled, ...shuffled]) book.submit(object);
        checkLaws(book.state, book.events);
        const held = book.events.flatMap((event) =>
          event.type === 'HoldPlaced' ? [event.data.voucher] : [],
        );
        expect(new Set(held).size).toBe(held.length);
        const payments = paid(book.events);
        expect(new Set(payments).size).toBe(payments.length);
        if (payments.length === before.paid) expect(totals(book.state)).toEqual(before.totals);
      }),
      RUNS,
    );
  });

  test('what was accepted once is never accepted again', () => {
    fc.assert(
      fc.property(steps, (script) => {
        const { fleet, submitted } = play(script);
        const { book } = fleet;
        const made = new Set(book.events.map((event) => event.eventId));
        const before = encodeState(book.state);
        for (const object of submitted) {
          if (!made.has(eventId(STREAM, object.id, 0))) continue;
          expect(book.submit(object).kind).not.toBe('accepted');
        }
        expect(encodeState(book.state)).toBe(before);
      }),
      RUNS,
    );
  });
});

test('of two holds racing for the last unit exactly one wins, in either order', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), fc.boolean(), (value, swap) => {
      const world = createWorld({ crypto: 'none' });
      const cap = amount(BigInt(value));
      const fleet = createFleet({ world, budget: { cap } });
      const { book } = fleet;
      const pair = [hold(fleet, { value: BigInt(value) }), hold(fleet, { value: 1n })];
      const answers = (swap ? pair.reverse() : pair).map((object) => book.submit(object).kind);
      expect(answers).toEqual(['accepted', 'rejected']);
      checkLaws(book.state, book.events);
    }),
    RUNS,
  );
});

test('a hold that takes index and cap loses to whoever came first, even with its own index', () => {
  const fleet = createFleet({ budget: { cap: amount(100n) } });
  const { book } = fleet;
  book.accept(hold(fleet, { value: 100n }));
  const late = book.submit(hold(fleet, { value: 1n }));
  expect(late).toMatchObject({ kind: 'rejected', refusal: { reason: 'cap_exceeded' } });
});

describe('evolve is total', () => {
  const { book } = createFleet();
  const last = book.events.at(-1);
  if (last === undefined) throw new Error('no events');
  const next = { ...last, revision: book.state.revision + 1 };

  test('an unknown event stops the stream', () => {
    const event = { ...next, type: 'RefundIssued' } as unknown as RecordedEvent;
    expect(() => evolve(book.state, event)).toThrow('event is not handled');
    expect(() => decodeEvent('RefundIssued', {})).toThrow('unknown event RefundIssued');
  });

  test.each([
    ['a gap in the revisions', { ...next, revision: next.revision + 1 }],
    ['an event twice', last],
    ['an earlier time', { ...next, at: (next.at - 1) as typeof next.at }],
    ['a second opening', { ...book.events[0], revision: next.revision } as RecordedEvent],
  ])('%s stops the stream', (_name, event) => {
    expect(() => evolve(book.state, event)).toThrow();
  });
});
