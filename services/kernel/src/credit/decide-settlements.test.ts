// Goal: requests to be paid outside, and receipts that shrink a debt by what was. Method: decide
// tables where the agent owes gpu 100; books of one end are in both-ends.test.ts.
import { describe, expect, test } from 'vitest';
import type { Decision } from '../book/decision.ts';
import { edge, revocation } from '../testing/accounts.ts';
import {
  balanceIn,
  disagreement,
  payOn,
  proposal,
  settlementReceipt,
  settlementRequest,
} from '../testing/edges.ts';
import { testHash } from '../testing/keys.ts';
import { decideRow, type Row, refused } from '../testing/table.ts';
import { advance, createFleet, type Fleet } from '../testing/test-book.ts';
import { AGENT, type Built, CLOUD, GPU, HOUR, START, through, USD } from '../testing/world.ts';
import { amount, signedAmount } from '../units/amount.ts';
import { unixMs } from '../units/time.ts';
import type { VerifiedObject } from '../wire/verified.ts';
import { REQUEST_MEMORY_MS } from './evolve-settlements.ts';
import { positionsOf } from './positions.ts';

const owing = ({ world, book, gpuEdge }: Fleet) => payOn(world, book, gpuEdge, AGENT, GPU, 100n);

/** gpu asks for `value`; the request is recorded. */
function asked({ world, book, gpuEdge }: Fleet, value: bigint): Built<'SettlementRequest'> {
  const object = settlementRequest(world, GPU, gpuEdge, value);
  book.accept(object);
  return object;
}

const request: readonly Row[] = [
  {
    name: 'a creditor asks',
    given: owing,
    when: ({ world, gpuEdge }) => settlementRequest(world, GPU, gpuEdge, 60n),
    gives: (_, object) => {
      if (object.body.type !== 'SettlementRequest') throw new Error('no request');
      const { v: _v, type: _t, nonce: _n, ...terms } = object.body;
      const data = { request: object.id, ...terms, debtor: AGENT.id, denomination: USD };
      return { kind: 'accepted', events: [{ type: 'SettlementRequested', data }] };
    },
  },
  {
    name: 'the same request again',
    when: (fleet) => asked(fleet, 60n),
    gives: { kind: 'duplicate' },
  },
  {
    name: 'an answered request again',
    given: owing,
    when: (fleet) => {
      const object = asked(fleet, 60n);
      const { world, book, gpuEdge } = fleet;
      book.accept(settlementReceipt(world, GPU, gpuEdge, 60n, { request: object.id }));
      return object;
    },
    gives: { kind: 'duplicate' },
  },
  {
    name: 'a request on an edge that is not here',
    when: ({ world }) => settlementRequest(world, GPU, testHash('edge'), 1n),
    gives: refused('edge_unknown', '/body/edge'),
  },
  {
    name: 'a request of somebody else',
    when: ({ world, gpuEdge }) => settlementRequest(world, CLOUD, gpuEdge, 1n),
    gives: refused('not_on_edge', '/body/creditor'),
  },
  {
    name: 'a request for nothing',
    when: ({ world, gpuEdge }) => settlementRequest(world, GPU, gpuEdge, 0n),
    gives: refused('amount_zero', '/body/amount'),
  },
  {
    name: 'a request that has expired',
    when: ({ world, gpuEdge }) => settlementRequest(world, GPU, gpuEdge, 1n, { expiresAt: START }),
    gives: refused('expired', '/body/expiresAt', { now: START, expiresAt: START }),
  },
  {
    name: 'a request signed with a revoked key',
    given: ({ world, book }) => book.accept(revocation(world, GPU)),
    when: ({ world, gpuEdge }) => settlementRequest(world, GPU, gpuEdge, 1n),
    gives: refused('key_revoked', '/signatures', { key: GPU.key.id }),
  },
];

const settled =
  (remains: bigint | null) =>
  (_: Fleet, object: VerifiedObject): Decision => {
    if (object.body.type !== 'SettlementReceipt') throw new Error('no receipt');
    const { v: _v, type: _t, nonce: _n, ...terms } = object.body;
    const delta = signedAmount(terms.amount);
    const data = {
      receipt: object.id,
      ...terms,
      debtor: AGENT.id,
      denomination: USD,
      remains: remains === null ? null : amount(remains),
      legs: [
        { party: GPU.id, delta: signedAmount(-delta) },
        { party: AGENT.id, delta },
      ],
    };
    return { kind: 'accepted', events: [{ type: 'SettlementRecorded', data }] };
  };

const receipts: readonly Row[] = [
  {
    name: 'what nobody asked for',
    given: owing,
    when: ({ world, gpuEdge }) => settlementReceipt(world, GPU, gpuEdge, 30n),
    gives: settled(null),
  },
  {
    name: 'all that is owed',
    given: owing,
    when: ({ world, gpuEdge }) => settlementReceipt(world, GPU, gpuEdge, 100n),
    gives: settled(null),
  },
  {
    name: 'what was asked for',
    given: owing,
    when: (fleet) => {
      const { id } = asked(fleet, 60n);
      return settlementReceipt(fleet.world, GPU, fleet.gpuEdge, 60n, { request: id });
    },
    gives: settled(0n),
  },
  {
    name: 'less than was asked for: it says what remains',
    given: owing,
    when: (fleet) => {
      const { id } = asked(fleet, 60n);
      return settlementReceipt(fleet.world, GPU, fleet.gpuEdge, 45n, { request: id });
    },
    gives: settled(15n),
  },
  {
    name: 'more than was asked for',
    given: owing,
    when: (fleet) => {
      const { id } = asked(fleet, 60n);
      return settlementReceipt(fleet.world, GPU, fleet.gpuEdge, 61n, { request: id });
    },
    gives: settled(0n),
  },
  {
    name: 'a request that has expired meanwhile',
    given: owing,
    when: (fleet) => {
      const { id } = asked(fleet, 60n);
      advance(fleet.book, 2 * HOUR);
      return settlementReceipt(fleet.world, GPU, fleet.gpuEdge, 60n, { request: id });
    },
    gives: settled(0n),
  },
  {
    name: 'the same receipt again',
    given: owing,
    when: ({ world, book, gpuEdge }) => {
      const object = settlementReceipt(world, GPU, gpuEdge, 30n);
      book.accept(object);
      return object;
    },
    gives: { kind: 'duplicate' },
  },
  {
    name: 'another receipt for the same evidence',
    given: owing,
    when: ({ world, book, gpuEdge }) => {
      const evidence = testHash('bank statement');
      book.accept(settlementReceipt(world, GPU, gpuEdge, 30n, { evidence }));
      return settlementReceipt(world, GPU, gpuEdge, 30n, { evidence });
    },
    gives: refused('evidence_already_used', '/body/evidence'),
  },
  {
    name: 'more than is owed',
    given: owing,
    when: ({ world, gpuEdge }) => settlementReceipt(world, GPU, gpuEdge, 101n),
    gives: refused('settles_more_than_owed', '/body/amount', { owed: '100' }),
  },
  {
    name: 'a receipt of the debtor',
    given: owing,
    when: ({ world, gpuEdge }) => settlementReceipt(world, AGENT, gpuEdge, 1n),
    gives: refused('settles_more_than_owed', '/body/amount', { owed: '-100' }),
  },
  {
    name: 'nothing',
    given: owing,
    when: ({ world, gpuEdge }) => settlementReceipt(world, GPU, gpuEdge, 0n),
    gives: refused('amount_zero', '/body/amount'),
  },
  {
    name: 'a request that is not here',
    given: owing,
    when: ({ world, gpuEdge }) =>
      settlementReceipt(world, GPU, gpuEdge, 1n, { request: testHash('request') }),
    gives: refused('request_unknown', '/body/request'),
  },
  {
    name: 'a request that is forgotten, 7 days after it expired',
    given: owing,
    when: (fleet) => {
      const { world, book, gpuEdge } = fleet;
      const { id } = asked(fleet, 60n);
      advance(book, HOUR + REQUEST_MEMORY_MS);
      book.accept(
        settlementRequest(world, CLOUD, fleet.cloudEdge, 1n, {
          expiresAt: unixMs(START + 900 * HOUR),
        }),
      );
      return settlementReceipt(world, GPU, gpuEdge, 60n, { request: id });
    },
    gives: refused('request_unknown', '/body/request'),
  },
  {
    name: 'a request that was answered already',
    given: owing,
    when: (fleet) => {
      const { world, book, gpuEdge } = fleet;
      const { id } = asked(fleet, 60n);
      const evidence = testHash('first');
      book.accept(settlementReceipt(world, GPU, gpuEdge, 10n, { request: id, evidence }));
      return settlementReceipt(world, GPU, gpuEdge, 10n, { request: id });
    },
    gives: ({ book, gpuEdge }) =>
      refused('request_already_settled', '/body/request', {
        receipt: book.state.settled.get(`${gpuEdge}/${testHash('first')}`) ?? '',
      }),
  },
  {
    name: 'a request of another edge',
    given: owing,
    when: (fleet) => {
      const { world, book, gpuEdge } = fleet;
      const second = edge(world, AGENT, GPU);
      book.accept(second);
      const other = settlementRequest(world, GPU, second.id, 1n);
      book.accept(other);
      return settlementReceipt(world, GPU, gpuEdge, 1n, { request: other.id });
    },
    gives: refused('request_mismatch', '/body/request'),
  },
  {
    name: 'a request of the other side',
    given: owing,
    when: ({ world, book, gpuEdge }) => {
      const other = settlementRequest(world, AGENT, gpuEdge, 1n);
      book.accept(other);
      return settlementReceipt(world, GPU, gpuEdge, 1n, { request: other.id });
    },
    gives: refused('request_mismatch', '/body/request'),
  },
  {
    name: 'a receipt on an edge that is not here',
    when: ({ world }) => settlementReceipt(world, GPU, testHash('edge'), 1n),
    gives: refused('edge_unknown', '/body/edge'),
  },
  {
    name: 'a receipt of somebody else',
    given: owing,
    when: ({ world, gpuEdge }) => settlementReceipt(world, CLOUD, gpuEdge, 1n),
    gives: refused('not_on_edge', '/body/creditor'),
  },
  {
    name: 'a receipt signed with a revoked key',
    given: (fleet) => {
      owing(fleet);
      fleet.book.accept(revocation(fleet.world, GPU));
    },
    when: ({ world, gpuEdge }) => settlementReceipt(world, GPU, gpuEdge, 1n),
    gives: refused('key_revoked', '/signatures', { key: GPU.key.id }),
  },
];

describe('a settlement request', () => {
  test.each(request)('$name', (row) => {
    const { expected, actual } = decideRow(row);
    expect(actual).toEqual(expected);
  });

  test('moves nothing', () => {
    const fleet = createFleet();
    owing(fleet);
    const before = balanceIn(fleet.book, fleet.gpuEdge);
    asked(fleet, 60n);
    expect(balanceIn(fleet.book, fleet.gpuEdge)).toBe(before);
  });
});

describe('a settlement receipt', () => {
  test.each(receipts)('$name', (row) => {
    const { expected, actual } = decideRow(row);
    expect(actual).toEqual(expected);
  });

  test('is signed by the creditor: the debtor cannot state what it paid', () => {
    const { world, gpuEdge } = createFleet();
    const { body } = settlementReceipt(world, GPU, gpuEdge, 1n);
    expect(() => world.object(body, through(AGENT))).toThrow('unexpected_signature');
  });

  test('shrinks the debt toward zero', () => {
    const fleet = createFleet();
    const { world, book, gpuEdge } = fleet;
    owing(fleet);
    book.accept(settlementReceipt(world, GPU, gpuEdge, 30n));
    expect(positionsOf(book.state, GPU.id).get(USD)).toBe(70n);
    book.accept(settlementReceipt(world, GPU, gpuEdge, 70n));
    expect(positionsOf(book.state, GPU.id).get(USD)).toBe(0n);
    expect(positionsOf(book.state, AGENT.id).get(USD)).toBe(0n);
  });

  test('one evidence may settle on two edges: each creditor says what it has got', () => {
    const fleet = createFleet();
    const { world, book, gpuEdge, cloudEdge } = fleet;
    owing(fleet);
    payOn(world, book, cloudEdge, AGENT, CLOUD, 10n);
    const evidence = testHash('one transfer to both');
    book.accept(settlementReceipt(world, GPU, gpuEdge, 30n, { evidence }));
    book.accept(settlementReceipt(world, CLOUD, cloudEdge, 10n, { evidence }));
  });

  test('counts on an edge that is disputed or overdue', () => {
    const fleet = createFleet();
    const { world, book, gpuEdge } = fleet;
    owing(fleet);
    const one = proposal(book.state, gpuEdge, book.now);
    book.accept(disagreement(world, one, { ...one, balance: signedAmount(1n) }));
    advance(book, 600 * HOUR);
    book.accept(settlementReceipt(world, GPU, gpuEdge, 100n));
    expect(balanceIn(book, gpuEdge)).toBe(0n);
  });
});
