// Goal: every reason has one meaning and one status. Method: the three tables side by side.
import { BOOK_REFUSALS } from '@atomicity/kernel/book/refusals';
import { WIRE_REFUSALS } from '@atomicity/kernel/wire/refusals';
import { expect, it } from 'vitest';
import { EDGE_STATUS, statusOfReason } from './refusal-status.ts';

const wire: readonly string[] = WIRE_REFUSALS.map(({ reason }) => reason);
const book: readonly string[] = BOOK_REFUSALS.map(({ reason }) => reason);
const edge: readonly string[] = Object.keys(EDGE_STATUS);

it('no reason of the edge is one of the kernel', () => {
  expect(edge.filter((reason) => wire.includes(reason) || book.includes(reason))).toEqual([]);
});

it('the wire layer refuses with 400, but 413 for size', () => {
  const statuses = new Set(wire.map(statusOfReason));
  expect([...statuses].sort()).toEqual([400, 413]);
});

it('the book refuses with 422, but 409 for what is taken', () => {
  const other = book.filter((reason) => statusOfReason(reason) !== 422);
  expect(other).toEqual(['exists_with_different_terms']);
});
