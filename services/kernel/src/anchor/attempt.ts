/** How an open anchor is attempted. An unknown outcome is looked up, never blindly retried. */

/**
 * What a process knows of earlier attempts at one submission. After a restart it is `unknown`: the
 * crash may have come between the effect and its record.
 */
export type AttemptKnowledge = 'not_applied' | 'unknown' | 'looked_up_in_vain';

export type AttemptStep = 'submit' | 'look_up' | 'wait';

/**
 * What to do next. Only when the rail cannot tell what happened, and says that a repeat with one key
 * is the same submission, is an unknown one sent again.
 */
export function nextAttemptStep(
  knowledge: AttemptKnowledge,
  rail: { readonly repeatIsSameSubmission: boolean },
): AttemptStep {
  if (knowledge === 'unknown') return 'look_up';
  return knowledge === 'not_applied' || rail.repeatIsSameSubmission ? 'submit' : 'wait';
}

/**
 * What is known after an attempt that brought no evidence. That this one was not counted says nothing
 * about an earlier one of unknown outcome.
 */
export function outcomeAfter(
  knowledge: AttemptKnowledge,
  outcome: 'not_applied' | 'applied' | 'unknown',
): 'not_applied' | 'unknown' {
  return knowledge === 'not_applied' && outcome === 'not_applied' ? 'not_applied' : 'unknown';
}
