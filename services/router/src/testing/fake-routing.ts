import { signerIsActive } from '@atomicity/kernel/keys/signers';
import type { VerifiedDelegation } from '@atomicity/kernel/routing/delegated-signer';
import type { EdgeOutcome } from '@atomicity/kernel/routing/edge-beliefs';
import { takeOffer } from '@atomicity/kernel/routing/offer-index';
import {
  emptyRoutingIndex,
  type RoutingIndex,
  recordOutcomes,
} from '@atomicity/kernel/routing/routing-index';
import type { PartyId } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';
import type { BodyOf } from '@atomicity/kernel/wire/objects';
import type { VerifiedObject } from '@atomicity/kernel/wire/verified';
import type { PaymentNews, RoutingKnowledge } from '../payment/routing-knowledge.ts';
import type { FakeBook } from './fake-book.ts';

/** A fake of what a node knows of routes: a test tells it the offers; every book knows every key. */
export class FakeRouting implements RoutingKnowledge {
  readonly outcomes: EdgeOutcome[] = [];
  readonly news: PaymentNews[] = [];
  /** False: as after a start, before neighbours have told their offers. */
  heard = true;
  readonly #book: FakeBook;
  #index: RoutingIndex = emptyRoutingIndex();

  constructor(book: FakeBook) {
    this.#book = book;
  }

  hear(
    offer: VerifiedObject<BodyOf<'RoutingOffer'>>,
    delegation: VerifiedDelegation,
    now: UnixMs,
  ): void {
    const { hop } = offer.body.policy;
    const taken = takeOffer(this.#index.offers, offer, delegation, hop, now);
    if (taken.kind === 'taken') this.#index = { ...this.#index, offers: taken.index };
    else throw new Error(JSON.stringify(taken));
  }

  readonly hasHeard = (): boolean => this.heard;

  readonly index = (): RoutingIndex => this.#index;

  readonly learn = (outcomes: readonly EdgeOutcome[], now: UnixMs): void => {
    this.outcomes.push(...outcomes);
    this.#index = recordOutcomes(this.#index, outcomes, now);
  };

  readonly isSignedBy = (object: VerifiedObject, party: PartyId, now: UnixMs): boolean =>
    object.signatures.some(
      ({ by, key }) => by === party && signerIsActive(this.#book.state(), by, key, now, 'party'),
    );

  readonly tell = (news: PaymentNews): void => void this.news.push(news);
}
