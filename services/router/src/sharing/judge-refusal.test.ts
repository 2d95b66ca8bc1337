// Goal: a refusal holds an object up only while it may pass. Method: one row for each kind.
import { expect, it } from 'vitest';
import { judgeRefusal } from './judge-refusal.ts';

const late = { expected: 5, actual: 3 };
const early = { expected: 5, actual: 6 };

it.each([
  ['busy', {}, 'not_judged'],
  ['outcome_unknown', {}, 'not_judged'],
  ['rate_limited', {}, 'not_judged'],
  ['sequence_not_next', late, 'past'],
  ['sequence_not_next', early, 'for_now'],
  ['sequence_not_next', { expected: '5', actual: 3 }, 'for_now'],
  ['role_not_allowed', {}, 'for_now'],
  ['edge_unknown', {}, 'for_now'],
  ['key_unknown', {}, 'for_now'],
  ['key_expired', {}, 'final'],
  ['signer_mismatch', {}, 'final'],
  ['signature_invalid', {}, 'final'],
  ['a reason of a later version', {}, 'final'],
] as const)('%s %j: %s', (reason, facts, verdict) => {
  expect(judgeRefusal({ reason, facts })).toBe(verdict);
});
