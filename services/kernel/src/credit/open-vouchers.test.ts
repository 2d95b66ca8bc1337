// Goal: an edge never has more open vouchers than a state can name. Method: an edge is filled with the
// smallest hops, in the payer's and in the payee's book, up to the boundary and past it.
import { describe, expect, test } from 'vitest';
import { decodeState, encodeState } from '../book/state-codec.ts';
import { createLine, decideAt, first, type Line, release, setClock } from '../testing/hop-table.ts';
import { testHash } from '../testing/keys.ts';
import { edgeBetween, type NetworkNode } from '../testing/network-core.ts';
import { refused } from '../testing/table.ts';
import { must } from '../testing/world.ts';
import { amount } from '../units/amount.ts';
import { OPEN_MAX, openVouchersOf } from './open-vouchers.ts';

const NODES = ['alice', 'bob'] as const;

const edgeOf = ({ network }: Line, { book }: NetworkNode) =>
  must(book.state.edges.get(edgeBetween(network, 'alice', 'bob')), 'edge');

/** Fills the edge alice – bob in one of its books, with one place less if `spare`. */
function fill(line: Line, { book }: NetworkNode, spare = 0) {
  return Array.from({ length: OPEN_MAX - spare }, () => {
    const voucher = first(line, {}, 1n);
    book.accept(voucher);
    return voucher;
  });
}

const tooMany = refused('too_many_open', '/body/edge', { open: 256 });

describe('256 vouchers are open on an edge', () => {
  test.each(NODES)('and no more, in the book of %s', (name) => {
    const line = createLine();
    const node = line[name];
    fill(line, node, 1);
    const last = first(line, {}, 1n);
    expect(decideAt(node, last)).toMatchObject({ kind: 'accepted' });
    node.book.accept(last);
    expect(decideAt(node, first(line, {}, 1n))).toEqual(tooMany);
    expect(decideAt(node, last)).toEqual({ kind: 'duplicate' });
  });

  test('until one is released: what was refused may come again', () => {
    const line = createLine();
    const [given] = fill(line, line.bob);
    const further = first(line, {}, 1n);
    expect(decideAt(line.bob, further)).toEqual(tooMany);
    line.bob.book.accept(release(line, line.bob, must(given, 'voucher').id));
    expect(decideAt(line.bob, further)).toMatchObject({ kind: 'accepted' });
  });

  test('until they lapse', () => {
    const line = createLine();
    const node = line.alice;
    fill(line, node);
    setClock(node, node.book.now + 60_000);
    expect(decideAt(node, first(line, {}, 1n))).toMatchObject({ kind: 'accepted' });
    expect(openVouchersOf(node.book.state, edgeOf(line, node))).toEqual([]);
    expect(node.book.state.openVouchers.size).toBe(0);
  });

  test('which is said before the limit, and after a dispute', () => {
    const line = createLine();
    const { book } = line.bob;
    fill(line, line.bob);
    const large = first(line, {}, 1_000_000n);
    expect(decideAt(line.bob, large)).toEqual(tooMany);
    const edge = edgeOf(line, line.bob);
    const dispute = { proof: testHash('proof'), sequence: 1 };
    const edges = book.state.edges.set(edge.terms.edge, { ...edge, dispute });
    book.state = { ...book.state, edges };
    expect(decideAt(line.bob, large)).toMatchObject({ refusal: { reason: 'edge_disputed' } });
  });

  test('and none on another edge', () => {
    const line = createLine({ orders: { amount: amount(2_000n), maxFee: amount(2_000n) } });
    fill(line, line.bob);
    const onward = must(
      line.bob.book.state.edges.get(edgeBetween(line.network, 'bob', 'carol')),
      '',
    );
    expect(openVouchersOf(line.bob.book.state, onward)).toEqual([]);
  });
});

test('a state that is read again has the same vouchers open, in order, and writes the same text', () => {
  const line = createLine();
  const { book } = line.bob;
  const ids = fill(line, line.bob, 200).map(({ id }) => id);
  const text = encodeState(book.state);
  const restored = decodeState(text);
  expect(text).not.toContain('openVouchers');
  expect(encodeState(restored)).toBe(text);
  expect(openVouchersOf(restored, edgeOf(line, line.bob))).toEqual(ids.sort());
});
