// Goal: a period means one span of time. Method: a table of texts and what they are read as.
import { expect, it } from 'vitest';
import { parsePeriod } from './statement-period.ts';
import { UsageError } from './usage-error.ts';

const span = (from: string, to: string) => ({
  kind: 'times',
  from: Date.parse(from),
  to: Date.parse(to),
});

it.each([
  ['2024-02', span('2024-02-01T00:00:00Z', '2024-03-01T00:00:00Z')],
  ['2026-12', span('2026-12-01T00:00:00Z', '2027-01-01T00:00:00Z')],
  ['2026-01-31..2026-01-31', span('2026-01-31T00:00:00Z', '2026-02-01T00:00:00Z')],
  [
    '2026-01-31T23:59:59.999Z..2026-02-01T00:00:00Z',
    span('2026-01-31T23:59:59.999Z', '2026-02-01'),
  ],
  ['2026-01-01..2026-01-01T12:00:00Z', span('2026-01-01', '2026-01-01T12:00:00Z')],
  ['0'.repeat(64), { kind: 'budget-period', hash: '0'.repeat(64) }],
])('%s', (text, period) => {
  expect(parsePeriod(text)).toEqual(period);
});

it.each([
  '2026-13',
  '2026-1',
  '2026-02-30..2026-03-01',
  '2026-03-02..2026-03-01',
  '2026-03-01T00:00:00Z..2026-03-01T00:00:00Z',
  '2026-03-01..',
  '..2026-03-01',
  '2026-01..2026-02',
  '2026-03-01T00:00..2026-03-02',
  '2026-01-01..2026-01-02..2026-01-03',
  'F'.repeat(64),
  '',
])('%s is none', (text) => {
  expect(() => parsePeriod(text)).toThrow(UsageError);
});
