// Goal: what a book proposes, and what the other end makes of a proposal. Method: one book proposes,
// tables of changed proposals are judged; two books are in both-ends.test.ts.
import { describe, expect, test } from 'vitest';
import { refuse } from '../book/refusals.ts';
import { edge } from '../testing/accounts.ts';
import { edgeState, heldOn, payOn, proposal } from '../testing/edges.ts';
import { testHash } from '../testing/keys.ts';
import { refused } from '../testing/table.ts';
import { advance, createFleet, type Fleet } from '../testing/test-book.ts';
import { AGENT, createWorld, GPU, HOUR, must, START } from '../testing/world.ts';
import { AMOUNT_MAX, amount, signedAmount } from '../units/amount.ts';
import { ZERO_HASH } from '../units/id.ts';
import { unixMs } from '../units/time.ts';
import type { EdgeState } from '../wire/objects.ts';
import { YEAR_MS } from './carry.ts';
import { judgeEdgeState, proposeEdgeState } from './edge-state.ts';

function lent(): Fleet & { readonly edge: EdgeState['edge'] } {
  const fleet = createFleet();
  const { world, book } = fleet;
  const agreement = edge(world, AGENT, GPU, { rateBps: 100_000 });
  book.accept(agreement);
  payOn(world, book, agreement.id, AGENT, GPU, 100n);
  return { ...fleet, edge: agreement.id };
}

describe('a proposal', () => {
  test('says what the book has: balance, carry, open vouchers, and its place', () => {
    const { world, book, edge: id } = lent();
    const first = proposal(book.state, id, book.now);
    const terms = must(book.state.edges.get(id), 'edge').terms;
    expect(first).toMatchObject({ a: terms.a, b: terms.b, sequence: 1, previous: ZERO_HASH });
    expect(first).toMatchObject({ at: START, carry: 0n, open: [] });
    const agreed = edgeState(world, book, id);
    book.accept(agreed);
    const held = heldOn(world, book, id, AGENT, GPU, 3n);
    advance(book, YEAR_MS / 10);
    const next = proposal(book.state, id, book.now);
    expect(next).toMatchObject({ sequence: 2, previous: agreed.id, open: [held.id] });
    expect(next.carry).toBe(first.balance);
    expect(next.balance).toBe(2n * first.balance);
  });

  test('is the same body when it is made again, another at another time', () => {
    const { book, edge: id } = lent();
    expect(proposal(book.state, id, START)).toEqual(proposal(book.state, id, START));
    const later = proposal(book.state, id, unixMs(START + 1));
    expect(later.nonce).not.toBe(proposal(book.state, id, START).nonce);
  });

  test('names the vouchers of both directions in order, and no other edge’s', () => {
    const { world, book, edge: id, gpuEdge } = lent();
    heldOn(world, book, gpuEdge, AGENT, GPU, 3n);
    const open = [
      heldOn(world, book, id, AGENT, GPU, 3n).id,
      heldOn(world, book, id, GPU, AGENT, 4n).id,
      heldOn(world, book, id, AGENT, GPU, 5n).id,
    ];
    expect(proposal(book.state, id, START).open).toEqual(open.sort());
  });

  test('is refused for an edge that is not here', () => {
    const refusal = proposeEdgeState(lent().book.state, testHash('edge'), START);
    expect({ kind: 'rejected', refusal }).toEqual(refused('edge_unknown', '/body/edge'));
  });

  test('is refused at the time of the state before', () => {
    const { world, book, edge: id } = lent();
    book.accept(edgeState(world, book, id));
    const refusal = proposeEdgeState(book.state, id, START);
    const facts = { at: START, previous: START };
    expect({ kind: 'rejected', refusal }).toEqual(refused('at_not_later', '/body/at', facts));
  });

  test('is refused with more than 256 open vouchers', () => {
    const { world, book, gpuEdge } = createFleet({ world: createWorld({ crypto: 'none' }) });
    for (let i = 0; i < 256; i++) heldOn(world, book, gpuEdge, AGENT, GPU, 1n);
    expect(proposal(book.state, gpuEdge, START).open).toHaveLength(256);
    heldOn(world, book, gpuEdge, AGENT, GPU, 1n);
    const refusal = proposeEdgeState(book.state, gpuEdge, START);
    const expected = refused('too_many_open', '/body/open', { open: 257 });
    expect({ kind: 'rejected', refusal }).toEqual(expected);
  });

  test('is refused where the carry leaves the range of amounts', () => {
    const { world, book } = createFleet();
    const limit = amount(AMOUNT_MAX);
    const terms = { rateBps: 100_000, limitA: limit, limitB: limit };
    const wide = edge(world, AGENT, GPU, terms);
    book.accept(wide);
    payOn(world, book, wide.id, AGENT, GPU, AMOUNT_MAX / 2n + 1n);
    book.accept(edgeState(world, book, wide.id));
    const refusal = proposeEdgeState(book.state, wide.id, unixMs(START + YEAR_MS / 10));
    expect({ kind: 'rejected', refusal }).toEqual(refused('balance_out_of_range', '/body/balance'));
  });
});

describe('a judgement', () => {
  const judged = (change: (body: EdgeState, fleet: Fleet) => Partial<EdgeState>) => {
    const fleet = lent();
    const held = heldOn(fleet.world, fleet.book, fleet.edge, AGENT, GPU, 3n);
    const body = proposal(fleet.book.state, fleet.edge, fleet.book.now);
    const changed = { ...body, ...change(body, fleet) };
    return { verdict: judgeEdgeState(fleet.book.state, changed, fleet.book.now), body, held };
  };

  test('agrees with what the book itself would say, whatever the nonce', () => {
    expect(judged(() => ({})).verdict).toEqual({ kind: 'agree' });
    const { verdict } = judged((_, { world }) => ({ nonce: world.nonce() }));
    expect(verdict).toEqual({ kind: 'agree' });
  });

  test('waits where the other end has not got a voucher', () => {
    const { verdict, body, held } = judged(() => ({ open: [] }));
    expect(verdict).toEqual({
      kind: 'in_motion',
      facts: {
        sequence: { ours: 1, theirs: 1 },
        previous: { ours: ZERO_HASH, theirs: ZERO_HASH },
        balance: { ours: body.balance, theirs: body.balance },
        carry: { ours: 0n, theirs: 0n },
        onlyOurs: [held.id],
        onlyTheirs: [],
        claimed: [],
      },
    });
  });

  test('waits where the other end has a voucher more, even with another balance', () => {
    const strange = testHash('voucher');
    const { verdict } = judged(({ open, balance }) => ({
      open: [...open, strange].sort(),
      balance: signedAmount(balance + 1n),
    }));
    expect(verdict).toMatchObject({ kind: 'in_motion', facts: { onlyTheirs: [strange] } });
  });

  test('waits where one end has a state that the other has not got', () => {
    const { verdict } = judged(() => ({ sequence: 2, previous: testHash('state') }));
    expect(verdict).toMatchObject({
      kind: 'in_motion',
      facts: { sequence: { ours: 1, theirs: 2 } },
    });
  });

  test.each<[string, (body: EdgeState) => Partial<EdgeState>]>([
    ['another balance', ({ balance }) => ({ balance: signedAmount(balance - 1n) })],
    ['another carry', () => ({ carry: signedAmount(1n) })],
  ])('disagrees with %s while the same vouchers are open', (_, change) => {
    const { verdict, body } = judged(change);
    const facts = { balance: { ours: body.balance }, onlyOurs: [], onlyTheirs: [] };
    expect(verdict).toMatchObject({ kind: 'disagree', facts });
  });

  test('disagrees with another state before', () => {
    const { world, book, edge: id } = lent();
    book.accept(edgeState(world, book, id));
    advance(book, HOUR);
    const body = { ...proposal(book.state, id, book.now), previous: testHash('state') };
    expect(judgeEdgeState(book.state, body, book.now).kind).toBe('disagree');
  });

  test('an older proposal than the newest state waits, however late it comes', () => {
    const { world, book, edge: id } = lent();
    const old = proposal(book.state, id, book.now);
    book.accept(edgeState(world, book, id));
    advance(book, HOUR);
    expect(judgeEdgeState(book.state, old, book.now)).toMatchObject({
      kind: 'in_motion',
      facts: { sequence: { ours: 2, theirs: 1 } },
    });
  });

  test.each([
    [{ edge: testHash('edge') }, refuse('edge_unknown', '/body/edge')],
    [{ a: AGENT.id, b: AGENT.id }, refuse('not_on_edge', '/body/a')],
  ])('refuses %o', (change, refusal) => {
    expect(judged(() => change).verdict).toEqual({ kind: 'refused', refusal });
  });

  test('refuses a time that is not now: it is what interest is counted by', () => {
    const at = unixMs(START + 60_001);
    const { verdict } = judged(() => ({ at }));
    const facts = { at, now: START, skewMs: 60_000 };
    expect(verdict).toEqual({ kind: 'refused', refusal: refuse('at_skewed', '/body/at', facts) });
  });

  test('refuses where its own carry leaves the range of amounts: there is no state to agree on', () => {
    const { world, book } = createFleet();
    const limit = amount(AMOUNT_MAX);
    const wide = edge(world, AGENT, GPU, { rateBps: 100_000, limitA: limit, limitB: limit });
    book.accept(wide);
    payOn(world, book, wide.id, AGENT, GPU, AMOUNT_MAX / 2n + 1n);
    book.accept(edgeState(world, book, wide.id));
    const soon = proposal(book.state, wide.id, unixMs(START + 1));
    const at = unixMs(START + YEAR_MS / 10);
    expect(judgeEdgeState(book.state, { ...soon, at }, at)).toEqual({
      kind: 'refused',
      refusal: refuse('balance_out_of_range', '/body/balance'),
    });
  });

  test('refuses a time that is not later than the state before', () => {
    const { world, book, edge: id } = lent();
    book.accept(edgeState(world, book, id));
    const body = { ...proposal(book.state, id, unixMs(START + 1)), at: START };
    expect(judgeEdgeState(book.state, body, START)).toEqual({
      kind: 'refused',
      refusal: refuse('at_not_later', '/body/at', { at: START, previous: START }),
    });
  });
});
