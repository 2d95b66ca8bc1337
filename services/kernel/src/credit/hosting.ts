import type { BookState } from '../book/state.ts';
import type { PartyId } from '../units/id.ts';

/**
 * True if `there` is a party of another book and this one is only `here`'s end of their edge. What
 * `there` decides first in its own book (its proposals, its receipts, what it owes) is not judged a
 * second time here: messages cross, and both ends must come to the same balance.
 */
export function isElsewhere(state: BookState, here: PartyId, there: PartyId): boolean {
  return state.hosted.has(here) && !state.hosted.has(there);
}
