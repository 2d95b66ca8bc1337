import { describe, expect, test } from 'vitest';
import { type BookState, type Edge, emptyBook } from '../book/state.ts';
import { testHash } from '../testing/keys.ts';
import { HOUR, ORIGIN, START, STREAM, testParty, USD } from '../testing/world.ts';
import { AMOUNT_MAX, amount, signedAmount } from '../units/amount.ts';
import { unixMs } from '../units/time.ts';
import { coarseCapacity, offeredEdgesOf, ownEdgesOf } from './own-edges.ts';

const ALICE = testParty('alice').id;

type Change = Partial<Omit<Edge, 'terms'>> & { readonly terms?: Partial<Edge['terms']> };

/** An edge on which Alice is `a`, may owe 1000 and owes nothing. */
function edgeTo(name: string, { terms, ...change }: Change = {}): Edge {
  return {
    terms: {
      edge: testHash(`alice ${name}`),
      a: ALICE,
      b: testParty(name).id,
      denomination: USD,
      limitA: amount(0n),
      limitB: amount(1_000n),
      rateBps: 0,
      expiresAt: unixMs(START + HOUR),
      graceMs: 0,
      haircutBps: 0,
      ...terms,
    },
    limitA: amount(0n),
    limitB: amount(1_000n),
    changeA: { sequence: 0, change: null },
    changeB: { sequence: 0, change: null },
    balance: signedAmount(0n),
    heldFromA: amount(0n),
    heldFromB: amount(0n),
    state: null,
    dispute: null,
    ...change,
  };
}

function bookOf(...edges: readonly Edge[]): BookState {
  const empty = emptyBook(STREAM, ORIGIN);
  let all = empty.edges;
  for (const edge of edges) all = all.set(edge.terms.edge, edge);
  return { ...empty, edges: all };
}

const capacityOf = (edge: Edge, party = ALICE) =>
  ownEdgesOf(bookOf(edge), party, USD, START)[0]?.capacity;

describe('an own edge carries', () => {
  test.each<[string, Change, bigint | undefined]>([
    ['its limit', {}, 1_000n],
    ['less what is owed already', { balance: signedAmount(-300n) }, 700n],
    ['more when the other side owes', { balance: signedAmount(300n) }, 1_300n],
    ['less what is held already', { heldFromA: amount(250n) }, 750n],
    ['the same whatever the other side holds', { heldFromB: amount(250n) }, 1_000n],
    [
      'less its haircut, rounded down',
      { limitB: amount(999n), terms: { haircutBps: 5_000 } },
      499n,
    ],
    ['nothing when it is used up', { balance: signedAmount(-1_000n) }, undefined],
    [
      'nothing when the limit was cut below the debt',
      { balance: signedAmount(-2_000n) },
      undefined,
    ],
    [
      'nothing while its ends disagree',
      { dispute: { proof: testHash('proof'), sequence: 1 } },
      undefined,
    ],
    ['nothing after its end', { terms: { expiresAt: START } }, undefined],
    [
      'nothing in another denomination',
      { terms: { denomination: 'EUR/6' as typeof USD } },
      undefined,
    ],
    [
      'no more than an amount can say',
      { limitB: amount(AMOUNT_MAX), balance: signedAmount(9n), heldFromA: amount(5n) },
      AMOUNT_MAX - 5n,
    ],
  ])('%s', (_, change, capacity) => {
    expect(capacityOf(edgeTo('bob', change))).toBe(capacity);
  });

  test('seen from the other side what that side may owe', () => {
    const edge = edgeTo('bob', { limitA: amount(70n), balance: signedAmount(30n) });
    expect(capacityOf(edge, testParty('bob').id)).toBe(40n);
    expect(capacityOf(edge, testParty('carol').id)).toBeUndefined();
  });
});

describe('an offer', () => {
  test('states capacities coarsely, rounded down', () => {
    const of = (capacity: bigint) => coarseCapacity(amount(capacity));
    expect([0n, 1n, 4n, 5n, 9n, 10n, 19n, 20n, 4_999n, 5_000n, 99_999n].map(of)).toEqual([
      0n,
      1n,
      2n,
      5n,
      5n,
      10n,
      10n,
      20n,
      2_000n,
      5_000n,
      50_000n,
    ]);
    expect(of(AMOUNT_MAX)).toBe(5_000_000_000_000_000_000n);
  });

  test('names each neighbour once, with its widest edge, ascending', () => {
    const narrow = edgeTo('bob', { limitB: amount(30n), terms: { edge: testHash('second') } });
    const book = bookOf(edgeTo('bob'), narrow, edgeTo('carol', { limitB: amount(777n) }));
    const offered = offeredEdgesOf(book, ALICE, USD, START);
    expect(offered.map(({ to }) => to)).toEqual(offered.map(({ to }) => to).toSorted());
    expect(new Set(offered)).toEqual(
      new Set([
        { to: testParty('bob').id, capacity: 1_000n },
        { to: testParty('carol').id, capacity: 500n },
      ]),
    );
  });

  test('of more than 64 neighbours names the widest', () => {
    const edges = Array.from({ length: 70 }, (_, i) =>
      edgeTo(`n${i}`, { limitB: amount(i < 6 ? 1n : 1_000n) }),
    );
    const offered = offeredEdgesOf(bookOf(...edges), ALICE, USD, START);
    expect(offered).toHaveLength(64);
    expect(offered.every(({ capacity }) => capacity === 1_000n)).toBe(true);
  });
});
