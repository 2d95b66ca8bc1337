// Goal: the reference says what the code does. Method: its tables are compared with the lists.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { COLLECT_REFUSALS } from './collect-diffs.ts';
import { BLOB_REFUSALS } from './field-elements.ts';
import { DIFFS_MAX } from './header.ts';
import { STATE_DIFF_REFUSALS } from './refusals.ts';

const path = '../../../../docs/reference/state-diffs.md';
const page = readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');
const rows = [...page.matchAll(/^\| `([a-z_]+)` \| ([^|]*) \|$/gm)].map(([, name, rule]) => [
  name,
  rule,
]);

test.each([
  ['the collector', COLLECT_REFUSALS],
  ['the decoder', STATE_DIFF_REFUSALS],
  ['the blobs', BLOB_REFUSALS],
])('every refusal of %s has its row, in order', (_name, refusals) => {
  const wanted = refusals.map(({ reason, rule }) => [reason, rule]);
  const first = rows.findIndex(
    ([name, rule]) => name === wanted[0]?.[0] && rule === wanted[0]?.[1],
  );
  expect(rows.slice(first, first + wanted.length)).toEqual(wanted);
});

test('the greatest count is the one that the page names', () => {
  expect(page).toContain(`0 … ${DIFFS_MAX.toLocaleString('en-US')} and at most the registry size`);
});
