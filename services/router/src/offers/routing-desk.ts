import type { EdgeOutcome } from '@atomicity/kernel/routing/edge-beliefs';
import { newestOffer, OFFERS_MAX, takeOffer } from '@atomicity/kernel/routing/offer-index';
import { routingRefusal } from '@atomicity/kernel/routing/refusals';
import {
  emptyRoutingIndex,
  type RoutingIndex,
  recordOutcomes,
} from '@atomicity/kernel/routing/routing-index';
import { takeSignal } from '@atomicity/kernel/routing/signal-prior';
import type { Denomination } from '@atomicity/kernel/units/denomination';
import type { Hash, PartyId } from '@atomicity/kernel/units/id';
import { type UnixMs, unixMs } from '@atomicity/kernel/units/time';
import type { RoutingOffer } from '@atomicity/kernel/wire/objects';
import { parseObject } from '@atomicity/kernel/wire/parse-object';
import type { Refusal } from '@atomicity/kernel/wire/refusals';
import type { VerifiedObject } from '@atomicity/kernel/wire/verified';
import { EdgeIndex } from '../edge-index.ts';
import { memoryJournal } from '../memory-stores.ts';
import type { PaymentNews, RoutingKnowledge } from '../payment/routing-knowledge.ts';
import { isRefusal, verifyText } from '../signed-text.ts';
import { KnownKeys } from './known-keys.ts';
import { OwnOffers } from './own-offers.ts';
import { distancesOf } from './reach.ts';
import {
  type OfferView,
  type PriceTerms,
  ROUTING_DEFAULTS,
  type RoutingPorts,
  type RoutingSettings,
} from './routing-ports.ts';
import { SignalSender } from './signal-sender.ts';

/** The texts of an offer in the index, to tell it on. */
type Told = { readonly id: Hash; readonly offer: string; readonly delegation: string | null };

/** Rounds after which whoever did not answer is not waited for. */
const PULLS_AWAITED = 2;

type Heard = { readonly view: OfferView; readonly id: Hash; readonly body: RoutingOffer };

/**
 * What one party knows of routes, and what it tells of its own. Offers come from neighbours: their
 * own, and those that they relay from at most `depth` edges away; each is signed by its hop and comes
 * with the delegation of the key. Nothing of it is in a book, and all of it may be lost.
 */
export class RoutingDesk implements RoutingKnowledge {
  readonly #ports: RoutingPorts;
  readonly #settings: RoutingSettings;
  readonly #own: OwnOffers;
  readonly #keys: KnownKeys;
  readonly #signals: SignalSender;
  readonly #edges: EdgeIndex;
  readonly #told = new Map<string, Told>();
  readonly #cancels = new Set<() => void>();
  #index: RoutingIndex = emptyRoutingIndex();
  /** Neighbours that have told their offers since the start, and rounds of asking all of them. */
  readonly #answered = new Set<PartyId>();
  #pulls = 0;
  #stopped = false;

  constructor(
    ports: RoutingPorts,
    prices: readonly PriceTerms[],
    settings: Partial<RoutingSettings> = {},
  ) {
    const journal = ports.journal ?? memoryJournal();
    this.#ports = ports;
    this.#settings = { ...ROUTING_DEFAULTS, ...settings };
    this.#own = new OwnOffers(ports, this.#settings, journal, prices);
    this.#keys = new KnownKeys(ports);
    this.#edges = new EdgeIndex(ports.party);
    this.#signals = new SignalSender(ports, this.#settings, journal);
  }

  /** Publishes, pulls and signals, now and then again until it is stopped. */
  start(): void {
    const { offerTtlMs, pullMs, signalMs } = this.#settings;
    this.#repeat(Math.floor(offerTtlMs / 3), () => this.publish());
    this.#repeat(pullMs, () => this.pull());
    if (signalMs > 0) {
      this.#repeat(signalMs, () => this.#signals.flush([...this.#neighbours()]));
    }
  }

  stop(): void {
    this.#stopped = true;
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
  }

  #repeat(ms: number, work: () => Promise<void>): void {
    const again = (): void => {
      if (this.#stopped) return;
      const cancel = this.#ports.after(ms, () => {
        this.#cancels.delete(cancel);
        if (!this.#stopped) work().then(again, again);
      });
      this.#cancels.add(cancel);
    };
    work().then(again, again);
  }

  /** Makes new offers of the party's prices. */
  publish(): Promise<void> {
    return this.#own.publish();
  }

  /** Asks every neighbour for its offers; whoever does not answer is asked in the next round. */
  async pull(): Promise<void> {
    for (const neighbour of [...this.#neighbours()].slice(0, this.#settings.neighboursMax)) {
      try {
        const views = await this.#ports.neighbours.offers(neighbour);
        await this.take(neighbour, views);
        this.#answered.add(neighbour);
      } catch {
        this.#ports.counters?.offence('offers_unreachable');
      }
    }
    this.#pulls += 1;
  }

  /** True once every neighbour has told its offers, or two rounds have passed. */
  readonly hasHeard = (): boolean =>
    this.#pulls >= PULLS_AWAITED ||
    [...this.#neighbours()].every((neighbour) => this.#answered.has(neighbour));

  /** Live offers for a neighbour: the party's own, and those near enough to be told on. */
  offers(): readonly OfferView[] {
    const now = this.#ports.now();
    const { depth, offersMax } = this.#settings;
    const views = [...this.#own.views(now)];
    const isNear = this.#nearness(depth - 1);
    for (const [place, told] of this.#told) {
      const known = this.#index.offers.offers.get(place);
      if (known?.id !== told.id || now >= known.expiresAt) {
        this.#told.delete(place);
        continue;
      }
      if (!isNear(known.offer)) continue;
      const { offer, delegation } = told;
      views.push({ offer, delegation, remainingMs: known.expiresAt - now });
    }
    return views.slice(0, offersMax);
  }

  /**
   * Takes what a neighbour told. An offer counts if it is within reach, signed by its hop through a
   * key whose delegation is known or told with it, and newer than the known one. It never counts
   * longer than the teller counts on it. Nothing is verified twice. Returns how many were taken.
   */
  async take(from: PartyId, views: readonly OfferView[]): Promise<number> {
    const { offersMax, depth } = this.#settings;
    let rest = views.slice(0, offersMax).flatMap((view) => this.#read(view) ?? []);
    let taken = 0;
    // Each pass reaches one edge further: an offer may name the hop of another in the same list.
    for (let pass = 0; pass < depth && rest.length > 0; pass++) {
      const isNear = this.#nearness(depth);
      const later: Heard[] = [];
      for (const heard of rest) {
        if (!isNear(heard.body)) later.push(heard);
        else if (await this.#takeOne(from, heard)) taken += 1;
      }
      if (later.length === rest.length) break;
      rest = later;
    }
    return taken;
  }

  /** A told offer, parsed; undefined for one of the party itself or one that is no news. */
  #read(view: OfferView): Heard | undefined {
    const parsed = parseObject(view.offer);
    if (parsed.kind === 'refused' || parsed.object.body.type !== 'RoutingOffer') return undefined;
    const { id, body } = parsed.object;
    if (body.policy.hop === this.#ports.party || !(view.remainingMs > 0)) return undefined;
    return this.#isNews(body) ? { view, id, body } : undefined;
  }

  #isNews({ policy, sequence }: RoutingOffer): boolean {
    const known = newestOffer(this.#index.offers, policy.hop, policy.denomination);
    return known === undefined || known.offer.sequence < sequence;
  }

  async #takeOne(from: PartyId, { view, id, body }: Heard): Promise<boolean> {
    const { hop, denomination } = body.policy;
    // One list may hold an offer twice.
    if (!this.#isNews(body)) return false;
    const object = await verifyText(this.#ports, view.offer);
    if (isRefusal(object)) return this.#offend('offer_unsound');
    const key = object.signatures.find(({ by }) => by === hop)?.key;
    if (key === undefined || this.#keys.isRevoked(hop, key)) return this.#offend('offer_unsound');
    const delegation = await this.#keys.delegationOf(hop, key, view.delegation);
    if (delegation === undefined) return this.#offend('offer_without_delegation');
    // What it has lived already is not given to it again.
    const livedMs = Math.max(0, body.ttlMs - Math.floor(view.remainingMs));
    const since = unixMs(Math.max(0, this.#ports.now() - livedMs));
    const offer = object as VerifiedObject<RoutingOffer>;
    const outcome = takeOffer(this.#index.offers, offer, delegation, from, since);
    if (outcome.kind !== 'taken') return false;
    this.#index = { ...this.#index, offers: outcome.index };
    const told = { id, offer: view.offer, delegation: view.delegation };
    this.#told.delete(`${hop}/${denomination}`);
    this.#told.set(`${hop}/${denomination}`, told);
    const [oldest] = this.#told.keys();
    if (this.#told.size > OFFERS_MAX && oldest !== undefined) this.#told.delete(oldest);
    return true;
  }

  #offend(name: string): false {
    this.#ports.counters?.offence(name);
    return false;
  }

  /**
   * Takes a hint from a neighbour. Refusals: signal_not_from_neighbour before anything is verified,
   * those of `verify`, then those of `takeSignal`.
   */
  async signal(from: PartyId, text: string): Promise<Refusal | undefined> {
    const parsed = parseObject(text);
    if (parsed.kind === 'refused') return parsed.refusal;
    const { body } = parsed.object;
    const neighbours = this.#neighbours();
    if (body.type !== 'RoutingSignal' || body.origin !== from || !neighbours.has(from)) {
      return routingRefusal('signal_not_from_neighbour');
    }
    const object = await verifyText(this.#ports, text);
    if (isRefusal(object)) return object;
    const key = object.signatures.find(({ by }) => by === from)?.key;
    const delegation = key && (await this.#keys.delegationOf(from, key, null));
    if (!key || !delegation || this.#keys.isRevoked(from, key)) {
      return routingRefusal('key_unknown');
    }
    const now = this.#ports.now();
    const signal = object as VerifiedObject<typeof body>;
    const outcome = takeSignal(this.#index.signals, signal, delegation, { from, neighbours }, now);
    if (outcome.kind === 'refused') return outcome.refusal;
    if (outcome.kind === 'taken') this.#index = { ...this.#index, signals: outcome.prior };
    return undefined;
  }

  readonly index = (): RoutingIndex => this.#index;

  readonly learn = (outcomes: readonly EdgeOutcome[], now: UnixMs): void => {
    this.#index = recordOutcomes(this.#index, outcomes, now);
  };

  readonly isSignedBy = (object: VerifiedObject, party: PartyId, now: UnixMs): boolean =>
    this.#keys.isSignedBy(object, party, now);

  readonly tell = (news: PaymentNews): void => this.#signals.note(news);

  /** Tells of offers whether their hop is within `depth` edges, by what is known at this moment. */
  #nearness(depth: number): (offer: RoutingOffer) => boolean {
    const now = this.#ports.now();
    const neighbours = this.#neighbours();
    const found = new Map<Denomination, ReadonlyMap<PartyId, number>>();
    return ({ policy: { hop, denomination } }) => {
      const offers = this.#index.offers;
      const distances =
        found.get(denomination) ?? distancesOf(offers, neighbours, denomination, depth, now);
      found.set(denomination, distances);
      return distances.has(hop);
    };
  }

  #neighbours(): ReadonlySet<PartyId> {
    return this.#edges.neighbours(this.#ports.book.state());
  }
}
