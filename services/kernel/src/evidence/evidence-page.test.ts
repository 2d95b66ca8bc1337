// Goal: the reference says what the code does. Method: its tables are compared with the lists.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { CERTIFICATE_REFUSALS } from './certificate.ts';
import { FAULTS, PRESENCE_TOLERANCE_MS } from './faults.ts';

const page = (name: string) =>
  readFileSync(
    fileURLToPath(new URL(`../../../../docs/reference/${name}`, import.meta.url)),
    'utf8',
  );
const rowsOf = (text: string) =>
  [...text.matchAll(/^\| `([a-z_]+)` \| (.*) \|$/gm)].map(([, name, words]) => [name, words]);
const section = (text: string, title: string) => text.split(`## ${title}\n`)[1]?.split('\n## ')[0];

test('the page lists every fault with its meaning, in order', () => {
  const listed = rowsOf(section(page('evidence.md'), 'Faults') ?? '');
  expect(listed).toEqual(FAULTS.map(({ fault, meaning }) => [fault, meaning]));
  expect(PRESENCE_TOLERANCE_MS).toBe(10_000);
});

test('the page lists every verdict', () => {
  const listed = rowsOf(section(page('evidence.md'), 'Verdicts') ?? '').map(([name]) => name);
  expect(listed).toEqual([
    'named',
    'finalized',
    'between',
    'ended_at',
    'unanswered',
    'nothing_shown',
  ]);
});

test('the refusals of a certificate are documented', () => {
  const listed = rowsOf(section(page('refusals.md'), 'Refusals of a certificate') ?? '');
  expect(listed).toEqual(CERTIFICATE_REFUSALS.map(({ reason, rule }) => [reason, rule]));
});
