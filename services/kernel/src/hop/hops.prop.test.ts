// Goal: the laws of payments across books, in whatever order messages come, and whoever is away when.
// Method: random routes, clocks, parts, probes, faults and pauses over nodes in memory; after every
// step an account made from the events alone; fast-check prints seed and path on failure.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeEvent, encodeEvent } from '../book/event-codec.ts';
import type { RecordedEvent } from '../book/events.ts';
import { evolve } from '../book/evolve.ts';
import { type BookState, emptyBook } from '../book/state.ts';
import { decodeState, encodeState } from '../book/state-codec.ts';
import { canonicalJson, parseAnyJson } from '../codec/canonical-json.ts';
import { openVouchersOf } from '../credit/open-vouchers.ts';
import { checkEnds, checkNode } from '../testing/hop-laws.ts';
import { advance, deliver, resend, settle } from '../testing/network.ts';
import {
  createNetwork,
  type Network,
  type NetworkNode,
  type NodeMode,
  nodeOf,
  positionOf,
} from '../testing/network-core.ts';
import { ask, order, sendPart } from '../testing/network-payment.ts';
import type { Built } from '../testing/world.ts';
import { ORIGIN } from '../testing/world.ts';
import { amount } from '../units/amount.ts';
import type { Hash } from '../units/id.ts';

const NAMES = ['alice', 'bob', 'carol', 'dave', 'erin'] as const;
const ROUTES = [
  ['alice', 'dave'],
  ['alice', 'bob', 'dave'],
  ['alice', 'carol', 'dave'],
  ['alice', 'bob', 'carol', 'dave'],
  ['alice', 'carol', 'bob', 'erin', 'dave'],
] as const;

type Step =
  | { readonly do: 'part'; readonly which: number; readonly value: number; readonly ttlMs: number }
  | { readonly do: 'probe'; readonly which: number; readonly value: number }
  | { readonly do: 'deliver' | 'drop' | 'again'; readonly which: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'resend' }
  | { readonly do: 'mode'; readonly which: number; readonly mode: NodeMode };

const which = fc.nat(60);
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('part' as const),
        which,
        value: fc.integer({ min: 1, max: 500 }),
        ttlMs: fc.integer({ min: 500, max: 20_000 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('probe' as const),
        which,
        value: fc.integer({ min: 1, max: 200 }),
      }),
    },
    { weight: 24, arbitrary: fc.record({ do: fc.constant('deliver' as const), which }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('drop' as const), which }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('again' as const), which }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(9_000) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('resend' as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('mode' as const),
        which,
        mode: fc.constantFrom<NodeMode>('works', 'silent', 'down'),
      }),
    },
  ),
  { minLength: 20, maxLength: 120 },
);

const offsets = fc.record(
  Object.fromEntries(NAMES.map((name) => [name, fc.integer({ min: -(10 ** 9), max: 10 ** 9 })])),
) as fc.Arbitrary<Record<string, number>>;

const world = fc.record({
  offsets,
  steps,
  minDeliverable: fc.integer({ min: 1, max: 900 }),
  commits: fc.boolean(),
  ages: fc.array(fc.nat(3_000), { minLength: NAMES.length, maxLength: NAMES.length }),
});
type Life = typeof world extends fc.Arbitrary<infer T> ? T : never;

const MAX_PROBE_SPEND = 700n;
const ASKED = 900n;

type Running = { readonly network: Network; readonly asked: readonly Built<'PaymentIntent'>[] };

function begin({ offsets: offsetsMs, minDeliverable, commits, ages }: Life): Running {
  const pairs = NAMES.flatMap((one, i) => NAMES.slice(i + 1).map((two) => [one, two] as const));
  const network = createNetwork({
    names: NAMES,
    edges: pairs.map(([one, two]) => [
      one,
      two,
      { limitA: amount(2_000n), limitB: amount(2_000n) },
    ]),
    offsetsMs,
  });
  for (const [i, node] of network.nodes.entries()) {
    node.commits = commits;
    node.readingAgeMs = ages[i] ?? 0;
  }
  const asked = [ASKED, ASKED].map((value) =>
    ask(network, 'dave', value, { minDeliverable: BigInt(minDeliverable), partsMax: 3 }),
  );
  for (const one of asked) {
    order(network, 'alice', one, { maxProbeSpend: amount(MAX_PROBE_SPEND), maxFee: amount(60n) });
  }
  return { network, asked };
}

function take({ network, asked }: Running, step: Step): void {
  const { pending, nodes } = network;
  if (step.do === 'part' || step.do === 'probe') {
    const one = asked[step.which % asked.length] as Built<'PaymentIntent'>;
    const route = ROUTES[step.which % ROUTES.length] as readonly string[];
    const probe = step.do === 'probe';
    const ttlMs = step.do === 'part' ? step.ttlMs : 15_000;
    sendPart(network, one, route, BigInt(step.value), { probe, ttlMs });
  } else if (step.do === 'deliver') deliver(network, step.which % Math.max(1, pending.length));
  else if (step.do === 'drop') pending.splice(step.which % Math.max(1, pending.length), 1);
  else if (step.do === 'again') {
    const message = pending[step.which % Math.max(1, pending.length)];
    if (message !== undefined) pending.push(message);
  } else if (step.do === 'wait') advance(network, step.ms);
  else if (step.do === 'resend') resend(network);
  else if ('mode' in step) (nodes[step.which % nodes.length] as NetworkNode).mode = step.mode;
}

function live(life: Life, after?: (running: Running) => void): Running {
  const running = begin(life);
  for (const step of life.steps) {
    take(running, step);
    after?.(running);
  }
  return running;
}

/** Everybody comes back, everything is delivered, and all windows pass. */
function end({ network }: Running): void {
  for (const node of network.nodes) node.mode = 'works';
  advance(network, 0);
  settle(network);
  advance(network, 25_000);
  settle(network);
}

const RUNS = { numRuns: 100 } as const;

/** An event as it comes back from a store: through the text of its data. */
function stored(event: RecordedEvent): RecordedEvent {
  const { stream, revision, at, eventId, type } = event;
  const json = parseAnyJson(canonicalJson(encodeEvent(event)))?.value ?? null;
  return { ...decodeEvent(type, json), stream, revision, at, eventId };
}

const replay = ({ book }: NetworkNode): BookState =>
  book.events.map(stored).reduce(evolve, emptyBook(book.state.stream, ORIGIN));

describe('in whatever order messages come', () => {
  test('lives are eventful: payments, losses, denials and releases occur', () => {
    const seen = new Set<string>();
    for (const life of fc.sample(world, { numRuns: 150, seed: 7 })) {
      const running = live(life);
      end(running);
      for (const { book } of running.network.nodes) {
        for (const { type, data } of book.events) {
          seen.add(type === 'HopLapsed' ? `${type} ${data.why}` : type);
        }
      }
    }
    expect(
      [...seen].filter((type) => type.startsWith('Hop') || type.startsWith('D')).sort(),
    ).toEqual([
      'DeliveryFinalized',
      'HopAcknowledged',
      'HopActivated',
      'HopClaimed',
      'HopCommitted',
      'HopConfirmed',
      'HopDeclined',
      'HopHeld',
      'HopLapsed denied',
      'HopLapsed expired',
      'HopLapsed released',
    ]);
  });

  test('after every step sums, holds, limits, orders and states are what the events say', () => {
    fc.assert(
      fc.property(world, (life) => {
        live(life, ({ network }) => network.nodes.forEach(checkNode));
      }),
      RUNS,
    );
  });

  test('once messages settle both ends of every edge agree, and nothing is held', () => {
    fc.assert(
      fc.property(world, (life) => {
        const running = live(life);
        end(running);
        checkEnds(running.network);
        running.network.nodes.forEach(checkNode);
      }),
      RUNS,
    );
  });

  test('the positions of all parties add up to zero once messages settle', () => {
    fc.assert(
      fc.property(world, (life) => {
        const running = live(life);
        end(running);
        const sum = running.network.nodes.reduce((total, node) => total + positionOf(node), 0n);
        expect(sum).toBe(0n);
      }),
      RUNS,
    );
  });

  test('a receiver is paid in one event for each intent, and by nothing else', () => {
    fc.assert(
      fc.property(world, (life) => {
        const { network } = live(life);
        const { book } = nodeOf(network, 'dave');
        const paid = new Set<Hash>();
        let state = emptyBook(book.state.stream, ORIGIN);
        let before = 0n;
        for (const event of book.events) {
          state = evolve(state, event);
          const { party } = nodeOf(network, 'dave');
          const now = positionOf({ ...nodeOf(network, 'dave'), party, book: { ...book, state } });
          expect(now !== before).toBe(event.type === 'DeliveryFinalized');
          before = now;
          if (event.type !== 'DeliveryFinalized') continue;
          expect(paid.has(event.data.intent)).toBe(false);
          paid.add(event.data.intent);
        }
      }),
      RUNS,
    );
  });

  test('replay gives the live state, and a snapshot anywhere goes on like it', () => {
    fc.assert(
      fc.property(world, fc.nat(), (life, cut) => {
        const { network } = live(life);
        for (const node of network.nodes) {
          const { events, state } = node.book;
          const text = encodeState(state);
          expect(encodeState(replay(node))).toBe(text);
          expect(encodeState(decodeState(text))).toBe(text);
          const at = cut % events.length;
          const middle = events.slice(0, at).reduce(evolve, emptyBook(state.stream, ORIGIN));
          const restored = decodeState(encodeState(middle));
          for (const edge of middle.edges.values()) {
            expect(openVouchersOf(restored, edge)).toEqual(openVouchersOf(middle, edge));
          }
          expect(encodeState(events.slice(at).reduce(evolve, restored))).toBe(text);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('probes never cost more than the order allows', () => {
    fc.assert(
      fc.property(world, (life) => {
        const { network, asked } = live(life);
        for (const one of asked) {
          const spent = nodeOf(network, 'alice').book.events.reduce(
            (sum, { type, data }) =>
              type === 'HopHeld' && data.probe && data.intent === one.id
                ? sum + data.amount + data.fee
                : sum,
            0n,
          );
          expect(spent <= MAX_PROBE_SPEND).toBe(true);
        }
      }),
      RUNS,
    );
  });

  test('without a receipt inside the window everything is available again', () => {
    fc.assert(
      fc.property(world, (life) => {
        const running = begin(life);
        const dave = nodeOf(running.network, 'dave');
        for (const step of life.steps) {
          take(running, step);
          dave.mode = 'silent';
        }
        for (const node of running.network.nodes) node.mode = node === dave ? 'silent' : 'works';
        advance(running.network, 25_000);
        for (const node of running.network.nodes) {
          expect(positionOf(node)).toBe(0n);
          for (const edge of node.book.state.edges.values()) {
            expect([edge.heldFromA, edge.heldFromB]).toEqual([0n, 0n]);
          }
        }
      }),
      RUNS,
    );
  });

  test('days later nothing is remembered of what has ended', () => {
    fc.assert(
      fc.property(world, (life) => {
        const running = live(life);
        end(running);
        const { network } = running;
        advance(network, 8 * 86_400_000);
        for (const { name, book } of network.nodes) {
          // Any event lets a book forget.
          ask(network, name, 1n);
          const { hops, parts, orders, deliveries, declined } = book.state;
          const claimed = [...hops.values()].filter(({ status }) => status === 'claimed');
          expect(hops.size).toBe(claimed.length);
          expect([orders.size, declined.size]).toEqual([0, 0]);
          expect(parts.size <= claimed.length).toBe(true);
          expect(deliveries.size <= claimed.length).toBe(true);
        }
      }),
      { numRuns: 30 },
    );
  });
});

test('no event is named or shaped like a refund', () => {
  const names = fc.sample(world, { numRuns: 20, seed: 1 }).flatMap((life) => {
    const { network } = live(life);
    return network.nodes.flatMap(({ book }) =>
      book.events.flatMap((event) => [event.type, ...Object.keys(event.data)]),
    );
  });
  expect(names.filter((name) => /refund|return|revers|undo/i.test(name))).toEqual([]);
});
