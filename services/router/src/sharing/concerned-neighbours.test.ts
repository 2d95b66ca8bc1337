// Goal: exactly those neighbours are told of an event whose books have to hold its cause. Method: a
// debtor between two creditors, each with a book of its own; one row for each type of event.
import type { RecordedEvent } from '@atomicity/kernel/book/events';
import { delegation, edge, revocation } from '@atomicity/kernel/testing/accounts';
import {
  createEnds,
  DEBTOR,
  type End,
  type Ends,
  edgeIn,
  FROM,
  TO,
} from '@atomicity/kernel/testing/edge-ends';
import {
  disagreement,
  edgeState,
  proposal,
  reassign,
  settlementReceipt,
  settlementRequest,
} from '@atomicity/kernel/testing/edges';
import { testKey } from '@atomicity/kernel/testing/keys';
import {
  must,
  OPERATOR,
  PRINCIPAL,
  START,
  type TestParty,
  through,
} from '@atomicity/kernel/testing/world';
import { amount, signedAmount } from '@atomicity/kernel/units/amount';
import { unixMs } from '@atomicity/kernel/units/time';
import type { VerifiedObject } from '@atomicity/kernel/wire/verified';
import { describe, expect, it } from 'vitest';
import { concernedNeighbours, isShared, neighboursOf } from './concerned-neighbours.ts';

const NAMES = new Map([DEBTOR, FROM, TO, PRINCIPAL].map(({ id, name }) => [id, name]));

function lastEvent({ books }: Ends, end: End): RecordedEvent {
  return must(books[end].events.at(-1), 'event');
}

function told(ends: Ends, end: End, party: TestParty): readonly (string | undefined)[] {
  const event = lastEvent(ends, end);
  const found = concernedNeighbours(event, ends.books[end].state, party.id);
  return found.map((id) => NAMES.get(id)).sort();
}

type Make = (ends: Ends) => VerifiedObject;

const limit =
  (sequence: number): Make =>
  ({ world, fromEdge }) =>
    world.object(
      {
        v: 1,
        type: 'EdgeLimitChange',
        edge: fromEdge,
        grantor: FROM.id,
        limit: amount(5n),
        sequence,
        nonce: world.nonce(),
      },
      through(FROM),
    );

const moved: Make = ({ world, fromEdge, toEdge }) =>
  reassign(world, { debtor: DEBTOR, from: FROM, to: TO, fromEdge, toEdge }, 10n);

const state: Make = (ends) => edgeState(ends.world, ends.books.debtor, ends.fromEdge);

const disputed: Make = (ends) => {
  const one = proposal(ends.books.debtor.state, ends.fromEdge, START);
  return disagreement(ends.world, one, { ...one, balance: signedAmount(one.balance + 1n) });
};

/** D owes F 100. */
function given(): Ends {
  const ends = createEnds();
  const debt = settlementReceipt(ends.world, DEBTOR, ends.fromEdge, 100n);
  for (const end of ['from'] as const) ends.books[end].accept(debt);
  return ends;
}

describe('in the book of a debtor between two creditors', () => {
  const second = testKey('a second key').id;
  const rows: readonly (readonly [string, Make, readonly string[]])[] = [
    ['EdgeLimitChanged', limit(1), ['gpu']],
    ['EdgeStateAgreed', state, ['gpu']],
    ['EdgeDisputed', disputed, ['gpu']],
    [
      'SettlementRequested',
      ({ world, toEdge }) => settlementRequest(world, TO, toEdge, 5n),
      ['cloud'],
    ],
    ['KeyDelegated', ({ world }) => delegation(world, DEBTOR, { key: second }), ['cloud', 'gpu']],
    ['KeyRevoked', ({ world }) => revocation(world, DEBTOR), ['cloud', 'gpu']],
  ];
  it.each(rows)('%s', (type, make, expected) => {
    const ends = createEnds();
    ends.books.debtor.accept(make(ends));
    expect(lastEvent(ends, 'debtor').type).toBe(type);
    expect(told(ends, 'debtor', DEBTOR)).toEqual(expected);
  });

  it('SettlementRecorded and CreditReassigned', () => {
    const ends = given();
    expect(lastEvent(ends, 'from').type).toBe('SettlementRecorded');
    expect(told(ends, 'from', FROM)).toEqual([DEBTOR.name]);
    // The other book takes the reassign on the edge that it has.
    ends.books.from.accept(moved(ends));
    expect(lastEvent(ends, 'from').type).toBe('CreditReassigned');
    expect(told(ends, 'from', FROM)).toEqual([DEBTOR.name]);
  });

  it('EdgeOpened tells the new neighbour', () => {
    const ends = createEnds();
    ends.books.debtor.accept(
      delegation(ends.world, PRINCIPAL),
      edge(ends.world, DEBTOR, PRINCIPAL),
    );
    expect(told(ends, 'debtor', DEBTOR)).toEqual([PRINCIPAL.name]);
    expect(neighboursOf(ends.books.debtor.state, DEBTOR.id)).toHaveLength(3);
  });

  it('a reassign tells both creditors', () => {
    const ends = createEnds();
    const { fromEdge, books } = ends;
    // D owes F 100, however that came about.
    const owed = edgeIn(books.debtor, fromEdge).terms.a === FROM.id ? 1n : -1n;
    books.debtor.state = {
      ...books.debtor.state,
      edges: books.debtor.state.edges.set(fromEdge, {
        ...edgeIn(books.debtor, fromEdge),
        balance: signedAmount(100n * owed),
      }),
    };
    books.debtor.accept(moved(ends));
    expect(told(ends, 'debtor', DEBTOR)).toEqual(['cloud', 'gpu']);
  });
});

describe('nobody is told', () => {
  it('of keys of others, of operators’ keys and of edges of others', () => {
    const ends = createEnds();
    const { world, books } = ends;
    const key = testKey('another key').id;
    books.debtor.accept(delegation(world, FROM, { key }));
    expect(told(ends, 'debtor', DEBTOR)).toEqual([]);
    books.debtor.accept(delegation(world, DEBTOR, { key, roles: ['auditor'] }));
    expect(told(ends, 'debtor', DEBTOR)).toEqual([]);
    books.debtor.accept(limit(1)(ends));
    expect(told(ends, 'debtor', TO)).toEqual([]);
  });

  it('of an edge whose two ends are in this book', () => {
    const ends = createEnds();
    const { world, books } = ends;
    const host = { v: 1, type: 'PartyHosting', party: FROM.id, marginMs: 1_000 } as const;
    books.debtor.accept(world.object({ ...host, nonce: world.nonce() }, through(OPERATOR)));
    books.debtor.accept(limit(1)(ends));
    expect(told(ends, 'debtor', DEBTOR)).toEqual([]);
    expect(neighboursOf(books.debtor.state, DEBTOR.id)).toEqual([TO.id]);
  });

  it('of hops, holds, budgets and the node’s own matters', () => {
    const shared = [
      'KeyDelegated',
      'KeyRevoked',
      'EdgeOpened',
      'EdgeLimitChanged',
      'EdgeStateAgreed',
      'EdgeDisputed',
      'CreditReassigned',
      'SettlementRequested',
      'SettlementRecorded',
    ];
    expect(shared.filter(isShared)).toEqual(shared);
    const own = ['HopHeld', 'HopActivated', 'DeliveryFinalized', 'HoldPlaced', 'PartyHosted', 'x'];
    expect(own.filter(isShared)).toEqual([]);
    expect(concernedNeighbours(hosted(), createEnds().books.debtor.state, DEBTOR.id)).toEqual([]);
  });
});

function hosted(): RecordedEvent {
  const { events } = createEnds().books.debtor;
  const event = must(
    events.find(({ type }) => type === 'PartyHosted'),
    'event',
  );
  return { ...event, at: unixMs(START) };
}
