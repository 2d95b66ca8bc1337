import type { HeardOffer } from '@atomicity/client/peer-answer';
import type { BookState } from '@atomicity/kernel/book/state';
import { signerIsActive } from '@atomicity/kernel/keys/signers';
import type { VerifiedDelegation } from '@atomicity/kernel/routing/delegated-signer';
import type { EdgeOutcome } from '@atomicity/kernel/routing/edge-beliefs';
import { OFFERS_MAX, takeOffer } from '@atomicity/kernel/routing/offer-index';
import {
  emptyRoutingIndex,
  type RoutingIndex,
  recordOutcomes,
} from '@atomicity/kernel/routing/routing-index';
import { takeSignal } from '@atomicity/kernel/routing/signal-prior';
import type { PartyId } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';
import type { BodyOf, WireType } from '@atomicity/kernel/wire/objects';
import type { Refusal } from '@atomicity/kernel/wire/refusals';
import type { VerifiedObject } from '@atomicity/kernel/wire/verified';
import type { OfferView } from '@atomicity/ledger/peer-port';

/** Most of what is told on, texts and delegations together: a peer reads no larger answers. */
const TOLD_BYTES_MAX = 384 * 1024;
/** Delegations that are remembered: whoever made an offer, and neighbours. */
const DELEGATIONS_MAX = 8192;

export type OfferBoardParts = {
  readonly party: PartyId;
  readonly state: () => BookState;
  readonly verify: (text: string) => Promise<VerifiedObject | Refusal>;
  readonly now: () => UnixMs;
};

/** An offer with the texts that make it checkable for whoever it is told to. */
type Posted = {
  readonly offer: string;
  readonly delegation: string;
  readonly hop: PartyId;
  readonly expiresAt: number;
};

/**
 * What this node knows of others' offers and keys, and its own offers as it tells them on. All of it
 * is lost with the process: offers come again.
 */
export class OfferBoard {
  readonly #parts: OfferBoardParts;
  /** By hop and denomination; own ones too. */
  readonly #posted = new Map<string, Posted>();
  /** By party and key: who may sign for whom, as their identities said. */
  readonly #delegations = new Map<string, VerifiedDelegation>();
  #index: RoutingIndex = emptyRoutingIndex();

  constructor(parts: OfferBoardParts) {
    this.#parts = parts;
  }

  index(): RoutingIndex {
    return this.#index;
  }

  /** Takes in how attempts went. */
  learn(outcomes: readonly EdgeOutcome[], now: UnixMs): void {
    this.#index = recordOutcomes(this.#index, outcomes, now);
  }

  /** True if a key signed that the party has delegated, as the book or a delegation heard shows. */
  isSignedBy(object: VerifiedObject, party: PartyId, now: UnixMs): boolean {
    const state = this.#parts.state();
    return object.signatures.some(({ by, key }) => {
      if (by !== party) return false;
      if (signerIsActive(state, by, key, now, 'party')) return true;
      const heard = this.#delegations.get(`${by}/${key}`)?.body;
      return heard !== undefined && now >= heard.notBefore && now < heard.expiresAt;
    });
  }

  /** Texts of the delegations of these keys, as far as they are known. */
  delegationTexts(keys: ReadonlySet<PartyId>): readonly string[] {
    return [...this.#delegations.values()]
      .filter(({ body }) => keys.has(body.key))
      .map(({ text }) => text);
  }

  /** Remembers whose key a delegation shows. @throws Error when it is none. */
  async know(text: string): Promise<VerifiedDelegation> {
    const object = await this.#read(text, 'KeyDelegation');
    if ('reason' in object) throw new Error(`delegation: ${object.reason}`);
    this.#delegations.set(`${object.body.party}/${object.body.key}`, object);
    return object;
  }

  /** Posts an offer of this node. */
  post(offer: VerifiedObject<BodyOf<'RoutingOffer'>>, delegation: string): void {
    const { policy, at, ttlMs } = offer.body;
    const place = `${policy.hop}/${policy.denomination}`;
    const expiresAt = at + ttlMs;
    this.#posted.set(place, { offer: offer.text, delegation, hop: policy.hop, expiresAt });
  }

  /**
   * Takes in what a peer tells. One bad offer costs the others nothing. Gives how many were new.
   */
  async hear(from: PartyId, offers: readonly HeardOffer[]): Promise<number> {
    let taken = 0;
    for (const { offer, delegation } of offers) {
      if (delegation !== null && (await this.#take(from, offer, delegation))) taken += 1;
    }
    return taken;
  }

  /** Live offers, own ones first, as many as a peer reads in one answer. */
  told(): readonly OfferView[] {
    const now = this.#parts.now();
    const live = [...this.#posted.values()]
      .filter(({ expiresAt }) => now < expiresAt)
      .sort((one, other) => Number(this.#isOwn(other)) - Number(this.#isOwn(one)));
    let room = TOLD_BYTES_MAX;
    const views: OfferView[] = [];
    for (const { offer, delegation, expiresAt } of live) {
      room -= offer.length + delegation.length;
      if (room < 0) break;
      views.push({ offer, delegation, remainingMs: expiresAt - now });
    }
    return views;
  }

  /** Takes a neighbour's hint in. Refusals: those of the wire layer, unexpected_type, `takeSignal`. */
  async signal(from: PartyId, text: string): Promise<Refusal | undefined> {
    const object = await this.#read(text, 'RoutingSignal');
    if ('reason' in object) return object;
    const key = object.signatures.find(({ by }) => by === object.body.origin)?.key;
    const delegation = this.#delegations.get(`${object.body.origin}/${key}`);
    if (delegation === undefined)
      return { reason: 'key_unknown', rule: 'a key that is known here' };
    const sender = { from, neighbours: this.#neighbours() };
    const { signals } = this.#index;
    const outcome = takeSignal(signals, object, delegation, sender, this.#parts.now());
    if (outcome.kind === 'refused') return outcome.refusal;
    if (outcome.kind === 'taken') this.#index = { ...this.#index, signals: outcome.prior };
    return undefined;
  }

  async #take(from: PartyId, offerText: string, delegationText: string): Promise<boolean> {
    const known = this.#postedAs(offerText);
    if (known) return false;
    const offer = await this.#read(offerText, 'RoutingOffer');
    if ('reason' in offer || offer.body.policy.hop === this.#parts.party) return false;
    const delegation = await this.#read(delegationText, 'KeyDelegation');
    if ('reason' in delegation) return false;
    const now = this.#parts.now();
    const outcome = takeOffer(this.#index.offers, offer, delegation, from, now);
    if (outcome.kind !== 'taken') return false;
    this.#index = { ...this.#index, offers: outcome.index };
    const { party, key } = delegation.body;
    this.#delegations.set(`${party}/${key}`, delegation);
    const { policy, ttlMs } = offer.body;
    const posted = { offer: offerText, delegation: delegationText, hop: policy.hop };
    const expiresAt = now + ttlMs;
    this.#posted.set(`${policy.hop}/${policy.denomination}`, { ...posted, expiresAt });
    this.#forget(now);
    return true;
  }

  #postedAs(offer: string): boolean {
    for (const posted of this.#posted.values()) if (posted.offer === offer) return true;
    return false;
  }

  /** What has expired here is told to nobody; of too much, what came first goes. */
  #forget(now: number): void {
    for (const [place, { expiresAt }] of this.#posted) {
      if (now >= expiresAt || this.#posted.size > OFFERS_MAX) this.#posted.delete(place);
    }
    for (const name of this.#delegations.keys()) {
      if (this.#delegations.size <= DELEGATIONS_MAX) return;
      this.#delegations.delete(name);
    }
  }

  #isOwn({ hop }: Posted): boolean {
    return hop === this.#parts.party;
  }

  #neighbours(): ReadonlySet<PartyId> {
    const { party, state } = this.#parts;
    const others = new Set<PartyId>();
    for (const { terms } of state().edges.values()) {
      if (terms.a === party) others.add(terms.b);
      if (terms.b === party) others.add(terms.a);
    }
    return others;
  }

  async #read<Type extends WireType>(
    text: string,
    type: Type,
  ): Promise<VerifiedObject<BodyOf<Type>> | Refusal> {
    const object = await this.#parts.verify(text);
    if ('reason' in object) return object;
    return object.body.type === type
      ? (object as VerifiedObject<BodyOf<Type>>)
      : { reason: 'unexpected_type', rule: `a ${type} belongs here` };
  }
}
