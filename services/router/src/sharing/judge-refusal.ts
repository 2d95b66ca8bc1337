import { type BookRefusalReason, isTransient } from '@atomicity/kernel/book/refusals';
import type { Refusal } from '@atomicity/kernel/wire/refusals';

/** Reasons of a node that has not looked at the object. */
const NOT_JUDGED: ReadonlySet<string> = new Set([
  'busy',
  'stopped',
  'outcome_unknown',
  'rate_limited',
  'internal_error',
]);

/** The neighbour does not know the key yet that this node calls with. */
const NOT_KNOWN_YET: ReadonlySet<string> = new Set(['role_not_allowed', 'request_key_unknown']);

/**
 * What a neighbour's refusal means for the one who delivers, once a signature of today has changed
 * nothing.
 * `past`: its book is beyond the object, so it has had its effect or been replaced.
 * `not_judged`: nobody has looked at it. `for_now`: it may be taken later. `final`: never.
 */
export function judgeRefusal({
  reason,
  facts,
}: Refusal): 'past' | 'not_judged' | 'for_now' | 'final' {
  if (NOT_JUDGED.has(reason)) return 'not_judged';
  if (reason === 'sequence_not_next') {
    const { expected, actual } = facts ?? {};
    const isPast = typeof expected === 'number' && typeof actual === 'number' && actual < expected;
    return isPast ? 'past' : 'for_now';
  }
  if (NOT_KNOWN_YET.has(reason)) return 'for_now';
  return isTransient(reason as BookRefusalReason) ? 'for_now' : 'final';
}
