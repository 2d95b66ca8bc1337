// Goal: the queue yields deadlines in order of time, then id. Method: compared with a sorted array.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addDeadline, type DeadlineHeap, deadlinesDue, dueBefore } from './deadline-heap.ts';

const deadlines = fc.array(
  fc.record({ expiresAt: fc.integer({ min: 0, max: 20 }), id: fc.string({ maxLength: 3 }) }),
  { maxLength: 60 },
);

test('what is due comes out sorted, and asking does not change the queue', () => {
  fc.assert(
    fc.property(deadlines, fc.integer({ min: 0, max: 25 }), (list, now) => {
      let heap: DeadlineHeap | undefined;
      for (const deadline of list) heap = addDeadline(heap, deadline);
      const expected = [...list]
        .sort((a, b) => (dueBefore(a, b) ? -1 : dueBefore(b, a) ? 1 : 0))
        .filter((deadline) => deadline.expiresAt <= now);
      expect([...deadlinesDue(heap, now)]).toEqual(expected);
      expect([...deadlinesDue(heap, now)]).toEqual(expected);
    }),
    { verbose: 1, numRuns: 300 },
  );
});

test('a hundred thousand ascending deadlines do not exhaust the stack', () => {
  let heap: DeadlineHeap | undefined;
  for (let i = 0; i < 100_000; i++) heap = addDeadline(heap, { expiresAt: i, id: '' });
  expect([...deadlinesDue(heap, 10)].length).toBe(11);
});
