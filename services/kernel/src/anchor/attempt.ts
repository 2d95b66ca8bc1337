/** How an open anchor is attempted. An unknown outcome is looked up, never blindly retried. */

/**
 * What a process knows of earlier attempts at one submission. After a restart it is `unknown`: the
 * crash may have come between the effect and its record.
 *
 * - `not_applied`: none took effect, or ever will.
 * - `unknown`: one may have.
 * - `looked_up_in_vain`: one may have, and the rail can't tell.
 * - `void`: what was prepared did not take effect and never will.
 * - `replaced`: what was prepared may take effect, or the replacement that is recorded now; never both.
 */
export type AttemptKnowledge =
  | 'not_applied'
  | 'unknown'
  | 'looked_up_in_vain'
  | 'void'
  | 'replaced';

/**
 * What is recorded of what will be sent.
 *
 * - `not_needed`: the rail derives it.
 * - `missing`: nothing yet. Nothing that is not recorded is ever sent, so nothing was.
 * - `recorded`: it may have been sent.
 * - `erased`: it was recorded and may have been sent, and nobody can read it any more.
 */
export type Preparation = 'not_needed' | 'missing' | 'recorded' | 'erased';

export type AttemptStep = 'prepare' | 'submit' | 'look_up' | 'wait';

/**
 * What to do next. Only when the rail cannot tell what happened, and says that a repeat with one key
 * is the same submission, is an unknown one sent again.
 */
export function nextAttemptStep(
  knowledge: AttemptKnowledge,
  rail: { readonly repeatIsSameSubmission: boolean },
  preparation: Preparation = 'not_needed',
): AttemptStep {
  if (preparation === 'erased') return 'wait';
  if (preparation === 'missing') return 'prepare';
  switch (knowledge) {
    case 'unknown':
      return 'look_up';
    case 'void':
      return preparation === 'recorded' ? 'prepare' : 'submit';
    case 'looked_up_in_vain':
      return rail.repeatIsSameSubmission ? 'submit' : 'wait';
    default:
      return 'submit';
  }
}

/**
 * What is known after an attempt that brought no evidence. That this one was not counted says nothing
 * about an earlier one of unknown outcome.
 */
export function outcomeAfter(
  knowledge: AttemptKnowledge,
  outcome: 'not_applied' | 'applied' | 'unknown',
): 'not_applied' | 'unknown' {
  const none = knowledge === 'not_applied' || knowledge === 'void';
  return none && outcome === 'not_applied' ? 'not_applied' : 'unknown';
}
