// Goal: opening edges and changing limits. Method: a decide table with exact outcomes.
import { expect, test } from 'vitest';
import { delegation, edge, limitChange } from '../testing/accounts.ts';
import { testHash } from '../testing/keys.ts';
import { decideRow, type Row, refused } from '../testing/table.ts';
import { createFleet } from '../testing/test-book.ts';
import { AGENT, GPU, PRINCIPAL, START, testParty } from '../testing/world.ts';
import { amount } from '../units/amount.ts';
import { exposureOf, positionsOf } from './positions.ts';

const stranger = testParty('stranger');

const rows: readonly Row[] = [
  {
    name: 'two parties open an edge',
    when: ({ world }) => edge(world, PRINCIPAL, GPU),
    gives: ({ world }, object) => {
      const { v: _v, type: _t, nonce: _n, ...terms } = edge(world, PRINCIPAL, GPU).body;
      return {
        kind: 'accepted',
        events: [{ type: 'EdgeOpened', data: { edge: object.id, ...terms } }],
      };
    },
  },
  {
    name: 'the same agreement again',
    when: ({ world, book }) => {
      const object = edge(world, PRINCIPAL, GPU);
      book.accept(object);
      return object;
    },
    gives: { kind: 'duplicate' },
  },
  {
    name: 'both sides need an active key',
    when: ({ world }) => edge(world, GPU, stranger),
    gives: refused('key_unknown', '/signatures', { party: stranger.id, key: stranger.key.id }),
  },
  {
    name: 'an agreement that has expired',
    when: ({ world }) => edge(world, PRINCIPAL, GPU, { expiresAt: START }),
    gives: refused('expired', '/body/expiresAt', { now: START, expiresAt: START }),
  },
  {
    name: 'a grantor changes its limit',
    when: ({ world, gpuEdge }) => limitChange(world, GPU, gpuEdge, amount(7n), 1),
    gives: ({ gpuEdge: id }, object) => ({
      kind: 'accepted',
      events: [
        {
          type: 'EdgeLimitChanged',
          data: { change: object.id, edge: id, grantor: GPU.id, limit: amount(7n), sequence: 1 },
        },
      ],
    }),
  },
  {
    name: 'the same change again',
    when: ({ world, book, gpuEdge }) => {
      const object = limitChange(world, GPU, gpuEdge, amount(7n), 1);
      book.accept(object);
      return object;
    },
    gives: { kind: 'duplicate' },
  },
  {
    name: 'a change of an edge that is not here',
    when: ({ world }) => limitChange(world, GPU, testHash('edge'), amount(7n), 1),
    gives: refused('edge_unknown', '/body/edge'),
  },
  {
    name: 'a change by somebody else',
    when: ({ world, gpuEdge }) => limitChange(world, PRINCIPAL, gpuEdge, amount(7n), 1),
    gives: refused('not_on_edge', '/body/grantor'),
  },
  {
    name: 'a change that skips a number',
    when: ({ world, gpuEdge }) => limitChange(world, GPU, gpuEdge, amount(7n), 2),
    gives: refused('sequence_not_next', '/body/sequence', { expected: 1, actual: 2 }),
  },
  {
    name: 'an older change replayed after a newer one',
    when: ({ world, book, gpuEdge }) => {
      const first = limitChange(world, GPU, gpuEdge, amount(7n), 1);
      book.accept(first, limitChange(world, GPU, gpuEdge, amount(1n), 2));
      return first;
    },
    gives: refused('sequence_not_next', '/body/sequence', { expected: 3, actual: 1 }),
  },
];

test.each(rows)('$name', (row) => {
  const { expected, actual } = decideRow(row);
  expect(actual).toEqual(expected);
});

test('each grantor counts its own changes and bounds the other side', () => {
  const { world, book, gpuEdge } = createFleet();
  book.accept(limitChange(world, GPU, gpuEdge, amount(7n), 1));
  book.accept(limitChange(world, AGENT, gpuEdge, amount(9n), 1));
  const opened = book.state.edges.get(gpuEdge);
  if (opened === undefined) throw new Error('no edge');
  expect(exposureOf(opened, AGENT.id).limit).toBe(7n);
  expect(exposureOf(opened, GPU.id).limit).toBe(9n);
});

test('a party without edges has no positions', () => {
  const { world, book } = createFleet();
  book.accept(delegation(world, stranger));
  expect(positionsOf(book.state, stranger.id).size).toBe(0);
});
