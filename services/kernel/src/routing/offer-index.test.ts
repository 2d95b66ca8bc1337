import { describe, expect, test } from 'vitest';
import { delegation, revocation } from '../testing/accounts.ts';
import { routingOffer } from '../testing/offers.ts';
import { type Change, createWorld, HOUR, own, START, testParty, USD } from '../testing/world.ts';
import { unixMs } from '../units/time.ts';
import {
  emptyOfferIndex,
  liveOffers,
  newestOffer,
  OFFERS_MAX,
  type OfferIndex,
  revokeOfferKey,
  takeOffer,
} from './offer-index.ts';

const ALICE = testParty('alice');
const BOB = testParty('bob');
const MALLORY = testParty('mallory');
const world = createWorld({ crypto: 'none' });

const offerOf = (change: Change<'RoutingOffer'> = {}, hop = ALICE) =>
  routingOffer(world, hop, { dave: 1_000n }, {}, change);

const later = (ms: number) => unixMs(START + ms);

/** Takes an offer of Alice's, brought by herself. */
function take(index: OfferIndex, offer = offerOf(), now = START, source = ALICE) {
  return takeOffer(index, offer, delegation(world, ALICE), source.id, now);
}

function taken(index: OfferIndex, offer = offerOf(), now = START, source = ALICE): OfferIndex {
  const outcome = take(index, offer, now, source);
  if (outcome.kind !== 'taken') throw new Error(JSON.stringify(outcome));
  return outcome.index;
}

const reasonOf = (outcome: ReturnType<typeof take>) =>
  outcome.kind === 'refused' ? outcome.refusal.reason : outcome.kind;

describe('an offer', () => {
  test('counts from when it came, for its TTL, by the clock of the reader', () => {
    // The hop's clock is a day ahead and says so in `at`: nobody cares.
    const offer = offerOf({ at: later(24 * HOUR), ttlMs: 1_000 });
    const index = taken(emptyOfferIndex(), offer);
    expect(liveOffers(index, USD, later(999))).toMatchObject([{ id: offer.id, source: ALICE.id }]);
    expect(liveOffers(index, USD, later(1_000))).toEqual([]);
  });

  test('again is a duplicate and prolongs nothing, whoever brings it', () => {
    const offer = offerOf({ ttlMs: 1_000 });
    const index = taken(emptyOfferIndex(), offer);
    expect(take(index, offer, later(900), MALLORY)).toEqual({ kind: 'duplicate' });
    // A replay after its end is one too.
    expect(take(index, offer, later(5_000), MALLORY)).toEqual({ kind: 'duplicate' });
    expect(liveOffers(index, USD, later(1_000))).toEqual([]);
  });

  test('gives way to the newer one, not to the older one', () => {
    const [old, now, next] = [1, 2, 3].map((sequence) => offerOf({ sequence }));
    const index = taken(emptyOfferIndex(), now);
    expect(reasonOf(take(index, old))).toBe('offer_superseded');
    expect(newestOffer(taken(index, next), ALICE.id, USD)?.id).toBe(next?.id);
    // What was taken in before is as it was.
    expect(newestOffer(index, ALICE.id, USD)?.id).toBe(now?.id);
  });

  test('of a known sequence with other content is refused and names the known one', () => {
    const offer = offerOf();
    const index = taken(emptyOfferIndex(), offer);
    const other = routingOffer(world, ALICE, { dave: 5_000n });
    expect(take(index, other)).toMatchObject({
      kind: 'refused',
      refusal: { reason: 'offer_conflict', facts: { known: offer.id, sequence: 1 } },
    });
  });

  test('of another denomination has a place of its own', () => {
    const euro = { denomination: 'EUR/6' as typeof USD };
    const index = taken(emptyOfferIndex(), offerOf());
    const both = taken(index, routingOffer(world, ALICE, { dave: 1n }, euro));
    expect(both.offers.size).toBe(2);
    expect(liveOffers(both, USD, START)).toHaveLength(1);
  });

  test.each([
    ['of a stranger', delegation(world, BOB), 'key_unknown'],
    ['through another key', delegation(world, ALICE, { key: BOB.key.id }), 'key_unknown'],
    ['too early', delegation(world, ALICE, { notBefore: later(1) }), 'key_not_yet_active'],
    ['too late', delegation(world, ALICE, { expiresAt: START }), 'key_expired'],
    ['in another role', delegation(world, ALICE, { roles: ['auditor'] }), 'key_lacks_role'],
  ])('signed by a key %s is refused', (_, signer, reason) => {
    const outcome = takeOffer(emptyOfferIndex(), offerOf(), signer, ALICE.id, START);
    expect(reasonOf(outcome)).toBe(reason);
  });

  test('ends with its key', () => {
    const signer = delegation(world, ALICE, { expiresAt: later(100) });
    const outcome = takeOffer(emptyOfferIndex(), offerOf(), signer, ALICE.id, START);
    if (outcome.kind !== 'taken') throw new Error(outcome.kind);
    expect(liveOffers(outcome.index, USD, later(99))).toHaveLength(1);
    expect(liveOffers(outcome.index, USD, later(100))).toEqual([]);
  });
});

describe('a revoked key', () => {
  test.each([
    ['the identity', ALICE.identity],
    ['its successor', ALICE.next],
  ])('ends its offers, and later ones, when %s says so', (_, signer) => {
    const index = revokeOfferKey(
      taken(emptyOfferIndex(), offerOf()),
      revocation(world, ALICE, ALICE.key.id, signer),
    );
    expect(liveOffers(index, USD, START)).toEqual([]);
    expect(reasonOf(take(index, offerOf({ sequence: 9 })))).toBe('key_revoked');
  });

  test('is no matter of strangers', () => {
    const index = taken(emptyOfferIndex(), offerOf());
    const forged = revocation(world, ALICE, ALICE.key.id, MALLORY.identity);
    expect(revokeOfferKey(index, forged)).toBe(index);
    const unsigned = world.object(
      { v: 1, type: 'KeyRevocation', party: BOB.id, key: ALICE.key.id, nonce: world.nonce() },
      own(BOB.identity),
    );
    expect(liveOffers(revokeOfferKey(index, unsigned), USD, START)).toHaveLength(1);
  });
});

describe('a full index', () => {
  test('takes from the peer that brought most, what expires first', () => {
    let index = taken(emptyOfferIndex(), offerOf({ ttlMs: 10 }));
    // Whoever can make identities for nothing can fill every place but those of others.
    const [one] = [...index.offers.values()];
    if (one === undefined) throw new Error('no offer');
    let { offers } = index;
    for (let i = 1; i < OFFERS_MAX; i++) {
      offers = offers.set(`flood ${i}`, {
        ...one,
        source: MALLORY.id,
        expiresAt: later(1_000 + i),
      });
    }
    index = { ...index, offers };
    expect(index.offers.size).toBe(OFFERS_MAX);
    const bob = routingOffer(world, BOB, { dave: 1n });
    const outcome = takeOffer(index, bob, delegation(world, BOB), BOB.id, START);
    if (outcome.kind !== 'taken') throw new Error(outcome.kind);
    const { index: after } = outcome;
    expect(after.offers.size).toBe(OFFERS_MAX - OFFERS_MAX / 8 + 1);
    expect(newestOffer(after, ALICE.id, USD)).toBeDefined();
    expect(newestOffer(after, BOB.id, USD)).toBeDefined();
    expect(after.offers.has('flood 1')).toBe(false);
    expect(after.offers.has(`flood ${OFFERS_MAX - 1}`)).toBe(true);
  });
});
