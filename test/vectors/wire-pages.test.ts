// Goal: the reference pages and schemas say what the code does. Method: they are generated again and
// compared with the committed files; what is hand-written in them is checked against the code.
import { readdirSync, readFileSync } from 'node:fs';
import { BOOK_REFUSALS } from '@atomicity/kernel/book/refusals';
import { WIRE_TYPES } from '@atomicity/kernel/wire/body-codecs';
import { WIRE_REFUSALS } from '@atomicity/kernel/wire/refusals';
import { describe, expect, it } from 'vitest';
import { bookRefusalsOf, signingRefusalsOf } from './wire-pages/book-refusals.ts';
import { buildWirePages, strayTexts } from './wire-pages/build-wire-pages.ts';
import { rulesInOrder } from './wire-pages/rule-order.ts';
import { reasonsOnPages } from './wire-pages/wire-refusals.ts';

const reference = new URL('../../docs/reference/', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, reference), 'utf8');
const pages = buildWirePages();

it.each([...pages.keys()])('%s is what the generator writes', (path) => {
  expect(read(path)).toBe(pages.get(path));
});

it('there are no other pages and schemas', () => {
  const found = ['wire', 'schemas'].flatMap((folder) =>
    readdirSync(new URL(folder, reference)).map((name) => `${folder}/${name}`),
  );
  expect(found.sort()).toEqual([...pages.keys()].sort());
});

it.each(WIRE_TYPES)('%s: every word is about a member that it has', (type) => {
  expect(strayTexts(type)).toEqual([]);
});

describe('refusals', () => {
  it('of a book are each on some page', () => {
    const shown = new Set(
      WIRE_TYPES.flatMap((type) => [...bookRefusalsOf(type), ...signingRefusalsOf(type)]),
    );
    expect(BOOK_REFUSALS.filter((entry) => !shown.has(entry))).toEqual([]);
  });

  it('of the wire layer are each on some page, but for those of types that do not exist', () => {
    const missing = WIRE_REFUSALS.filter(({ reason }) => !reasonsOnPages.has(reason));
    expect(missing.map(({ reason }) => reason)).toEqual(['type_not_enabled', 'unknown_type']);
  });

  it('between members are each shown by a refused text', () => {
    const shown = new Set(WIRE_TYPES.flatMap((type) => rulesInOrder(type).map(({ rule }) => rule)));
    const wire = new URL('../../services/kernel/src/wire/', import.meta.url);
    const sources = readdirSync(wire)
      .filter((name) => /(-rules|note-codecs)\.ts$/.test(name))
      .map((name) => readFileSync(new URL(name, wire), 'utf8'));
    const rules = sources.flatMap((text) =>
      [...text.matchAll(/inconsistent\(\s*'\w+',\s*'([^']+)'/g)].map(([, rule = '']) => rule),
    );
    expect(rules.length).toBeGreaterThan(40);
    expect(rules.filter((rule) => !shown.has(rule))).toEqual([]);
  });
});
