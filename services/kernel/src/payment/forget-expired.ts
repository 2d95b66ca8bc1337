import type { BookState } from '../book/state.ts';
import { dropDeadline } from '../collections/deadline-heap.ts';

/**
 * Forgets intents and ended holds whose time is over at the state's own time. It stops at an expired
 * hold that is still open: its lapse is an event of its own.
 */
export function forgetExpired(state: BookState): BookState {
  let { deadlines, ended, intents } = state;
  while (deadlines !== undefined && deadlines.top.expiresAt <= state.at) {
    const { id } = deadlines.top;
    if (state.holds.has(id)) break;
    ended = ended.delete(id);
    intents = intents.delete(id);
    deadlines = dropDeadline(deadlines);
  }
  return deadlines === state.deadlines ? state : { ...state, deadlines, ended, intents };
}
