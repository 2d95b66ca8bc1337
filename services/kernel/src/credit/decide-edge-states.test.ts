// Goal: what makes a co-signed state count, and what a dispute stops. Method: decide tables with
// exact outcomes on an edge of agent and gpu where the agent owes 100.
import { describe, expect, test } from 'vitest';
import type { Decision } from '../book/decision.ts';
import type { BookState } from '../book/state.ts';
import { edge, revocation } from '../testing/accounts.ts';
import { erasure } from '../testing/closes.ts';
import {
  balanceIn,
  disagreement,
  edgeState,
  heldOn,
  payOn,
  proposal,
  settlementReceipt,
} from '../testing/edges.ts';
import { ownHold } from '../testing/holds.ts';
import { testHash } from '../testing/keys.ts';
import { receipt } from '../testing/payments.ts';
import { decideRow, type Row, refused } from '../testing/table.ts';
import { advance, createFleet, type Fleet } from '../testing/test-book.ts';
import { AGENT, CLOUD, GPU, HOUR, must, START, testParty, through } from '../testing/world.ts';
import { amount, type SignedAmount, signedAmount } from '../units/amount.ts';
import { type Hash, ZERO_HASH } from '../units/id.ts';
import { unixMs } from '../units/time.ts';
import type { VerifiedObject } from '../wire/verified.ts';
import { YEAR_MS } from './carry.ts';

const stranger = testParty('stranger');

/** What the agent's debt of `owed` is on the edge, seen from its a. */
const seenFromA = (owed: bigint): SignedAmount => signedAmount(AGENT.id < GPU.id ? -owed : owed);

const owing = ({ world, book, gpuEdge }: Fleet) => payOn(world, book, gpuEdge, AGENT, GPU, 100n);

const holdsOf = (state: BookState): readonly Hash[] =>
  [...state.holds.values()].map(({ terms }) => terms.voucher);

const agreed = (fleet: Fleet, object: VerifiedObject): Decision => {
  const { body } = object;
  if (body.type !== 'EdgeState') throw new Error('no state');
  const { v: _v, type: _t, nonce: _n, ...terms } = body;
  const legs = [
    { party: terms.a, delta: terms.carry },
    { party: terms.b, delta: signedAmount(-terms.carry) },
  ];
  const denomination = must(fleet.book.state.edges.get(terms.edge), 'edge').terms.denomination;
  return {
    kind: 'accepted',
    events: [{ type: 'EdgeStateAgreed', data: { state: object.id, denomination, ...terms, legs } }],
  };
};

const states: readonly Row[] = [
  {
    name: 'the first state: no carry, the balance as it is',
    given: owing,
    when: ({ world, book, gpuEdge }) =>
      edgeState(world, book, gpuEdge, {
        sequence: 1,
        previous: ZERO_HASH,
        balance: seenFromA(100n),
        carry: signedAmount(0n),
        open: [],
      }),
    gives: agreed,
  },
  {
    name: 'a state with an open hold names it',
    given: (fleet) => fleet.book.accept(ownHold(fleet, 7n)),
    when: ({ world, book, gpuEdge }) => {
      const open = holdsOf(book.state);
      expect(open).toHaveLength(1);
      return edgeState(world, book, gpuEdge, { open });
    },
    gives: agreed,
  },
  {
    name: 'the next state names the one before',
    given: (fleet) => {
      const { world, book, gpuEdge } = fleet;
      owing(fleet);
      book.accept(edgeState(world, book, gpuEdge));
      advance(book, 1);
    },
    when: ({ world, book, gpuEdge }) => edgeState(world, book, gpuEdge),
    gives: agreed,
  },
  {
    name: 'the newest state again',
    when: ({ world, book, gpuEdge }) => {
      const object = edgeState(world, book, gpuEdge);
      book.accept(object);
      return object;
    },
    gives: { kind: 'duplicate' },
  },
  {
    name: 'an older state again',
    when: ({ world, book, gpuEdge }) => {
      const object = edgeState(world, book, gpuEdge);
      book.accept(object);
      advance(book, 1);
      book.accept(edgeState(world, book, gpuEdge));
      return object;
    },
    gives: refused('sequence_not_next', '/body/sequence', { expected: 3, actual: 1 }),
  },
  {
    name: 'a state of an edge that is not here',
    when: ({ world, book, gpuEdge }) => edgeState(world, book, gpuEdge, { edge: testHash('edge') }),
    gives: refused('edge_unknown', '/body/edge'),
  },
  {
    name: 'a state of other parties',
    when: ({ world, book, gpuEdge, cloudEdge }) =>
      edgeState(world, book, cloudEdge, { edge: gpuEdge }),
    gives: refused('not_on_edge', '/body/a'),
  },
  {
    name: 'a state signed with a revoked key',
    given: ({ world, book }) => book.accept(revocation(world, GPU)),
    when: ({ world, book, gpuEdge }) => edgeState(world, book, gpuEdge),
    gives: refused('key_revoked', '/signatures', { key: GPU.key.id }),
  },
  {
    name: 'a state after one that is not there',
    when: ({ world, book, gpuEdge }) =>
      edgeState(world, book, gpuEdge, { sequence: 2, previous: testHash('state') }),
    gives: refused('sequence_not_next', '/body/sequence', { expected: 1, actual: 2 }),
  },
  {
    name: 'a state that names another one before it',
    given: ({ world, book, gpuEdge }) => {
      book.accept(edgeState(world, book, gpuEdge));
      advance(book, 1);
    },
    when: ({ world, book, gpuEdge }) =>
      edgeState(world, book, gpuEdge, { previous: testHash('state') }),
    gives: ({ book, gpuEdge }) =>
      refused('previous_mismatch', '/body/previous', {
        expected: must(book.state.edges.get(gpuEdge)?.state, 'state').terms.state,
      }),
  },
  {
    name: 'a state of the time of the one before',
    given: ({ world, book, gpuEdge }) => book.accept(edgeState(world, book, gpuEdge)),
    when: ({ world, book, gpuEdge }) => {
      const { at: _at, ...next } = proposal(book.state, gpuEdge, unixMs(START + 1));
      return world.object({ ...next, at: START }, ...[AGENT, GPU].map(through));
    },
    gives: refused('at_not_later', '/body/at', { at: START, previous: START }),
  },
  {
    name: 'a carry without a state before',
    given: owing,
    when: ({ world, book, gpuEdge }) =>
      edgeState(world, book, gpuEdge, { carry: seenFromA(1n), balance: seenFromA(101n) }),
    gives: refused('carry_mismatch', '/body/carry', { expected: '0' }),
  },
  {
    name: 'a state that leaves an open hold out',
    given: (fleet) => fleet.book.accept(ownHold(fleet, 7n)),
    when: ({ world, book, gpuEdge }) => edgeState(world, book, gpuEdge, { open: [] }),
    gives: refused('open_mismatch', '/body/open'),
  },
  {
    name: 'a state that names a hold of another edge',
    given: ({ world, book, cloudEdge }) => {
      heldOn(world, book, cloudEdge, AGENT, CLOUD, 7n);
    },
    when: ({ world, book, gpuEdge }) =>
      edgeState(world, book, gpuEdge, { open: holdsOf(book.state) }),
    gives: refused('open_mismatch', '/body/open'),
  },
  {
    name: 'a state with another balance',
    given: owing,
    when: ({ world, book, gpuEdge }) =>
      edgeState(world, book, gpuEdge, { balance: seenFromA(99n) }),
    gives: refused('balance_mismatch', '/body/balance', { expected: `${seenFromA(100n)}` }),
  },
];

describe('a co-signed state', () => {
  test.each(states)('$name', (row) => {
    const { expected, actual } = decideRow(row);
    expect(actual).toEqual(expected);
  });

  test('one end alone makes no state', () => {
    const { world, book, gpuEdge } = createFleet();
    const body = proposal(book.state, gpuEdge, book.now);
    expect(() => world.object(body, through(AGENT))).toThrow('missing_signature');
  });
});

const disputed = (
  fleet: Fleet,
  change: { balance?: SignedAmount; open?: readonly Hash[] } = {},
) => {
  const { world, book, gpuEdge } = fleet;
  const one = proposal(book.state, gpuEdge, book.now);
  const other = { ...one, balance: seenFromA(50n), nonce: world.nonce(), ...change };
  return disagreement(world, one, other);
};

const disputes: readonly Row[] = [
  {
    name: 'two states of one moment with other balances',
    given: owing,
    when: (fleet) => disputed(fleet),
    gives: ({ book, gpuEdge }, object) => {
      const { terms } = must(book.state.edges.get(gpuEdge), 'edge');
      const { edge, a, b, denomination } = terms;
      const balances = [seenFromA(100n), seenFromA(50n)] as const;
      const data = { proof: object.id, edge, a, b, denomination, sequence: 1, balances };
      return {
        kind: 'accepted',
        events: [{ type: 'EdgeDisputed', data: { ...data, kind: 'balance' } }],
      };
    },
  },
  {
    name: 'the same proof again',
    given: owing,
    when: (fleet) => {
      const object = disputed(fleet);
      fleet.book.accept(object);
      return object;
    },
    gives: { kind: 'duplicate' },
  },
  {
    name: 'another proof of the same dispute',
    given: (fleet) => {
      owing(fleet);
      fleet.book.accept(disputed(fleet));
    },
    when: (fleet) => disputed(fleet, { balance: seenFromA(60n) }),
    gives: ({ book, gpuEdge }) =>
      refused('exists_with_different_terms', '/body', {
        proof: must(book.state.edges.get(gpuEdge)?.dispute, 'dispute').proof,
      }),
  },
  {
    name: 'other vouchers open: messages under way explain it',
    given: (fleet) => fleet.book.accept(ownHold(fleet, 7n)),
    when: (fleet) => disputed(fleet, { balance: seenFromA(7n), open: [] }),
    gives: refused('dispute_in_flight', '/body/second'),
  },
  {
    name: 'a proof about a state that both have signed since',
    when: (fleet) => {
      const object = disputed(fleet);
      fleet.book.accept(edgeState(fleet.world, fleet.book, fleet.gpuEdge));
      return object;
    },
    gives: refused('sequence_not_next', '/body/first/object/sequence', { expected: 2, actual: 1 }),
  },
  {
    name: 'a proof about an edge that is not here',
    when: ({ world, book, gpuEdge }) => {
      const one = { ...proposal(book.state, gpuEdge, book.now), edge: testHash('edge') };
      return disagreement(world, one, { ...one, balance: seenFromA(1n) });
    },
    gives: refused('edge_unknown', '/body/first/object/edge'),
  },
  {
    name: 'a proof about other parties',
    when: ({ world, book, gpuEdge, cloudEdge }) => {
      const one = { ...proposal(book.state, cloudEdge, book.now), edge: gpuEdge };
      return disagreement(world, one, { ...one, balance: signedAmount(1n) });
    },
    gives: refused('not_on_edge', '/body/first/object/a'),
  },
  {
    name: 'a proof made with a key that its party revoked',
    when: (fleet) => {
      const object = disputed(fleet);
      fleet.book.accept(revocation(fleet.world, GPU));
      return object;
    },
    gives: refused('key_revoked', '/signatures', { key: GPU.key.id }),
  },
  {
    name: 'a hold on a disputed edge',
    given: (fleet) => {
      owing(fleet);
      fleet.book.accept(disputed(fleet));
    },
    when: (fleet) => ownHold(fleet, 1n),
    gives: ({ book, gpuEdge }) =>
      refused('edge_disputed', '/body/edge', {
        proof: must(book.state.edges.get(gpuEdge)?.dispute, 'dispute').proof,
      }),
  },
];

describe('a dispute', () => {
  test.each(disputes)('$name', (row) => {
    const { expected, actual } = decideRow(row);
    expect(actual).toEqual(expected);
  });

  test('needs keys that the book knows', () => {
    const { world, book, gpuEdge } = createFleet();
    const one = proposal(book.state, gpuEdge, book.now);
    const object = disagreement(world, one, { ...one, balance: seenFromA(1n) });
    const [first, second] = object.body.delegations;
    const other = { ...second.object, key: stranger.key.id };
    const forged = {
      ...object,
      body: { ...object.body, delegations: [first, { ...second, object: other }] as const },
    };
    expect(book.submit(forged)).toEqual(
      refused('key_unknown', '/signatures', { party: one.b, key: stranger.key.id }),
    );
  });

  test('leaves open holds to be paid, and ends with the next state that both sign', () => {
    const fleet = createFleet();
    const { world, book, gpuEdge } = fleet;
    const held = ownHold(fleet, 7n);
    book.accept(held, disputed(fleet, { balance: seenFromA(7n) }));
    book.accept(receipt(world, book.state, held, { at: book.now }));
    expect(book.state.edges.get(gpuEdge)?.balance).toBe(seenFromA(7n));
    book.accept(edgeState(world, book, gpuEdge));
    expect(book.state.edges.get(gpuEdge)?.dispute).toBeNull();
    book.accept(ownHold(fleet, 1n));
  });
});

/** An edge of agent and gpu at ten times a year: a tenth of a year doubles what is owed. */
function openLent({ world, book }: Fleet, limit = amount(1_000n)): Hash {
  const terms = { rateBps: 100_000, limitA: limit, limitB: limit };
  const agreement = edge(world, AGENT, GPU, terms);
  book.accept(agreement);
  return agreement.id;
}

describe('what an agreed state does', () => {
  test('the carry is debt, and interest is owed on it from there', () => {
    const fleet = createFleet();
    const { world, book } = fleet;
    const lent = openLent(fleet);
    payOn(world, book, lent, AGENT, GPU, 100n);
    book.accept(edgeState(world, book, lent));
    advance(book, YEAR_MS / 10);
    const second = edgeState(world, book, lent);
    expect(second.body).toMatchObject({ carry: seenFromA(100n), balance: seenFromA(200n) });
    book.accept(second);
    expect(balanceIn(book, lent)).toBe(seenFromA(200n));
    advance(book, YEAR_MS / 10);
    expect(proposal(book.state, lent, book.now).carry).toBe(seenFromA(200n));
  });

  test('interest runs on the balance that both signed, whatever was paid since', () => {
    const fleet = createFleet();
    const { world, book } = fleet;
    const lent = openLent(fleet);
    payOn(world, book, lent, AGENT, GPU, 100n);
    book.accept(edgeState(world, book, lent), settlementReceipt(world, GPU, lent, 100n));
    advance(book, YEAR_MS / 10);
    const next = proposal(book.state, lent, book.now);
    expect(next).toMatchObject({ carry: seenFromA(100n), balance: seenFromA(100n) });
  });

  test('a carry may pass the limit of the edge, which only bounds new debt', () => {
    const fleet = createFleet();
    const { world, book } = fleet;
    const lent = openLent(fleet);
    payOn(world, book, lent, AGENT, GPU, 900n);
    book.accept(edgeState(world, book, lent));
    advance(book, YEAR_MS / 10);
    book.accept(edgeState(world, book, lent));
    expect(balanceIn(book, lent)).toBe(seenFromA(1_800n));
  });

  test('only the newest state stays in use: older ones can be erased', () => {
    const fleet = createFleet();
    const { world, book, gpuEdge } = fleet;
    const newest = () => must(book.state.edges.get(gpuEdge)?.state, 'state').eventId;
    book.accept(edgeState(world, book, gpuEdge));
    const first = newest();
    expect(book.submit(erasure(world, first))).toEqual(refused('payload_in_use', '/body/eventId'));
    advance(book, HOUR);
    book.accept(edgeState(world, book, gpuEdge), erasure(world, first));
    expect(book.submit(erasure(world, newest()))).toMatchObject({ kind: 'rejected' });
  });
});
