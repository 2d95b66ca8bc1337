import type { BookState } from '@atomicity/kernel/book/state';
import type { Hash, PartyId } from '@atomicity/kernel/units/id';

const NONE: readonly Hash[] = [];

/**
 * Which edges join a party with each neighbour. A book never drops an edge, so the index is as new
 * as its number of edges; only a new edge makes it look through all of them again.
 */
export class EdgeIndex {
  readonly #party: PartyId;
  #size = -1;
  #byPeer: ReadonlyMap<PartyId, readonly Hash[]> = new Map();

  constructor(party: PartyId) {
    this.#party = party;
  }

  /** Edges of the party with one other, ascending by id. */
  edgesWith(state: BookState, peer: PartyId): readonly Hash[] {
    return this.#at(state).get(peer) ?? NONE;
  }

  /** Everybody with whom the party has an edge. */
  neighbours(state: BookState): ReadonlySet<PartyId> {
    return new Set(this.#at(state).keys());
  }

  #at(state: BookState): ReadonlyMap<PartyId, readonly Hash[]> {
    if (state.edges.size === this.#size) return this.#byPeer;
    const byPeer = new Map<PartyId, Hash[]>();
    for (const { terms } of state.edges.values()) {
      const { a, b, edge } = terms;
      if (a !== this.#party && b !== this.#party) continue;
      const peer = a === this.#party ? b : a;
      byPeer.set(peer, [...(byPeer.get(peer) ?? []), edge].sort());
    }
    this.#size = state.edges.size;
    this.#byPeer = byPeer;
    return byPeer;
  }
}
