// Goal: batches follow each other without gap or overlap, and the same one is closed once.
import { expect, test } from 'vitest';
import { testHash } from '../testing/keys.ts';
import { unixMs } from '../units/time.ts';
import { type BatchClosing, type ClosedBatch, decideBatchClosed, nextFrom } from './batches.ts';

const AT = unixMs(1_795_251_960_000);
const first: BatchClosing = {
  subject: { origin: 'log.example/test', size: 7, root: testHash('root') },
  from: 0,
  payload: testHash('payload'),
  diffs: 1,
  values: [],
  rails: ['ethereum', 'opentimestamps'],
  settles: null,
  reason: 'asked',
  quarantined: [],
};
const second: BatchClosing = {
  ...first,
  subject: { ...first.subject, size: 9, root: testHash('root 2') },
  from: 7,
};

function closed(given: readonly BatchClosing[]): ClosedBatch[] {
  const batches: ClosedBatch[] = [];
  for (const closing of given) {
    const decision = decideBatchClosed(batches, closing);
    if (decision.kind === 'closes') batches.push({ ...decision.event.data, closedAt: AT });
  }
  return batches;
}

test('the first begins at 0, the next where it ends', () => {
  expect(nextFrom([])).toBe(0);
  expect(closed([first, second]).map(({ from, subject }) => [from, subject.size])).toEqual([
    [0, 7],
    [7, 9],
  ]);
});

test('the same again, for whatever reason, is the one that there is', () => {
  const batches = closed([first, second]);
  const again = decideBatchClosed(batches, { ...first, reason: 'fee_low' });
  expect(again).toEqual({ kind: 'closed_before', batch: batches[0] });
});

test('a gap and an overlap are no batches', () => {
  expect(decideBatchClosed([], second)).toEqual({ kind: 'not_next', expectedFrom: 0 });
  const overlapping = { ...second, from: 6 };
  expect(decideBatchClosed(closed([first]), overlapping)).toEqual({
    kind: 'not_next',
    expectedFrom: 7,
  });
});

test.each([
  [{ ...first, from: 7 }, 'batch/from'],
  [{ ...first, rails: [] }, 'batch/rails'],
  [{ ...first, rails: ['opentimestamps', 'ethereum'] }, 'batch/rails'],
  [{ ...first, rails: ['ethereum', 'ethereum'] }, 'batch/rails'],
  [{ ...first, diffs: -1 }, 'batch/diffs'],
])('what breaks a rule is refused by its name: %o', (closing, message) => {
  expect(() => decideBatchClosed([], closing)).toThrow(message);
});
