import { policyKey } from '@atomicity/kernel/hop/find-hop';
import { policyHash } from '@atomicity/kernel/routing/fee-policy';
import { offeredEdgesOf } from '@atomicity/kernel/routing/own-edges';
import type { UnixMs } from '@atomicity/kernel/units/time';
import type { FeePolicy, RoutingOffer } from '@atomicity/kernel/wire/objects';
import type { Journal } from '../ports.ts';
import { isRefusal, signedText, verifyText } from '../signed-text.ts';
import type { OfferView, PriceTerms, RoutingPorts, RoutingSettings } from './routing-ports.ts';
import { nextSequence } from './sequence.ts';

type Published = { readonly text: string; readonly until: number };

/**
 * The party's own RoutingOffers. A policy is in the own book before anybody is told of it: else a
 * voucher could name a price that the book does not know.
 */
export class OwnOffers {
  readonly #ports: RoutingPorts;
  readonly #settings: RoutingSettings;
  readonly #journal: Journal;
  readonly #prices: readonly PriceTerms[];
  readonly #published = new Map<string, Published>();

  constructor(
    ports: RoutingPorts,
    settings: RoutingSettings,
    journal: Journal,
    prices: readonly PriceTerms[],
  ) {
    this.#ports = ports;
    this.#settings = settings;
    this.#journal = journal;
    this.#prices = prices;
  }

  /** Makes a new offer for every price. One that the book refuses is left out until the next call. */
  async publish(): Promise<void> {
    for (const price of this.#prices) await this.#publishOne(price);
  }

  /** The offers that still count at `now`. */
  views(now: UnixMs): readonly OfferView[] {
    const live = [...this.#published.values()].filter(({ until }) => now < until);
    const { delegation } = this.#ports;
    return live.map(({ text, until }) => ({ offer: text, delegation, remainingMs: until - now }));
  }

  async #publishOne(price: PriceTerms): Promise<void> {
    const { party, book, counters } = this.#ports;
    const { denomination } = price;
    const state = book.state();
    const hosted = state.hosted.get(party);
    if (hosted === undefined) return;
    const now = this.#ports.now();
    const policy: FeePolicy = { ...price, hop: party, marginMs: hosted.marginMs };
    const hash = state.currentPolicies.get(policyKey(party, denomination));
    const newest = hash === undefined ? 0 : (state.policies.get(hash)?.terms.sequence ?? 0);
    const body: RoutingOffer = {
      v: 1,
      type: 'RoutingOffer',
      policy,
      policyHash: policyHash(policy),
      sequence: nextSequence(this.#journal, `offer/${denomination}`, now, newest),
      at: now,
      ttlMs: this.#settings.offerTtlMs,
      edges: offeredEdgesOf(state, party, denomination, now),
      nonce: this.#ports.draw(),
    };
    const { text } = signedText(this.#ports, body);
    const object = await verifyText(this.#ports, text);
    if (isRefusal(object)) return counters?.offence('own_offer_unsound');
    const outcome = await book.submit(object);
    if (outcome.kind !== 'accepted' && outcome.kind !== 'duplicate') return;
    this.#published.set(denomination, { text, until: now + this.#settings.offerTtlMs });
  }
}
