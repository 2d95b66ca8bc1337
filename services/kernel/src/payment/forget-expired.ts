import type { BookState } from '../book/state.ts';
import { dropDeadline } from '../collections/deadline-heap.ts';

/**
 * Forgets intents, ended holds and settlement requests whose time is over at the state's own time. It stops at an expired
 * hold that is still open: its lapse is an event of its own.
 */
export function forgetExpired(state: BookState): BookState {
  let { deadlines, ended, intents, requests } = state;
  while (deadlines !== undefined && deadlines.top.expiresAt <= state.at) {
    const { id } = deadlines.top;
    if (state.holds.has(id)) break;
    ended = ended.delete(id);
    intents = intents.delete(id);
    requests = requests.delete(id);
    deadlines = dropDeadline(deadlines);
  }
  return deadlines === state.deadlines ? state : { ...state, deadlines, ended, intents, requests };
}
