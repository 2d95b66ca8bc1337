// Goal: an authorization that is omitted, invented, counted twice or moved is named with its place, and a
// list that is not refused has the root of the principal's own. Method: single edits of a list, then random
// lists against the roots themselves.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type TokenSlot, tokensRoot } from '../note/roots.ts';
import { periodHash } from '../period/period-hash.ts';
import { testHash } from '../testing/keys.ts';
import { checkCompleteness } from './completeness.ts';
import { encodeIssuedList, type IssuedList, parseIssuedList } from './issued-list.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_121);

const slot = (name: string, category = 0): TokenSlot => ({
  authorization: testHash(name),
  category,
});
const issued = [slot('a'), slot('b', 1), slot('c', 2), slot('d')];
const invented = slot('x');

describe('named with index and id', () => {
  it.each<[string, number, TokenSlot, readonly TokenSlot[]]>([
    ['authorization_omitted', 1, slot('b'), issued.toSpliced(1, 1)],
    ['authorization_omitted', 3, slot('d'), issued.slice(0, 3)],
    ['authorization_invented', 2, invented, issued.toSpliced(2, 0, invented)],
    ['authorization_invented', 4, invented, [...issued, invented]],
    ['authorization_counted_twice', 4, slot('a'), [...issued, slot('a')]],
    ['category_changed', 1, slot('b'), issued.with(1, slot('b', 3))],
  ])('%s at %i', (reason, index, { authorization }, listed) => {
    expect(checkCompleteness(issued, listed)).toEqual([{ reason, index, authorization }]);
  });

  it('an authorization put in the place of another is omitted and invented', () => {
    expect(checkCompleteness(issued, issued.with(1, invented))).toEqual([
      { reason: 'authorization_omitted', index: 1, authorization: testHash('b') },
      { reason: 'authorization_invented', index: 1, authorization: testHash('x') },
    ]);
  });

  it('two that changed places', () => {
    const swapped = issued.with(0, slot('d')).with(3, slot('a'));
    expect(checkCompleteness(issued, swapped).map(({ reason, index }) => [reason, index])).toEqual([
      ['order_changed', 0],
      ['order_changed', 3],
    ]);
  });

  it('the same list is complete; a list of the principal with a repeat is none', () => {
    expect(checkCompleteness(issued, issued)).toEqual([]);
    expect(checkCompleteness([], [])).toEqual([]);
    expect(() => checkCompleteness([...issued, slot('a')], issued)).toThrow(RangeError);
  });
});

it(`refuses exactly the lists with another root (seed ${SEED})`, () => {
  const any = fc.record({ name: fc.constantFrom('a', 'b', 'c'), category: fc.nat({ max: 1 }) });
  const lists = fc.array(any, { maxLength: 3 });
  const own = fc.uniqueArray(any, { maxLength: 3, selector: ({ name }) => name });
  fc.assert(
    fc.property(own, lists, (left, right) => {
      const [mine, theirs] = [left, right].map((names) =>
        names.map(({ name, category }) => slot(name, category)),
      );
      if (mine === undefined || theirs === undefined) throw new Error('two lists');
      const isSame = tokensRoot(mine, 16) === tokensRoot(theirs, 16);
      expect(checkCompleteness(mine, theirs).length === 0).toBe(isSame);
    }),
    { seed: SEED, numRuns: 100 },
  );
});

describe('the list as a file', () => {
  const budget = testHash('budget');
  const file: IssuedList = {
    v: 1,
    kind: 'issued',
    budget,
    period: periodHash(budget, 2),
    periodIndex: 2,
    authorizations: issued,
  };

  it('reads what it writes', () => {
    expect(parseIssuedList(encodeIssuedList(file))).toEqual({ kind: 'parsed', issued: file });
  });

  const change = (members: object) => JSON.stringify({ ...file, ...members });
  it.each([
    ['issued_list_too_large', undefined, ' '.repeat(300_000)],
    ['issued_list_not_json', undefined, '{'],
    ['issued_list_duplicate_key', undefined, '{"v":1,"v":1}'],
    ['unknown_version', '/v', change({ v: 2 })],
    ['unknown_field', '/note', change({ note: 1 })],
    ['inconsistent_fields', '/period', change({ periodIndex: 3 })],
    ['inconsistent_fields', '/authorizations', change({ authorizations: [slot('a'), slot('a')] })],
    ['out_of_range', '/authorizations/0/category', change({ authorizations: [slot('a', 8)] })],
    ['wrong_type', '', '[]'],
  ])('%s at %s', (reason, field, text) => {
    const parsed = parseIssuedList(text);
    expect(parsed).toMatchObject({ kind: 'refused' });
    if (parsed.kind === 'parsed') throw new Error('parsed');
    expect([parsed.reason.split(' ')[0], parsed.field]).toEqual([reason, field]);
  });
});
