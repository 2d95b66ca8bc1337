// Goal: refusals are complete, ordered and documented. Method: the list is compared with the code
// that refuses, with the tables that show each refusal, and with the reference page.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { BOOK_REFUSALS, isTransient, refuse } from './refusals.ts';

const kernel = fileURLToPath(new URL('..', import.meta.url));
const page = fileURLToPath(new URL('../../../../docs/reference/refusals.md', import.meta.url));
const reasons: readonly string[] = BOOK_REFUSALS.map((entry) => entry.reason);
const FOLDERS = ['book', 'keys', 'credit', 'budget', 'payment', 'pair', 'period-close', 'hop'];

const files = FOLDERS.flatMap((folder) =>
  readdirSync(`${kernel}${folder}`).map((name) => {
    const path = `${folder}/${name}`;
    return { path, text: readFileSync(`${kernel}${path}`, 'utf8') };
  }),
);
const tests = files.filter(({ path }) => path.endsWith('.test.ts'));
const sources = files.filter(({ path }) => !path.endsWith('.test.ts'));

const reasonsIn = (text: string, call: string): readonly string[] =>
  [...text.matchAll(new RegExp(`\\b${call}\\(\\s*'([a-z_]+)'`, 'g'))].map(([, name = '']) => name);

test('no reason appears twice', () => {
  expect(new Set(reasons).size).toBe(reasons.length);
});

test('every reason is given by some rule, and every rule gives a listed reason', () => {
  const given = new Set(sources.flatMap(({ text }) => reasonsIn(text, 'refuse')));
  expect([...given].sort()).toEqual([...reasons].sort());
});

test('every reason has a row in a decide table', () => {
  const shown = new Set(tests.flatMap(({ text }) => reasonsIn(text, 'refused')));
  expect(reasons.filter((reason) => !shown.has(reason))).toEqual([]);
});

test('each function refuses in the order of the list', () => {
  const rank = (reason: string) => reasons.indexOf(reason);
  const disorder = sources.flatMap(({ path, text }) =>
    text.split(/^(?=(?:export )?function )/m).flatMap((body) => {
      const [name = ''] = /function \w+/.exec(body) ?? [];
      const ranks = reasonsIn(body, 'refuse').map(rank);
      const sorted = [...ranks].sort((a, b) => a - b);
      return ranks.join() === sorted.join() ? [] : [`${path} ${name}`];
    }),
  );
  expect(disorder).toEqual([]);
});

test('the page lists the same reasons, rules and transience in the same order', () => {
  const [, section = ''] = readFileSync(page, 'utf8').split('## Refusals of a book');
  const rows = [...section.matchAll(/^\| `([a-z_]+)` \| (.*) \| (yes|no) \|$/gm)];
  const documented = rows.map(([, reason, rule, transient]) => ({
    reason,
    rule,
    transient: transient === 'yes',
  }));
  expect(documented).toEqual(BOOK_REFUSALS.map((entry) => ({ ...entry })));
});

test('isTransient answers for every reason as the list says', () => {
  for (const { reason, transient } of BOOK_REFUSALS) expect(isTransient(reason)).toBe(transient);
});

test('a refusal carries its rule, and field and facts only when given', () => {
  expect(refuse('expired')).toEqual({
    reason: 'expired',
    rule: 'now is before the object’s expiresAt',
  });
  expect(refuse('expired', '/body/expiresAt', { now: 1 })).toEqual({
    reason: 'expired',
    rule: 'now is before the object’s expiresAt',
    field: '/body/expiresAt',
    facts: { now: 1 },
  });
});
