// Goal: reasons are unique and documented. Method: read the list.
import { expect, it } from 'vitest';
import { JSON_REFUSALS } from '../codec/canonical-json.ts';
import { WIRE_REFUSALS, wireRefusal } from './refusals.ts';

it('names each reason once, with a rule', () => {
  const reasons = WIRE_REFUSALS.map(({ reason }) => reason);
  expect(new Set(reasons).size).toBe(reasons.length);
  expect(WIRE_REFUSALS.every(({ rule }) => rule.length > 0)).toBe(true);
  expect(reasons.filter((reason) => (JSON_REFUSALS as readonly string[]).includes(reason))).toEqual(
    [...JSON_REFUSALS],
  );
});

it('gives a refusal the general rule of its reason unless told a closer one', () => {
  expect(wireRefusal('not_json')).toEqual({
    reason: 'not_json',
    rule: 'the text is JSON (RFC 8259)',
  });
  expect(wireRefusal('out_of_range', '/body/cap', 'an amount')).toEqual({
    reason: 'out_of_range',
    field: '/body/cap',
    rule: 'an amount',
  });
});
