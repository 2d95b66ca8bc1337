import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ROUTING_REFUSALS, routingRefusal } from './refusals.ts';

test('every refusal stands in the reference, in order of precedence', () => {
  const page = readFileSync(
    new URL('../../../../docs/reference/routing.md', import.meta.url),
    'utf8',
  );
  const rows = ROUTING_REFUSALS.map(
    ({ reason, rule, transient }) => `| \`${reason}\` | ${rule} | ${transient ? 'yes' : 'no'} |`,
  );
  expect(page).toContain(rows.join('\n'));
});

test('a refusal brings its rule', () => {
  expect(routingRefusal('amount_zero')).toEqual({
    reason: 'amount_zero',
    rule: 'an amount to be planned is at least 1',
  });
});
