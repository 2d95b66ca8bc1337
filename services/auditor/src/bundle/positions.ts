/** What a bundle claims of a book: the node computes it from its state, the auditor from the replay. */
import type { BookState } from '@atomicity/kernel/book/state';
import { balanceOf } from '@atomicity/kernel/credit/positions';
import type { PartyId } from '@atomicity/kernel/units/id';
import type { ClaimedPosition } from './records.ts';

/** Every party's position in every denomination of its edges: by party, then denomination. */
export function positionsOfBook(state: BookState): readonly ClaimedPosition[] {
  const positions = new Map<string, bigint>();
  for (const edge of state.edges.values()) {
    const { a, b, denomination } = edge.terms;
    for (const party of [a, b]) {
      const place = `${party} ${denomination}`;
      positions.set(place, (positions.get(place) ?? 0n) + balanceOf(edge, party));
    }
  }
  return [...positions.keys()].sort().map((place) => {
    const [party = '', denomination = ''] = place.split(' ');
    const position = (positions.get(place) ?? 0n).toString();
    return { denomination, party: party as PartyId, position };
  });
}
