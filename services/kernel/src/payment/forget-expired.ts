import type { BookState } from '../book/state.ts';
import { dropDeadline } from '../collections/deadline-heap.ts';
import { forgetHop } from '../hop/derived.ts';
import { isOpen } from '../hop/find-hop.ts';

/** An open hold or hop: its lapse is an event of its own. */
function waitsForLapse({ holds, hops }: BookState, id: string): boolean {
  const hop = hops.get(id);
  return hop === undefined ? holds.has(id) : isOpen(hop);
}

/**
 * Forgets intents, ended holds and hops, orders, policies and settlement requests whose time is over
 * at the state's own time. It stops at one that is due and still open.
 */
export function forgetExpired(state: BookState): BookState {
  let rest = state;
  while (rest.deadlines !== undefined && rest.deadlines.top.expiresAt <= state.at) {
    const { deadlines } = rest;
    const { id } = deadlines.top;
    if (waitsForLapse(rest, id)) break;
    const { ended, intents, requests } = rest;
    rest = {
      ...forgetHop(rest, deadlines.top),
      ended: ended.delete(id),
      intents: intents.delete(id),
      requests: requests.delete(id),
      deadlines: dropDeadline(deadlines),
    };
  }
  return rest;
}
