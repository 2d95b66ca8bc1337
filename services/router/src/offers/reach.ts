import { liveOffers, type OfferIndex } from '@atomicity/kernel/routing/offer-index';
import type { Denomination } from '@atomicity/kernel/units/denomination';
import type { PartyId } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';

/**
 * How many edges away each party is, as far as own edges and live offers lead, up to `depth`:
 * neighbours 1, parties that their offers name 2, and so on. It is found anew from what is known, so
 * nobody can claim to be nearer. Linear in the offers.
 */
export function distancesOf(
  offers: OfferIndex,
  neighbours: ReadonlySet<PartyId>,
  denomination: Denomination,
  depth: number,
  now: UnixMs,
): ReadonlyMap<PartyId, number> {
  const edges = new Map(
    liveOffers(offers, denomination, now).map(({ offer }) => [offer.policy.hop, offer.edges]),
  );
  const distances = new Map<PartyId, number>();
  let ring: readonly PartyId[] = [...neighbours];
  for (let distance = 1; distance <= depth && ring.length > 0; distance++) {
    const next: PartyId[] = [];
    for (const party of ring) {
      if (distances.has(party)) continue;
      distances.set(party, distance);
      for (const { to } of edges.get(party) ?? []) next.push(to);
    }
    ring = next;
  }
  return distances;
}
