// Goal: messages that cross leave both ends of an edge with one balance. Method: a debtor between two
// creditors, each with a book of its own; a table of crossings, then everything arrives.
import { describe, expect, test } from 'vitest';
import {
  bookOf,
  createEnds,
  DEBTOR,
  deliver,
  type Ends,
  edgeIn,
  FROM,
  holdHop,
  move,
  propose,
  settle,
  settleDown,
  stepHop,
  TO,
} from '../testing/edge-ends.ts';
import { reassign, settlementReceipt, settlementRequest } from '../testing/edges.ts';
import { testHash } from '../testing/keys.ts';
import { refused } from '../testing/table.ts';
import { advance } from '../testing/test-book.ts';
import { HOUR, must, partyOf, START } from '../testing/world.ts';
import { amount, signedAmount } from '../units/amount.ts';
import type { Hash } from '../units/id.ts';
import { unixMs } from '../units/time.ts';
import { judgeEdgeState, proposeEdgeState } from './edge-state.ts';
import { balanceOf } from './positions.ts';

/** The debtor owes `value` to the first creditor, in both books. */
function owing(value: bigint, terms: Parameters<typeof createEnds>[0] = {}): Ends {
  const ends = createEnds(terms);
  holdHop(ends, ends.fromEdge, DEBTOR, amount(value));
  settleDown(ends);
  return ends;
}

/** What a creditor is owed, by the debtor's book and by its own. */
function claims(ends: Ends, id: Hash = ends.fromEdge): readonly bigint[] {
  const creditor = id === ends.fromEdge ? FROM : TO;
  return [ends.books.debtor, bookOf(ends, creditor)].map((book) =>
    balanceOf(edgeIn(book, id), creditor.id),
  );
}

const proposerOf = ({ books, fromEdge }: Ends) => partyOf(edgeIn(books.debtor, fromEdge).terms.a);
const answererOf = ({ books, fromEdge }: Ends) => partyOf(edgeIn(books.debtor, fromEdge).terms.b);

describe('a reassign', () => {
  test('counts on both edges in the debtor’s book, on its own in each creditor’s', () => {
    const ends = owing(100n);
    move(ends, amount(60n));
    settleDown(ends);
    expect(claims(ends)).toEqual([40n, 40n]);
    expect(claims(ends, ends.toEdge)).toEqual([60n, 60n]);
    const legs = Object.values(ends.books).map((book) => {
      const event = must(book.events.at(-1), 'event');
      return event.type === 'CreditReassigned' ? event.data.legs.length : 0;
    });
    expect(legs).toEqual([4, 2, 2]);
  });

  test('needs no keys of the party that a book has no edge with', () => {
    const ends = owing(100n);
    move(ends, amount(60n));
    expect(ends.books.from.state.identities.has(TO.id)).toBe(false);
    settleDown(ends);
    expect(claims(ends)).toEqual([40n, 40n]);
  });

  test('crosses a payment of the creditor that gave its claim away: both ends owe the other way', () => {
    const ends = owing(100n);
    holdHop(ends, ends.fromEdge, FROM, amount(30n));
    const payment = must(ends.hops[1], 'hop');
    move(ends, amount(100n));
    // Held, held there, claimed, active: the creditor's book knows before the reassign arrives.
    for (let i = 0; i < 3; i++) stepHop(ends, payment);
    settleDown(ends);
    expect(claims(ends)).toEqual([-30n, -30n]);
  });

  test('waits in the debtor’s book for both edges instead of counting half', () => {
    const { world, books, fromEdge, toEdge } = owing(100n);
    const of = { debtor: DEBTOR, from: FROM, to: TO, fromEdge, toEdge };
    const object = reassign(world, of, 60n);
    const { debtor, from } = books;
    debtor.state = { ...debtor.state, edges: debtor.state.edges.delete(toEdge) };
    expect(debtor.submit(object)).toEqual(refused('edge_unknown', '/body/toEdge'));
    expect(from.submit(object).kind).toBe('accepted');
    from.state = { ...from.state, edges: from.state.edges.delete(fromEdge) };
    expect(from.submit(reassign(world, of, 1n))).toEqual(refused('edge_unknown', '/body/fromEdge'));
  });
});

describe('a settlement receipt', () => {
  test('is judged by the creditor’s book and followed by the debtor’s, payments that cross included', () => {
    const ends = owing(100n);
    holdHop(ends, ends.fromEdge, FROM, amount(30n));
    settle(ends, ends.fromEdge, FROM, amount(100n));
    const receipt = must(ends.queue.shift(), 'receipt');
    const payment = must(ends.hops[1], 'hop');
    while (payment.stage < 4) stepHop(ends, payment);
    expect(claims(ends)).toEqual([70n, -30n]);
    receipt.deliver();
    expect(claims(ends)).toEqual([-30n, -30n]);
  });

  test('is refused by the creditor’s own book above what it is owed: then nobody hears of it', () => {
    const ends = owing(100n);
    settle(ends, ends.fromEdge, FROM, amount(101n));
    expect(ends.queue).toEqual([]);
  });

  test('answers a request that the debtor’s book never got, or forgot', () => {
    const { world, books, fromEdge } = owing(100n);
    const asked = settlementRequest(world, FROM, fromEdge, 60n);
    const paid = settlementReceipt(world, FROM, fromEdge, 45n, { request: asked.id });
    books.from.accept(asked, paid);
    books.debtor.accept(paid);
    const remains = [books.from, books.debtor].map((book) => {
      const event = must(book.events.at(-1), 'event');
      return event.type === 'SettlementRecorded' ? event.data.remains : undefined;
    });
    expect(remains).toEqual([15n, null]);
    const other = settlementReceipt(world, FROM, fromEdge, 1n, { request: testHash('request') });
    expect(books.from.submit(other)).toEqual(refused('request_unknown', '/body/request'));
  });

  test('closes the request at both ends', () => {
    const { world, books, fromEdge } = owing(100n);
    const asked = settlementRequest(world, FROM, fromEdge, 60n);
    const paid = settlementReceipt(world, FROM, fromEdge, 45n, { request: asked.id });
    for (const book of [books.from, books.debtor]) {
      book.accept(asked, paid);
      expect(book.state.requests.get(asked.id)?.receipt).toBe(paid.id);
    }
  });
});

describe('a state', () => {
  test('is proposed by the book of a, judged and recorded by that of b, then recorded by that of a', () => {
    const ends = owing(100n);
    propose(ends, ends.fromEdge);
    settleDown(ends);
    expect(ends.verdicts).toEqual(['agree']);
    const states = [ends.books.debtor, ends.books.from].map((book) => edgeIn(book, ends.fromEdge));
    expect(states[0]?.state?.terms).toEqual(states[1]?.state?.terms);
  });

  test('is not proposed by the book of b, nor judged by that of a: proposals never cross', () => {
    const ends = owing(100n);
    const facts = { proposer: proposerOf(ends).id };
    const own = bookOf(ends, answererOf(ends));
    const refusal = proposeEdgeState(own.state, ends.fromEdge, own.now);
    const expected = refused('not_the_proposer', '/body/a', facts);
    expect({ kind: 'rejected', refusal }).toEqual(expected);
    const peer = bookOf(ends, proposerOf(ends));
    const body = proposeEdgeState(peer.state, ends.fromEdge, peer.now);
    if ('reason' in body) throw new Error(body.reason);
    expect(judgeEdgeState(peer.state, body, peer.now)).toMatchObject({ kind: 'refused' });
  });

  test('counts at the end that proposed it even if that end has gone on', () => {
    const ends = owing(100n, { rateBps: 100_000 });
    propose(ends, ends.fromEdge);
    settleDown(ends);
    for (const book of Object.values(ends.books)) advance(book, 876 * HOUR);
    propose(ends, ends.fromEdge);
    const [first] = ends.queue;
    must(first, 'proposal').deliver();
    ends.queue.shift();
    // The co-signed state is on its way back; the end that proposed it pays, and is paid.
    holdHop(ends, ends.fromEdge, proposerOf(ends), amount(7n));
    settle(ends, ends.fromEdge, FROM, amount(10n));
    settleDown(ends);
    expect(ends.verdicts).toEqual(['agree', 'agree']);
    const paid = proposerOf(ends) === DEBTOR ? 7n : -7n;
    expect(claims(ends)).toEqual([190n + paid, 190n + paid]);
  });

  test('is recorded by its hosted end only as that end signed it', () => {
    const ends = owing(100n);
    const own = bookOf(ends, answererOf(ends));
    const peer = bookOf(ends, proposerOf(ends));
    const body = proposeEdgeState(peer.state, ends.fromEdge, peer.now);
    if ('reason' in body) throw new Error(body.reason);
    const balance = signedAmount(body.balance + 1n);
    const signers = [proposerOf(ends), answererOf(ends)].map((party) => ({
      by: party.identity,
      key: party.key,
    }));
    const object = ends.world.object({ ...body, balance }, ...signers);
    expect(own.submit(object)).toEqual(
      refused('balance_mismatch', '/body/balance', { expected: `${body.balance}` }),
    );
  });

  test.each([
    ['held at the payer alone', 0, 'in_motion'],
    ['held at both ends', 1, 'agree'],
    ['claimed', 2, 'agree'],
    ['active at the payer alone', 3, 'in_motion'],
    ['active at both ends', 4, 'agree'],
  ] as const)('with a payment that is %s: %s', (_, stage, verdict) => {
    const ends = createEnds();
    holdHop(ends, ends.fromEdge, DEBTOR, amount(5n));
    while (must(ends.hops[0], 'hop').stage < stage) stepHop(ends, must(ends.hops[0], 'hop'));
    propose(ends, ends.fromEdge);
    deliver(ends, 0);
    expect(ends.verdicts).toEqual([verdict]);
  });

  test('that both have is not proposed anew by an end that did not get it', () => {
    const ends = owing(100n);
    propose(ends, ends.fromEdge);
    deliver(ends, 0);
    const signed = must(ends.queue.shift(), 'state');
    for (const book of Object.values(ends.books)) advance(book, HOUR);
    propose(ends, ends.fromEdge);
    deliver(ends, 0);
    expect(ends.verdicts).toEqual(['agree', 'in_motion']);
    signed.deliver();
    propose(ends, ends.fromEdge);
    settleDown(ends);
    expect(ends.verdicts).toEqual(['agree', 'in_motion', 'agree']);
  });

  test('does not agree while a receipt is recorded at one end only, and says by how much', () => {
    const ends = owing(100n);
    settle(ends, ends.fromEdge, FROM, amount(10n));
    const receipt = must(ends.queue.shift(), 'receipt');
    propose(ends, ends.fromEdge);
    deliver(ends, 0);
    receipt.deliver();
    for (const book of Object.values(ends.books)) book.now = unixMs(START + 1);
    propose(ends, ends.fromEdge);
    deliver(ends, 0);
    expect(ends.verdicts).toEqual(['disagree', 'agree']);
  });
});
