// Goal: a debt changes its creditor, once, whenever the signed object comes. Method: decide tables in
// a book with both edges, where the agent owes gpu 100; books of one end are in both-ends.test.ts.
import { describe, expect, test } from 'vitest';
import type { Decision } from '../book/decision.ts';
import type { BookRefusalReason } from '../book/refusals.ts';
import { edge, limitChange, revocation } from '../testing/accounts.ts';
import { balanceIn, disagreement, heldOn, payOn, proposal, reassign } from '../testing/edges.ts';
import { testHash } from '../testing/keys.ts';
import { decideRow, type Row, refused } from '../testing/table.ts';
import { advance, createFleet, type Fleet } from '../testing/test-book.ts';
import {
  AGENT,
  type Change,
  CLOUD,
  GPU,
  HOUR,
  must,
  PRINCIPAL,
  START,
  through,
  USD,
} from '../testing/world.ts';
import { AMOUNT_MAX, amount, signedAmount } from '../units/amount.ts';
import { parseDenomination } from '../units/denomination.ts';
import { unixMs } from '../units/time.ts';
import type { VerifiedObject } from '../wire/verified.ts';
import { refuseToSignReassign } from './decide-reassign.ts';
import { positionsOf } from './positions.ts';

const EUR = must(parseDenomination('EUR/6'), 'denomination');

/** The agent’s debt goes from gpu to cloud. */
function moved(fleet: Fleet, value: bigint, change: Change<'Reassign'> = {}) {
  const { world, gpuEdge: fromEdge, cloudEdge: toEdge } = fleet;
  const of = { debtor: AGENT, from: GPU, to: CLOUD, fromEdge, toEdge };
  return reassign(world, of, value, change);
}

const owing = ({ world, book, gpuEdge }: Fleet) => payOn(world, book, gpuEdge, AGENT, GPU, 100n);

const recorded = ({ gpuEdge, cloudEdge }: Fleet, object: VerifiedObject): Decision => {
  const { body } = object;
  if (body.type !== 'Reassign') throw new Error('no reassign');
  const { v: _v, type: _t, nonce: _n, expiresAt: _e, ...terms } = body;
  const [gain, loss] = [signedAmount(terms.amount), signedAmount(-terms.amount)];
  const legs = [
    { edge: gpuEdge, party: GPU.id, delta: loss },
    { edge: gpuEdge, party: AGENT.id, delta: gain },
    { edge: cloudEdge, party: CLOUD.id, delta: gain },
    { edge: cloudEdge, party: AGENT.id, delta: loss },
  ];
  const data = { reassign: object.id, ...terms, legs };
  return { kind: 'accepted', events: [{ type: 'CreditReassigned', data }] };
};

const rows: readonly Row[] = [
  {
    name: 'all of a claim',
    given: owing,
    when: (fleet) => moved(fleet, 100n),
    gives: recorded,
  },
  {
    name: 'part of a claim',
    given: owing,
    when: (fleet) => moved(fleet, 1n),
    gives: recorded,
  },
  {
    name: 'after its expiry: what is signed by all counts whenever it comes',
    given: (fleet) => {
      owing(fleet);
      advance(fleet.book, 2 * HOUR);
    },
    when: (fleet) => moved(fleet, 100n),
    gives: recorded,
  },
  {
    name: 'beyond the limit that the new creditor granted: it signed',
    given: (fleet) => {
      owing(fleet);
      fleet.book.accept(limitChange(fleet.world, CLOUD, fleet.cloudEdge, amount(5n), 1));
    },
    when: (fleet) => moved(fleet, 100n),
    gives: recorded,
  },
  {
    name: 'the same again',
    given: owing,
    when: (fleet) => {
      const object = moved(fleet, 60n);
      fleet.book.accept(object);
      return object;
    },
    gives: { kind: 'duplicate' },
  },
  {
    name: 'more than is owed',
    given: owing,
    when: (fleet) => moved(fleet, 101n),
    gives: refused('reassigns_more_than_owed', '/body/amount', { owed: '100' }),
  },
  {
    name: 'a claim that was given away already',
    given: (fleet) => {
      owing(fleet);
      fleet.book.accept(moved(fleet, 60n));
    },
    when: (fleet) => moved(fleet, 60n),
    gives: refused('reassigns_more_than_owed', '/body/amount', { owed: '40' }),
  },
  {
    name: 'a claim of somebody who owes itself',
    given: ({ world, book, gpuEdge }) => payOn(world, book, gpuEdge, GPU, AGENT, 100n),
    when: (fleet) => moved(fleet, 1n),
    gives: refused('reassigns_more_than_owed', '/body/amount', { owed: '-100' }),
  },
  {
    name: 'a claim that is only held yet',
    given: ({ world, book, gpuEdge }) => {
      heldOn(world, book, gpuEdge, AGENT, GPU, 50n);
    },
    when: (fleet) => moved(fleet, 50n),
    gives: refused('reassigns_more_than_owed', '/body/amount', { owed: '0' }),
  },
  {
    name: 'nothing',
    given: owing,
    when: (fleet) => moved(fleet, 0n),
    gives: refused('amount_zero', '/body/amount'),
  },
  {
    name: 'from an edge that is not here',
    given: owing,
    when: (fleet) => moved(fleet, 1n, { fromEdge: testHash('edge') }),
    gives: refused('edge_unknown', '/body/fromEdge'),
  },
  {
    name: 'to an edge that is not here',
    given: owing,
    when: (fleet) => moved(fleet, 1n, { toEdge: testHash('edge') }),
    gives: refused('edge_unknown', '/body/toEdge'),
  },
  {
    name: 'from an edge of others',
    given: owing,
    when: ({ world, gpuEdge, cloudEdge }) =>
      reassign(
        world,
        { debtor: AGENT, from: PRINCIPAL, to: CLOUD, fromEdge: gpuEdge, toEdge: cloudEdge },
        1n,
      ),
    gives: refused('not_on_edge', '/body/fromEdge'),
  },
  {
    name: 'to an edge of others',
    given: owing,
    when: ({ world, gpuEdge, cloudEdge }) =>
      reassign(
        world,
        { debtor: AGENT, from: GPU, to: PRINCIPAL, fromEdge: gpuEdge, toEdge: cloudEdge },
        1n,
      ),
    gives: refused('not_on_edge', '/body/toEdge'),
  },
  {
    name: 'in another denomination',
    given: owing,
    when: (fleet) => moved(fleet, 1n, { denomination: EUR }),
    gives: refused('denomination_mismatch', '/body/denomination'),
  },
  {
    name: 'between two denominations',
    given: owing,
    when: (fleet) => {
      const euros = edge(fleet.world, AGENT, CLOUD, { denomination: EUR });
      fleet.book.accept(euros);
      return moved(fleet, 1n, { toEdge: euros.id });
    },
    gives: refused('denomination_mismatch', '/body/denomination'),
  },
  {
    name: 'signed with a key that the debtor revoked',
    given: (fleet) => {
      owing(fleet);
      fleet.book.accept(revocation(fleet.world, AGENT));
    },
    when: (fleet) => moved(fleet, 1n),
    gives: refused('key_revoked', '/signatures', { key: AGENT.key.id }),
  },
  {
    name: 'signed with a key that the new creditor revoked',
    given: (fleet) => {
      owing(fleet);
      fleet.book.accept(revocation(fleet.world, CLOUD));
    },
    when: (fleet) => moved(fleet, 1n),
    gives: refused('key_revoked', '/signatures', { key: CLOUD.key.id }),
  },
  {
    name: 'to a creditor whose balance can take no more',
    given: (fleet) => {
      const { world, book, gpuEdge, cloudEdge } = fleet;
      book.accept(limitChange(world, GPU, gpuEdge, amount(AMOUNT_MAX), 1));
      book.accept(limitChange(world, CLOUD, cloudEdge, amount(AMOUNT_MAX), 1));
      payOn(world, book, gpuEdge, AGENT, GPU, AMOUNT_MAX);
      payOn(world, book, cloudEdge, AGENT, CLOUD, 1n);
    },
    when: (fleet) => moved(fleet, AMOUNT_MAX),
    gives: refused('balance_out_of_range', '/body/amount'),
  },
  {
    name: 'to a creditor whose balance could take no more once an open hold is paid',
    given: (fleet) => {
      const { world, book, gpuEdge, cloudEdge } = fleet;
      book.accept(limitChange(world, GPU, gpuEdge, amount(AMOUNT_MAX), 1));
      payOn(world, book, gpuEdge, AGENT, GPU, AMOUNT_MAX);
      heldOn(world, book, cloudEdge, AGENT, CLOUD, 1n);
    },
    when: (fleet) => moved(fleet, AMOUNT_MAX),
    gives: refused('balance_out_of_range', '/body/amount'),
  },
];

describe('a reassign', () => {
  test.each(rows)('$name', (row) => {
    const { expected, actual } = decideRow(row);
    expect(actual).toEqual(expected);
  });

  test('needs all three signatures', () => {
    const fleet = createFleet();
    const { body } = moved(fleet, 1n);
    expect(() => fleet.world.object(body, through(AGENT), through(GPU))).toThrow(
      'missing_signature',
    );
  });

  test('moves the claim and nothing else: what the debtor owes in all stays', () => {
    const fleet = createFleet();
    const { book } = fleet;
    owing(fleet);
    const before = positionsOf(book.state, AGENT.id);
    book.accept(moved(fleet, 60n));
    expect(positionsOf(book.state, AGENT.id)).toEqual(before);
    expect(positionsOf(book.state, GPU.id).get(USD)).toBe(40n);
    expect(positionsOf(book.state, CLOUD.id).get(USD)).toBe(60n);
  });

  test('leaves open holds as they are', () => {
    const fleet = createFleet();
    const { world, book, gpuEdge } = fleet;
    owing(fleet);
    heldOn(world, book, gpuEdge, AGENT, GPU, 50n);
    book.accept(moved(fleet, 100n));
    const after = must(book.state.edges.get(gpuEdge), 'edge');
    expect(after.heldFromA + after.heldFromB).toBe(50n);
    expect(balanceIn(book, gpuEdge)).toBe(0n);
  });
});

describe('asked to sign a reassign', () => {
  type Ask = {
    readonly name: string;
    readonly given?: (fleet: Fleet) => void;
    readonly value?: bigint;
    readonly change?: Change<'Reassign'>;
    readonly wait?: number;
    /** What the debtor, `from` and `to` answer. */
    readonly gives: readonly (BookRefusalReason | undefined)[];
  };

  const inLine = [undefined, undefined, undefined] as const;
  const asks: readonly Ask[] = [
    { name: 'all sign what fits', gives: inLine },
    { name: 'all of the claim fits', value: 100n, gives: inLine },
    {
      name: 'a claim that does not cover it is for debtor and from to see',
      value: 101n,
      gives: ['reassigns_more_than_owed', 'reassigns_more_than_owed', undefined],
    },
    {
      name: 'the limit of the new creditor is for debtor and to to see, open holds included',
      given: (fleet) => {
        const { world, book, cloudEdge } = fleet;
        heldOn(world, book, cloudEdge, AGENT, CLOUD, 951n);
      },
      gives: ['edge_limit_exceeded', undefined, 'edge_limit_exceeded'],
    },
    {
      name: 'up to the limit of the new creditor all sign',
      given: ({ world, book, cloudEdge }) => {
        heldOn(world, book, cloudEdge, AGENT, CLOUD, 950n);
      },
      gives: inLine,
    },
    {
      name: 'nobody signs what has expired',
      change: { expiresAt: START },
      gives: ['expired', 'expired', 'expired'],
    },
    {
      name: 'in grace the new edge still takes it',
      change: { expiresAt: unixMs(START + 1000 * HOUR) },
      wait: 501 * HOUR - 1,
      gives: inLine,
    },
    {
      name: 'an overdue edge takes none in; the other may be overdue',
      change: { expiresAt: unixMs(START + 1000 * HOUR) },
      wait: 501 * HOUR,
      gives: ['edge_overdue', undefined, 'edge_overdue'],
    },
    {
      name: 'a disputed edge takes none in',
      given: ({ world, book, cloudEdge }) => {
        const one = proposal(book.state, cloudEdge, book.now);
        const other = { ...one, balance: signedAmount(1n) };
        book.accept(disagreement(world, one, other));
      },
      gives: ['edge_disputed', undefined, 'edge_disputed'],
    },
    {
      name: 'a disputed edge is left by whoever is owed on it',
      given: ({ world, book, gpuEdge }) => {
        const one = proposal(book.state, gpuEdge, book.now);
        const other = { ...one, balance: signedAmount(1n) };
        book.accept(disagreement(world, one, other));
      },
      gives: inLine,
    },
    {
      name: 'another denomination',
      change: { denomination: EUR },
      gives: ['denomination_mismatch', 'denomination_mismatch', 'denomination_mismatch'],
    },
    { name: 'nothing', value: 0n, gives: ['amount_zero', 'amount_zero', 'amount_zero'] },
    {
      name: 'each looks for its own edges',
      change: { toEdge: testHash('edge') },
      gives: ['edge_unknown', undefined, 'edge_unknown'],
    },
  ];

  test.each(asks)('$name', ({ given, value = 50n, change, wait = 0, gives }) => {
    const fleet = createFleet();
    const { world, book } = fleet;
    const [gpuEdge, cloudEdge] = [GPU, CLOUD].map((party) =>
      edge(world, AGENT, party, { graceMs: HOUR }),
    );
    book.accept(must(gpuEdge, 'edge'), must(cloudEdge, 'edge'));
    const own = { ...fleet, gpuEdge: must(gpuEdge, 'e').id, cloudEdge: must(cloudEdge, 'e').id };
    owing(own);
    given?.(own);
    const { body } = moved(own, value, change);
    const now = unixMs(START + wait);
    const answers = (['debtor', 'from', 'to'] as const).map(
      (role) => refuseToSignReassign(book.state, body, now, role)?.reason,
    );
    expect(answers).toEqual(gives);
  });

  test('an overdue edge is named with the time', () => {
    const fleet = createFleet();
    owing(fleet);
    const { body } = moved(fleet, 1n, { expiresAt: unixMs(START + 1000 * HOUR) });
    const now = unixMs(START + 500 * HOUR);
    const refusal = refuseToSignReassign(fleet.book.state, body, now, 'to');
    const expected = refused('edge_overdue', '/body/toEdge', { now });
    expect({ kind: 'rejected', refusal }).toEqual(expected);
  });
});
