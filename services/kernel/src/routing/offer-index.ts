/**
 * The offers that one node has heard of: its own view, never a shared one. Each counts for its TTL
 * from when this node first got it, by this node's clock; the hop's clock plays no part.
 */
import { PersistentMap } from '../collections/persistent-map.ts';
import type { Denomination } from '../units/denomination.ts';
import type { Hash, PartyId } from '../units/id.ts';
import { type UnixMs, unixMs } from '../units/time.ts';
import { nextIdentityHash } from '../wire/identity-hash.ts';
import type { BodyOf, RoutingOffer } from '../wire/objects.ts';
import type { VerifiedObject } from '../wire/verified.ts';
import { refuseSigner, type VerifiedDelegation } from './delegated-signer.ts';
import { type RoutingRefusal, routingRefusal } from './refusals.ts';

/** Offers that an index holds, expired ones included: 64 edges each. */
export const OFFERS_MAX = 4096;
/** How long an offer counts at most, ms; the wire format admits no longer TTL. */
export const OFFER_TTL_MS_MAX = 300_000;
/** Revoked keys that an index remembers. */
const REVOKED_KEYS_MAX = 4096;

export type KnownOffer = {
  readonly offer: RoutingOffer;
  readonly id: Hash;
  readonly delegation: BodyOf<'KeyDelegation'>;
  /** The peer that brought it: a flood of offers costs that peer's offers their places. */
  readonly source: PartyId;
  /** By this node's clock. From then on it only tells later offers and replays apart. */
  readonly expiresAt: UnixMs;
};

export type OfferIndex = {
  /** By `hop/denomination`. */
  readonly offers: PersistentMap<KnownOffer>;
  /** By `party/key`. */
  readonly revoked: PersistentMap<true>;
};

export type OfferOutcome =
  | { readonly kind: 'taken'; readonly index: OfferIndex }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'refused'; readonly refusal: RoutingRefusal };

export function emptyOfferIndex(): OfferIndex {
  return { offers: PersistentMap.empty(), revoked: PersistentMap.empty() };
}

const placeOf = (hop: PartyId, denomination: Denomination): string => `${hop}/${denomination}`;

/**
 * Makes room: of the source with the most offers, an eighth of all goes, earliest expiry first. So
 * what is expired goes first, and a peer that brings many offers loses its own, not those of others.
 */
function evict(offers: PersistentMap<KnownOffer>): PersistentMap<KnownOffer> {
  const bySource = new Map<PartyId, (readonly [string, KnownOffer])[]>();
  for (const entry of offers.entries()) {
    const list = bySource.get(entry[1].source);
    if (list === undefined) bySource.set(entry[1].source, [entry]);
    else list.push(entry);
  }
  const [largest = []] = [...bySource]
    .sort(([a, left], [b, right]) => right.length - left.length || (a < b ? -1 : 1))
    .map(([, list]) => list);
  const oldest = largest.sort(
    ([a, left], [b, right]) => left.expiresAt - right.expiresAt || (a < b ? -1 : 1),
  );
  let rest = offers;
  for (const [place] of oldest.slice(0, Math.max(1, offers.size >> 3))) rest = rest.delete(place);
  return rest;
}

/**
 * Takes an offer in, in place of the hop's former one for its denomination. `source` is the peer that
 * brought it, the hop itself or another. The TTL counts from `now`, by this node's clock.
 *
 * Refusals, in order: key_unknown, key_revoked, key_not_yet_active, key_expired, key_lacks_role,
 * offer_superseded (a higher sequence is known), offer_conflict (the sequence is known with other
 * content). The same offer again is a duplicate and prolongs nothing, from whomever it comes, until
 * its place has been evicted.
 */
export function takeOffer(
  index: OfferIndex,
  object: VerifiedObject<BodyOf<'RoutingOffer'>>,
  delegation: VerifiedDelegation,
  source: PartyId,
  now: UnixMs,
): OfferOutcome {
  const { body: offer, id } = object;
  const { hop, denomination } = offer.policy;
  const refused = refuseSigner(object, hop, delegation, now);
  if (refused !== undefined && refused.reason === 'key_unknown') {
    return { kind: 'refused', refusal: refused };
  }
  if (index.revoked.has(`${hop}/${delegation.body.key}`)) {
    return { kind: 'refused', refusal: routingRefusal('key_revoked') };
  }
  if (refused !== undefined) return { kind: 'refused', refusal: refused };
  const place = placeOf(hop, denomination);
  const known = index.offers.get(place);
  if (known?.id === id) return { kind: 'duplicate' };
  if (known !== undefined && known.offer.sequence >= offer.sequence) {
    const superseded = known.offer.sequence > offer.sequence;
    const facts = { known: known.id, sequence: known.offer.sequence };
    const refusal = routingRefusal(superseded ? 'offer_superseded' : 'offer_conflict', facts);
    return { kind: 'refused', refusal };
  }
  const isFull = known === undefined && index.offers.size >= OFFERS_MAX;
  const offers = isFull ? evict(index.offers) : index.offers;
  // No longer than its key: a delegation that ends ends the offer.
  const until = now + Math.min(offer.ttlMs, OFFER_TTL_MS_MAX);
  const expiresAt = unixMs(Math.min(until, delegation.body.expiresAt));
  const entry = { offer, id, delegation: delegation.body, source, expiresAt };
  return { kind: 'taken', index: { ...index, offers: offers.set(place, entry) } };
}

/**
 * Drops the offers that a revoked key signed and refuses further ones. Counts if the identity signed
 * the revocation, or the successor that the delegation of a known offer commits to; otherwise, and a
 * second time, it changes nothing.
 */
export function revokeOfferKey(
  index: OfferIndex,
  object: VerifiedObject<BodyOf<'KeyRevocation'>>,
): OfferIndex {
  const { party, key } = object.body;
  const signer = object.signatures.find(({ by }) => by === party)?.key;
  if (signer === undefined) return index;
  const signedBy = [...index.offers.entries()].filter(
    ([, { delegation }]) => delegation.party === party && delegation.key === key,
  );
  const successor = nextIdentityHash(signer);
  const counts =
    signer === party ||
    signedBy.some(([, { delegation }]) => delegation.nextIdentityHash === successor);
  if (!counts) return index;
  let { offers, revoked } = index;
  for (const [place] of signedBy) offers = offers.delete(place);
  if (revoked.size < REVOKED_KEYS_MAX) revoked = revoked.set(`${party}/${key}`, true);
  return { offers, revoked };
}

/** The offers of a denomination that count at `now`, ascending by hop. Linear in the index. */
export function liveOffers(
  index: OfferIndex,
  denomination: Denomination,
  now: UnixMs,
): readonly KnownOffer[] {
  return [...index.offers.values()]
    .filter(({ offer, expiresAt }) => offer.policy.denomination === denomination && now < expiresAt)
    .sort((left, right) => (left.offer.policy.hop < right.offer.policy.hop ? -1 : 1));
}

/** The newest offer of a hop, expired or not. */
export function newestOffer(
  index: OfferIndex,
  hop: PartyId,
  denomination: Denomination,
): KnownOffer | undefined {
  return index.offers.get(placeOf(hop, denomination));
}
